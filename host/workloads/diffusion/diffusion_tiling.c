/* The kernel takes bands of tile-rows rows through steps-per-pass steps at a time, each as a chain
 * of strips of tile-cols columns. Bands have a halo of as many rows, which their neighbours compute
 * as well; strips hand on their last columns. Only where there are fewer bands than threads, tiles
 * lie side by side, with a halo of columns (cpu/diffusion/passes.h). The defaults are the values of
 * least estimated time. The unit of time is the update of one vector whose operands are in the
 * first-level cache, about 3.7 cycles.
 */
#include "workloads/diffusion/diffusion_tiling.h"

#include <math.h>

#include "base/array.h"
#include "cpu/diffusion/tunables.h"
#include "problem/problem.h"
#include "workloads/diffusion/diffusion_internal.h"

enum { STEPS_PER_PASS, TILE_COLS, TILE_ROWS, STREAMING_STORES, BALANCE, SMALL_NUMBERS };

static const uint32_t step_candidates[] = {1, 8, 16, 32, 64, 4, 24, 48, 2, 0};
static const uint32_t col_candidates[] = {256, 512, 1024, 2048, 0};
static const uint32_t row_candidates[] = {32, 64, 128, 256, 512, 0};
static const uint32_t store_candidates[] = {THROUGH_CACHES, PAST_CACHES, 0};
static const uint32_t balance_candidates[] = {PLAIN_ADDITIONS, BALANCED_PIPES, 0};

/* In the order in which they are searched: with other steps, tiles are derived anew. */
const gf_tunable gf_diffusion_cpu_tunables[GF_DIFFUSION_CPU_TUNABLES] = {
    [STEPS_PER_PASS] = {"steps-per-pass", "time steps of one pass over the field", 1, 256,
                        step_candidates},
    [TILE_COLS] = {"tile-cols", "most columns of a tile, without its halo", 1, 16384,
                   col_candidates},
    [TILE_ROWS] = {"tile-rows", "most rows of a tile, without its halo", 1, UINT32_MAX,
                   row_candidates},
    [STREAMING_STORES] = {"streaming-stores", "1: results go through the caches, 2: past them",
                          THROUGH_CACHES, PAST_CACHES, store_candidates},
    [BALANCE] = {"balance", "1: all additions plain, 2: one of four as fma(u, 1, x), with its bits",
                 PLAIN_ADDITIONS, BALANCED_PIPES, balance_candidates},
    [SMALL_NUMBERS] = {"small-numbers",
                       "1: those below the normal range as they are, 2: scaled out of it",
                       AS_THEY_ARE, SCALED_UP, NULL}, /* measured for the default */
};

/* The time of other work in such updates, measured on a Xeon with 2 cores: a pass of one step takes
 * 17 cycles a vector in the caches and 46 in memory; a barrier about a microsecond. Lifting a
 * vector and lowering it again took 45 cycles, which is 12; COPY is more, chosen so that launches
 * of 4 steps take one step a pass, which was the faster way on an EPYC. */
#define COPY 20.0
/* The same for each lane of a vector whose row has fewer vectors than lanes: such rows are lifted
 * one number at a time. */
#define NARROW_COPY     2.8
#define CACHED_ONE_STEP 4.5
#define MEMORY_ONE_STEP 12.0
#define BARRIER         1000.0
/* To hand on the last columns of a row at one level: 40 cycles for a block of 4 rows on an EPYC. */
#define HANDING_ON 2.7

/* An update has 6 rows in the first-level cache: a block of 4 and 2 above it. Each time level keeps
 * 2 rows in the second-level cache, of which other data take half. */
#define ROWS_IN_L1    6
#define ROWS_OF_LEVEL 2

/* Strips of a chain are wider than so many times the steps of a pass. */
#define LEAST_STRIP 3

/* If the system reports no sizes: those of the smallest processors with vector units. */
#define ASSUMED_L1D (32 * 1024)
#define ASSUMED_L2  (256 * 1024)

/* A last-level cache that is reported as larger than this for each thread is shared, for example
 * with other virtual machines on the same processor. Measured with 480 MiB reported for 2 threads:
 * fields of 50 MiB are 10 % faster through the caches, those of 137 MiB 30 % faster past them. */
#define L3_OF_THREAD (32 * 1024 * 1024)

typedef struct blocking {
    uint64_t rows, cols, steps; /* of the grid; of a launch */
    uint64_t threads, lanes;
    uint64_t most_strip_cols, most_level_cols; /* that L1 holds; that L2 holds for all levels */
    uint64_t given_steps, given_strips, given_bands; /* 0: free */
    bool periodic, in_memory;
} blocking;

typedef struct tiling {
    uint64_t steps, strips, bands;
} tiling;

static uint64_t pieces(uint64_t whole, uint64_t part) {
    return whole / part + (whole % part != 0 ? 1 : 0);
}

static uint64_t largest_divisor(uint64_t a, uint64_t b) {
    return b == 0 ? a : largest_divisor(b, a % b);
}

/* As the kernel places them: side by side only as far as the threads need it. */
static uint64_t tiles_across(const blocking *b, tiling t) {
    const uint64_t even = b->threads / largest_divisor(b->threads, t.bands);
    return even < t.strips ? even : t.strips;
}

/* Strips of each tile. */
static uint64_t chained_strips(const blocking *b, tiling t) {
    return pieces(pieces(b->cols, tiles_across(b, t)), pieces(b->cols, t.strips));
}

/* Columns that a tile computes beside its own. A chain moves to the left by a column a step. */
static uint64_t halo_cols(const blocking *b, tiling t) {
    const uint64_t slide = chained_strips(b, t) > 1 ? t.steps : 0;
    if (b->periodic && t.strips == 1 && b->cols % b->lanes == 0)
        return 0;
    return (b->periodic || tiles_across(b, t) > 1 ? 2 * t.steps : 2) + slide;
}

/* The time of one step of the thread with the most tiles. A level computes on average half of the
 * halo's rows, and whole blocks. */
static double step_time(const blocking *b, tiling t) {
    if (t.steps == 0) /* none yet */
        return INFINITY;
    if (t.steps < 2)
        return (double)(pieces(b->rows, b->threads) * pieces(b->cols, b->lanes)) *
                   (b->in_memory ? MEMORY_ONE_STEP : CACHED_ONE_STEP) +
               BARRIER;
    const uint64_t across = tiles_across(b, t), strips = chained_strips(b, t);
    const double vectors = (double)pieces(pieces(b->cols, across) + halo_cols(b, t), b->lanes);
    const uint64_t halo_rows = b->periodic || t.bands > 1 ? t.steps : 0;
    const double rows = (double)(pieces(b->rows, t.bands) + halo_rows);
    const double steps = (double)t.steps;

    const double copy =
        vectors / (double)strips < (double)b->lanes ? NARROW_COPY * (double)b->lanes : COPY;
    const double handing = strips > 1 ? (double)strips * HANDING_ON * rows * steps : 0;
    const double tile =
        vectors * ((rows + ROWS_IN_L1 - ROWS_OF_LEVEL) * steps + rows * copy) + handing;
    return ((double)pieces(across * t.bands, b->threads) * tile + BARRIER) / steps;
}

/* Tries bands of rows for these strips: the given ones, or one, or as many as give all threads
 * equally many tiles. */
static void try_bands(const blocking *b, tiling t, tiling *best) {
    const uint64_t least = t.strips > 1 ? pieces(b->rows, GF_DIFFUSION_MOST_CHAIN_ROWS) : 1;
    const uint64_t even = pieces(least, b->threads) * b->threads;
    const uint64_t bands[] = {least, even, 2 * even};
    for (size_t i = 0; i < GF_COUNT_OF(bands); i++) {
        t.bands = b->given_bands > least ? b->given_bands : bands[i];
        t.bands = t.bands < b->rows ? t.bands : b->rows;
        if (step_time(b, t) < step_time(b, *best))
            *best = t;
    }
}

/* The steps of the longest pass, if passes make this many at most: the kernel makes passes alike.
 */
static uint64_t even_steps(const blocking *b, uint64_t most) {
    return b->steps <= most ? b->steps : pieces(b->steps, pieces(b->steps, most));
}

/* Tries the given strips, or the fewest that fit the caches, and some more for even shares. */
static void try_steps(const blocking *b, uint64_t steps, tiling *best) {
    tiling t = {.steps = even_steps(b, steps), .strips = b->given_strips};
    if (t.strips > 0) {
        try_bands(b, t, best);
        return;
    }
    uint64_t most = b->most_level_cols / t.steps;
    most = most < b->most_strip_cols ? most : b->most_strip_cols;
    const tiling one = {.steps = t.steps, .strips = 1, .bands = b->threads};
    if (b->cols + halo_cols(b, one) <= most)
        try_bands(b, one, best);
    if (most < LEAST_STRIP * t.steps)
        return;
    const uint64_t fewest = pieces(b->cols + t.steps, most);
    const uint64_t end = fewest + b->threads < b->cols ? fewest + b->threads : b->cols;
    for (t.strips = fewest; t.strips <= end; t.strips++)
        try_bands(b, t, best);
}

static blocking describe_blocking(const gf_problem *problem, const gf_cpu_resources *cpu,
                                  const uint32_t *given) {
    const uint64_t real = gf_type_size(gf_problem_real_type(problem));
    const uint64_t l1d = cpu->l1d_bytes > 0 ? cpu->l1d_bytes : ASSUMED_L1D;
    const uint64_t l2 = cpu->l2_bytes > 0 ? cpu->l2_bytes : ASSUMED_L2;
    const uint64_t most_l3 = (uint64_t)L3_OF_THREAD * cpu->threads;
    uint64_t last_level = cpu->l3_bytes > 0 ? cpu->l3_bytes : l2 * cpu->threads;
    last_level = last_level < most_l3 ? last_level : most_l3;
    const uint64_t rows = gf_problem_u32(problem, "rows"), cols = gf_problem_u32(problem, "cols");
    return (blocking){
        .rows = rows,
        .cols = cols,
        .steps = problem->steps_per_transfer,
        .threads = cpu->threads,
        .lanes = cpu->lanes,
        .most_strip_cols = l1d / ROWS_IN_L1 / real,
        .most_level_cols = l2 / 2 / ROWS_OF_LEVEL / real,
        .given_steps = given[STEPS_PER_PASS],
        .given_strips = given[TILE_COLS] == 0 ? 0 : pieces(cols, given[TILE_COLS]),
        .given_bands = given[TILE_ROWS] == 0 ? 0 : pieces(rows, given[TILE_ROWS]),
        .periodic = gf_problem_u32(problem, "boundary") == BOUNDARY_PERIODIC,
        .in_memory = gf_problem_bytes(problem) > last_level,
    };
}

/* With given steps: one strip, if so many steps of several don't fit the caches. */
static tiling best_of_given_steps(const blocking *b) {
    tiling best = {.steps = 0};
    try_steps(b, b->given_steps, &best);
    if (best.steps == 0)
        try_bands(b, (tiling){.steps = even_steps(b, b->given_steps), .strips = 1}, &best);
    return best;
}

/* The tiling of least estimated time with what is given. One step a pass has no tiles. */
static tiling best_tiling(const blocking *b) {
    static const uint64_t steps[] = {2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128};
    tiling best = {.steps = 1};
    if (b->given_steps > 0)
        best = best_of_given_steps(b);
    for (size_t i = 0; b->given_steps == 0 && i < GF_COUNT_OF(steps); i++)
        try_steps(b, steps[i], &best);
    return best.steps < 2 ? (tiling){best.steps, 1, 1} : best;
}

/* Given values stay, reduced to what there is room for. */
static void derive(uint32_t *value, uint64_t derived, uint64_t room) {
    if (*value == 0)
        *value = (uint32_t)derived;
    if (*value > room)
        *value = (uint32_t)room;
}

/* Values that make the same passes become the same, so that a search times them once. */
void gf_diffusion_cpu_defaults(const gf_problem *problem, const gf_cpu_resources *cpu,
                               uint32_t *tuning) {
    const blocking b = describe_blocking(problem, cpu, tuning);
    const tiling best = best_tiling(&b);
    const uint64_t line =
        64 / gf_type_size(gf_problem_real_type(problem)); /* strips share no cache line */
    const uint64_t cols = pieces(pieces(b.cols, best.strips), line) * line;
    const uint32_t most = gf_diffusion_cpu_tunables[TILE_COLS].max;
    /* Vectors of 64 bytes come with 32 registers. With 16, gcc spills one more value in the
     * balanced loop, which then is slower. */
    const bool has_long_vectors = cpu->lanes == line;
    tuning[STEPS_PER_PASS] = (uint32_t)best.steps;
    if (best.steps < 2)
        tuning[TILE_COLS] = tuning[TILE_ROWS] = tuning[STREAMING_STORES] = tuning[BALANCE] =
            tuning[SMALL_NUMBERS] = 0;
    derive(&tuning[TILE_COLS], cols < most ? cols : most, pieces(b.cols, line) * line);
    derive(&tuning[TILE_ROWS], pieces(b.rows, best.bands), b.rows);
    derive(&tuning[STREAMING_STORES], b.in_memory ? PAST_CACHES : THROUGH_CACHES, PAST_CACHES);
    derive(&tuning[BALANCE], has_long_vectors ? BALANCED_PIPES : PLAIN_ADDITIONS, BALANCED_PIPES);
    derive(&tuning[SMALL_NUMBERS], cpu->slow_denormals ? SCALED_UP : AS_THEY_ARE, SCALED_UP);
}
