/* Where the time of native diffusion goes, by part. Compiled for this machine (-march=native), once
 * for each precision (GF_REAL_BITS). Prints one JSON object. All times are cycles of the core for
 * one vector of results and one step, the least of some samples:
 *
 *   loop         the update of a block's rows that are in the first-level cache, over and over
 *   levels       what it takes longer when it goes through all time levels of a pass
 *   edges        what the steps of a block take beside that: edges of the grid, prefetching, what
 *                strips hand on
 *   recomputed   cells that are computed more than once or for nothing, counted from the plan
 *   in_and_out   bringing rows into lifted order and back, from and to the caches
 *   tile_rest    what a whole tile takes beside all this when its thread is alone: memory
 *   thread_rest  what all threads take beside their tiles: barriers, uneven shares, memory and
 *                caches that they share
 *   whole        a launch; the sum of all parts
 *
 * Usage: diffusion_account ROWS COLS STEPS STEPS_PER_PASS TILE_COLS TILE_ROWS STREAMING THREADS
 * The values from STEPS_PER_PASS on are those that gpufare prints. The boundary is fixed, and no
 * value is below the normal range.
 */
#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#define GF_TARGET_AVX512 1
#define GF_TARGET_ISA    avx512
#define HOW              BALANCED
#elif defined(__AVX2__) && defined(__FMA__)
#define GF_TARGET_AVX2 1
#define GF_TARGET_ISA  avx2
#define HOW            ADDED
#elif defined(__aarch64__)
#define GF_TARGET_NEON 1
#define GF_TARGET_ISA  neon
#define HOW            ADDED
#else
#error "the account needs a processor with vectors"
#endif

#include "diffusion/passes.h"

#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

#define SAMPLES   15
#define HUGE_PAGE ((size_t)2 << 20)

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static double least(double a, double b) {
    return a < b ? a : b;
}

/* ---- What is measured -------------------------------------------------- */

typedef struct subject {
    gf_kernel_args args;
    gf_real *pair[2];
    pass_plan plan;
    workspace w;
    tile strip;
} subject;

typedef void (*piece)(subject *s);

/* The least time of a piece, in ns. */
static double time_of(piece work, subject *s) {
    double best = INFINITY;
    for (int i = 0; i < SAMPLES; i++) {
        const double start = now();
        work(s);
        best = least(best, now() - start);
    }
    return best;
}

#define REPEATS 16
#define CHAIN   100 /* instructions, of a known latency */

static void chain_of_instructions(subject *s) {
    (void)s;
    uint64_t x = 3, y = 5;
    for (int i = 0; i < 1000; i++) {
#if defined(__x86_64__)
        __asm__ volatile(".rept 100\n\timul %1, %0\n\t.endr" : "+r"(x) : "r"(y)); /* 3 cycles */
#else
        __asm__ volatile(".rept 100\n\teor %0, %0, %1\n\t.endr" : "+r"(x) : "r"(y));
#endif
    }
}

#if defined(__x86_64__)
#define CHAIN_CYCLES (1000.0 * CHAIN * 3)
#else
#define CHAIN_CYCLES (1000.0 * CHAIN)
#endif

static void update_level(subject *s, ptrdiff_t level) {
    compute_block(&s->strip, &s->w, level, HOW);
}

static void one_level(subject *s) {
    for (int i = 0; i < REPEATS * s->strip.steps; i++)
        update_level(s, 1);
}

static void all_levels(subject *s) {
    for (int i = 0; i < REPEATS; i++)
        for (ptrdiff_t level = 1; level <= s->strip.steps; level++)
            update_level(s, level);
}

/* A row of the tile from which no edge of the grid is near. */
static ptrdiff_t inner_row(const subject *s) {
    return (s->strip.first_row + s->strip.end_row) / 2;
}

static void all_steps(subject *s) {
    tile_report report = {false, false, false};
    const edge_columns e = find_edge_columns(&s->strip, 0);
    for (int i = 0; i < REPEATS; i++) {
        const ptrdiff_t begin = inner_row(s);
        for (ptrdiff_t level = 1; level <= s->strip.steps; level++)
            advance_level(&s->strip, &s->w, begin, level, &e, (size_t)level * HANDED_ON, &report);
    }
}

static void in_and_out(subject *s) {
    tile_report report = {false, false, false};
    for (int i = 0; i < REPEATS; i++) {
        load_block(&s->strip, &s->w, inner_row(s), &report);
        store_block(&s->strip, &s->w, inner_row(s));
    }
}

static void first_tile(subject *s) {
    static pass_notes notes;
    run_one(&s->plan, &s->w, &s->args, 1, 0, &notes);
}

static void launch(subject *s) {
    run_passes(s->plan.grid, s->pair, &s->args);
}

/* ---- What is counted --------------------------------------------------- */

typedef struct work {
    double updates; /* of a vector */
    double rows;    /* in and out, in vectors */
} work;

/* What run_tile does for a strip. */
static void count_strip(const tile *t, work *sum) {
    const double vectors = (double)t->vectors * BLOCK_ROWS;
    for (ptrdiff_t begin = level_begin(t, 0); begin - t->steps < t->end_row; begin += BLOCK_ROWS) {
        sum->rows += vectors;
        for (ptrdiff_t level = 1; level <= t->steps; level++) {
            const ptrdiff_t row = begin - level;
            if (row + BLOCK_ROWS <= level_begin(t, level))
                break;
            if (row < level_end(t, level))
                sum->updates += vectors;
        }
    }
}

/* All work of a pass, and that of its first tile. */
static void count_pass(const subject *s, work *all, work *first) {
    const pass_plan *const p = &s->plan;
    for (size_t i = 0; i < p->tiles_across * p->bands; i++) {
        for (size_t strip = 0; strip < p->strips; strip++) {
            const tile t = make_tile(p, &s->w, 0, i, strip);
            count_strip(&t, all);
        }
        if (i == 0)
            *first = *all;
    }
}

/* ---- The account ------------------------------------------------------- */

static void print_account(subject *s) {
    const pass_plan *const p = &s->plan;
    const double cycles_a_ns = CHAIN_CYCLES / time_of(chain_of_instructions, s);
    const double vectors = (double)s->strip.vectors * BLOCK_ROWS;
    const double scale = cycles_a_ns / (REPEATS * vectors * (double)s->strip.steps);
    const double loop = time_of(one_level, s) * scale, levels = time_of(all_levels, s) * scale;
    const double steps = time_of(all_steps, s) * scale;
    const double copy = time_of(in_and_out, s) * cycles_a_ns / (REPEATS * vectors);
    work all = {0, 0}, first = {0, 0};
    count_pass(s, &all, &first);
    const double useful = (double)(p->grid->rows * p->grid->cols) / GF_LANES;
    const double ratio = all.updates / useful / (double)s->strip.steps;
    const double results = useful * (double)s->strip.steps;
    const double of_tiles =
        time_of(first_tile, s) * cycles_a_ns / results * (all.updates / first.updates);
    const double whole = time_of(launch, s) * cycles_a_ns * s->args.thread_count /
                         (useful * (double)s->args.step_count);
    const double copies = copy * all.rows / results;
    printf("{\"real_bits\": %d, \"threads\": %u, \"rows\": %zu, \"cols\": %zu, \"steps\": %llu, "
           "\"steps_per_pass\": %td, \"tiles\": %zu, \"strips\": %zu, \"strip_vectors\": %zu, ",
           GF_REAL_BITS, s->args.thread_count, p->grid->rows, p->grid->cols,
           (unsigned long long)s->args.step_count, s->strip.steps, p->tiles_across * p->bands,
           p->strips, s->strip.vectors);
    printf("\"ghz\": %.2f, \"updates_of_a_result\": %.4f, \"loop\": %.3f, \"levels\": %.3f, "
           "\"edges\": %.3f, \"recomputed\": %.3f, \"in_and_out\": %.3f, \"tile_rest\": %.3f, "
           "\"thread_rest\": %.3f, \"whole\": %.3f, \"gcells\": %.3f}\n",
           cycles_a_ns, ratio, loop, levels - loop, steps - levels, (ratio - 1) * steps, copies,
           of_tiles - ratio * steps - copies, whole - of_tiles, whole,
           s->args.thread_count * GF_LANES * cycles_a_ns / whole);
}

/* ---- The program ------------------------------------------------------- */

static gf_real *make_field(size_t cells) {
    const size_t bytes = (cells * sizeof(gf_real) + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    gf_real *const field = aligned_alloc(HUGE_PAGE, bytes);
    if (field == NULL)
        return NULL;
    madvise(field, bytes, MADV_HUGEPAGE);
    for (size_t i = 0; i < cells; i++)
        field[i] = (gf_real)(1 + 0.01 * (double)(i % 97));
    return field;
}

static uint32_t read_number(const char *text) {
    char *end = NULL;
    const unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *text == '-' || *end != '\0' || value < 1 || value > 1 << 20) {
        fprintf(stderr, "diffusion_account: %s: give a number from 1 to %d\n", text, 1 << 20);
        exit(2);
    }
    return (uint32_t)value;
}

int main(int argc, char **argv) {
    if (argc != 9) {
        fprintf(stderr, "Usage: diffusion_account ROWS COLS STEPS STEPS_PER_PASS TILE_COLS "
                        "TILE_ROWS STREAMING THREADS\n");
        return 2;
    }
    uint32_t number[8];
    for (int i = 0; i < 8; i++)
        number[i] = read_number(argv[i + 1]);
    const gf_scalar scalars[] = {{"rows", GF_TYPE_U32, {.u32 = number[0]}},
                                 {"cols", GF_TYPE_U32, {.u32 = number[1]}},
                                 {"boundary", GF_TYPE_U32, {.u32 = FIXED}},
                                 {"rate", GF_TYPE_F64, {.f64 = 0.1}}};
    const gf_scalar tuning[] = {{"steps-per-pass", GF_TYPE_U32, {.u32 = number[3]}},
                                {"tile-cols", GF_TYPE_U32, {.u32 = number[4]}},
                                {"tile-rows", GF_TYPE_U32, {.u32 = number[5]}},
                                {"streaming-stores", GF_TYPE_U32, {.u32 = number[6]}},
                                {"balance", GF_TYPE_U32, {.u32 = HOW == BALANCED ? 2 : 1}}};
    gf_thread_memory *const kept = calloc(number[7], sizeof *kept);
    gf_real *const pair[2] = {make_field((size_t)number[0] * number[1]),
                              make_field((size_t)number[0] * number[1])};
    subject s = {.args = {.buffers = (void *[]){pair[0], pair[1]},
                          .buffer_count = 2,
                          .scalars = scalars,
                          .scalar_count = sizeof scalars / sizeof *scalars,
                          .thread_count = number[7],
                          .step_count = number[2],
                          .tuning = tuning,
                          .tuning_count = sizeof tuning / sizeof *tuning,
                          .kept = kept},
                 .pair = {pair[0], pair[1]}};
    const grid g = read_grid(&s.args);
    s.plan = make_plan(&g, s.pair, &s.args);
    gf_kernel_args alone = s.args;
    alone.kept = NULL;
    if (kept == NULL || s.pair[0] == NULL || s.pair[1] == NULL || s.plan.pass_count == 0 ||
        !open_workspace(&s.plan, &alone, &s.w)) {
        fprintf(stderr, "diffusion_account: not enough memory, or less than two steps a pass\n");
        return 1;
    }
    s.strip = make_tile(&s.plan, &s.w, 0, 0, s.plan.strips / 2);
    print_account(&s);
    for (uint32_t i = 0; i < number[7]; i++)
        free(kept[i].memory);
    free(kept);
    free(s.w.memory);
    free(s.pair[0]);
    free(s.pair[1]);
    return 0;
}
