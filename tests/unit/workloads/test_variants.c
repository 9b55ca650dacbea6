/* Every workload on every device in every variant, found from the tables without knowing a name.
 * The result of random input must equal that of the scalar kernel, to the bit where arithmetic is
 * strict.
 */
#include <stdio.h>
#include <time.h>

#include "base/array.h"
#include "device/cpu_kernels.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "real_devices.h"

TestSuite(variants, .timeout = 280);

/* ---- One case ---------------------------------------------------------- */

/* Relaxed arithmetic may change a few elements of a picture in which the allowed share is less than
 * one. */
#define FEW_ELEMENTS 3

typedef struct tally {
    size_t ok, opencl, unsupported, refused;
} tally;

static bool is_opencl(const gf_device *device) {
    return strncmp(device->info.kind, "opencl", strlen("opencl")) == 0;
}

/* The values that are not the defaults, as options: the name of the case in messages. */
static void describe(const gf_params *params, char text[400]) {
    size_t count = 0, used = 0;
    const gf_workload *workload = gf_params_workload(params);
    const gf_param *rows = gf_workload_params(workload, &count);
    used = (size_t)snprintf(text, 400, "%s", gf_workload_name(workload));
    for (size_t i = 0; i < count && used < 400; i++) {
        const char *value = gf_params_text(params, rows[i].name);
        if (strcmp(value, rows[i].default_text) != 0)
            used += (size_t)snprintf(text + used, 400 - used, " --%s %s", rows[i].name, value);
    }
}

static void expect_same_bits(const bench *b, const gf_result *result, const char *what) {
    const gf_buffer_spec *spec = bench_result_spec(b);
    const size_t size = gf_type_size(spec->type) * spec->components;
    const char *want = b->comparison->truth.reference, *got = b->comparison->run.output;
    cr_assert(want != NULL && got != NULL, "%s on %s: nothing to compare", what, result->label);
    for (size_t i = 0; i < spec->rows * spec->cols; i++)
        cr_assert_eq(memcmp(want + i * size, got + i * size, size), 0,
                     "%s on %s: row %zu, column %zu differs", what, result->label, i / spec->cols,
                     i % spec->cols);
}

static void run_variant(bench *b, const gf_target *target, const char *what, tally *t) {
    const gf_result *result = NULL;
    gf_error error = GF_ERROR_INIT;
    const bool relaxed = b->comparison->problem->math == GF_MATH_RELAXED;
    cr_assert_eq(gf_comparison_run(b->comparison, target, &result, &error), GF_OK, "%s: %s", what,
                 error.text);
    if (result->outcome == GF_OUTCOME_UNSUPPORTED) {
        cr_assert_str_not_empty(result->error.text, "%s on %s: no reason", what, result->label);
        t->unsupported++;
        return;
    }
    const bool few = relaxed && result->outcome == GF_OUTCOME_MISMATCH &&
                     result->verification.difference.mismatches <= FEW_ELEMENTS;
    cr_assert(result->outcome == GF_OUTCOME_OK || few, "%s on %s: %s", what, result->label,
              result->error.text);
    cr_assert_not(result->verification.sampled, "%s on %s: only sampled", what, result->label);
    if (!relaxed)
        expect_same_bits(b, result, what);
    t->ok++;
    t->opencl += is_opencl(target->device) ? 1 : 0;
}

/* Runs the bench's values with random inputs on all selected devices. `suffix` ends the messages.
 * Values that don't fit together are counted, if they are allowed. */
static void run_case(bench *b, bool may_be_refused, uint64_t *state, const char *suffix, tally *t) {
    char what[480];
    describe(b->params, what);
    strncat(what, suffix, sizeof what - strlen(what) - 1);
    const gf_run_options options = one_sample(GF_VERIFY_FULL);
    gf_error error = GF_ERROR_INIT;
    gf_comparison_destroy(b->comparison);
    b->comparison = NULL;
    const gf_status status =
        gf_comparison_create(b->session, b->params, &options, &b->comparison, &error);
    if (status == GF_USAGE && may_be_refused) {
        cr_assert_str_not_empty(error.text, "%s: refused without a reason", what);
        t->refused++;
        return;
    }
    cr_assert_eq(status, GF_OK, "%s: %s", what, error.text);
    /* The limits of relaxed arithmetic are for the workload's own inputs, so these stay. */
    if (b->comparison->problem->math != GF_MATH_RELAXED)
        bench_scramble_inputs(b, -1.5, 1.5, state);
    for (size_t i = 0; i < b->selection.count; i++)
        run_variant(b, &b->selection.targets[i], what, t);
}

static void expect_something_ran(const tally *t, const char *name) {
    cr_log_info("%s: %zu ok, %zu of them OpenCL kernels, %zu unsupported, %zu refused", name, t->ok,
                t->opencl, t->unsupported, t->refused);
    cr_assert_gt(t->ok, 0, "%s ran on no device", name);
    cr_assert_gt(t->opencl, 0, "%s ran on no OpenCL device", name);
}

/* ---- All cases of a workload ------------------------------------------- */

/* Edges alone; no inside; widths and heights around multiples of vectors, tiles and blocks; primes.
 */
static const char *const shapes[] = {"1x1",  "1x7",  "19x1",  "2x2",  "3x3",   "63x5",
                                     "64x4", "65x9", "31x37", "8x65", "257x6", "16x130"};
#define SHAPES (GF_COUNT_OF(shapes))
/* The first of these run with every setting. */
#define LAST_SHAPES_SETTINGS 2

/* The sizes of a workload without shapes: small numbers, around the sizes of vectors, rows and
 * blocks, and some large enough for several blocks. */
static const uint64_t extents[SHAPES] = {1,   2,     3,     4,     7,     255,
                                         257, 16383, 16385, 65537, 99991, 1000003};

/* Whether a parameter sets the size of the problem: its shape or, without one, any number. */
static bool is_extent(const gf_workload *workload, const gf_param *param) {
    size_t count = 0;
    const gf_param *rows = gf_workload_params(workload, &count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].type == GF_PARAM_SIZE)
            return param->type == GF_PARAM_SIZE;
    }
    return param->type == GF_PARAM_UINT;
}

static void set_number(bench *b, const gf_param *param, uint64_t number) {
    char text[32];
    const uint64_t least = (uint64_t)param->min;
    snprintf(text, sizeof text, "%llu", (unsigned long long)(number < least ? least : number));
    bench_set(b, param->name, text);
}

static void set_shape(bench *b, size_t shape) {
    size_t count = 0;
    const gf_workload *workload = gf_params_workload(b->params);
    const gf_param *rows = gf_workload_params(workload, &count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].type == GF_PARAM_SIZE)
            bench_set(b, rows[i].name, shapes[shape]);
        else if (is_extent(workload, &rows[i]))
            set_number(b, &rows[i], extents[shape]);
    }
}

/* Replaces the bench's values; takes `params`. */
static void replace_values(bench *b, gf_params *params) {
    gf_comparison_destroy(b->comparison);
    b->comparison = NULL;
    gf_params_destroy(b->params);
    b->params = params;
}

static gf_params *copy_values(const bench *b) {
    gf_params *copy = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_params_copy(b->params, &copy, &error), GF_OK, "%s", error.text);
    return copy;
}

/* Sets one parameter to each of its words, or to the smallest number but 0. The values from before
 * come back as a copy: to set a default is not the same as to set nothing. */
static void vary(bench *b, const gf_param *param, uint64_t *state, tally *t) {
    char smallest[32];
    snprintf(smallest, sizeof smallest, "%.0f", param->min < 1 ? 1 : param->min);
    const char *const number[] = {smallest, NULL};
    const char *const *texts = param->type == GF_PARAM_CHOICE ? param->choices : number;
    for (; *texts != NULL; texts++) {
        if (strcmp(*texts, param->default_text) == 0)
            continue;
        gf_params *before = copy_values(b);
        bench_set(b, param->name, *texts);
        run_case(b, false, state, "", t);
        replace_values(b, before);
    }
}

static void vary_in_turn(bench *b, uint64_t *state, tally *t) {
    size_t count = 0;
    const gf_workload *workload = gf_params_workload(b->params);
    const gf_param *rows = gf_workload_params(workload, &count);
    for (size_t i = 0; i < count; i++) {
        const bool own_loop = strcmp(rows[i].name, "precision") == 0 ||
                              strcmp(rows[i].name, "math") == 0 || is_extent(workload, &rows[i]);
        if (!own_loop && (rows[i].type == GF_PARAM_CHOICE || rows[i].type == GF_PARAM_UINT))
            vary(b, &rows[i], state, t);
    }
}

static void run_shapes(bench *b, uint64_t *state, tally *t) {
    for (size_t s = 0; s < SHAPES; s++) {
        set_shape(b, s);
        run_case(b, false, state, "", t);
        if (s + LAST_SHAPES_SETTINGS >= SHAPES)
            vary_in_turn(b, state, t);
    }
}

static void set_if_there(bench *b, const char *name, const char *text) {
    if (gf_params_text(b->params, name) != NULL)
        bench_set(b, name, text);
}

static void run_workload(const gf_workload *workload, const char *precision, const char *math) {
    const setting none[] = {{NULL, NULL}};
    const char *name = gf_workload_name(workload);
    uint64_t state = 43;
    tally t = {0};
    bench b = bench_open(name, none, EVERYTHING, 0);
    set_if_there(&b, "precision", precision);
    set_if_there(&b, "math", math);
    set_if_there(&b, "init", "gaussian"); /* on small grids the default is all zero */
    set_if_there(&b, "steps", "41");      /* several passes, the last one shorter */
    run_shapes(&b, &state, &t);
    bench_close(&b);
    expect_something_ran(&t, name);
}

static void run_workloads(const char *precision, const char *math) {
    cr_assert_gt(gf_workload_count(), 0);
    for (size_t i = 0; i < gf_workload_count(); i++)
        run_workload(gf_workload_at(i), precision, math);
}

Test(variants, strict_f64_is_the_same_everywhere) {
    run_workloads("f64", "strict");
}

Test(variants, strict_f32_is_the_same_everywhere) {
    run_workloads("f32", "strict");
}

Test(variants, relaxed_f64_stays_within_its_tolerance) {
    run_workloads("f64", "relaxed");
}

Test(variants, relaxed_f32_stays_within_its_tolerance) {
    run_workloads("f32", "relaxed");
}

/* Every ISA of the machine for which the build has kernels is a variant of some device. */
Test(variants, every_compiled_isa_is_offered) {
    for (size_t i = 0; i < gf_cpu_kernel_count; i++) {
        const gf_cpu_kernel_entry *entry = &gf_cpu_kernels[i];
        if ((gf_isa_detect() & gf_isa_bit(entry->isa)) == 0)
            continue;
        gf_session *session = open_session(0);
        gf_target_list targets = {0};
        gf_error error = GF_ERROR_INIT;
        char list[64];
        snprintf(list, sizeof list, "native:%s", gf_isa_name(entry->isa));
        cr_expect_eq(gf_session_select(session, gf_workload_find(entry->stem, NULL), list,
                                       GF_PICK_ONE, &targets, &error),
                     GF_OK, "%s for %s: %s", list, entry->stem, error.text);
        gf_target_list_clear(&targets);
        gf_session_close(session);
    }
}

/* ---- Random cases ------------------------------------------------------ */

#define CASES        120
#define MOST_THREADS 4

/* Three of four sides are small; others are around a multiple of 64. */
static size_t random_side(uint64_t *state) {
    if (random_below(state, 4) != 0)
        return 1 + (size_t)random_below(state, 40);
    return 64 * (1 + (size_t)random_below(state, 2)) - 2 + (size_t)random_below(state, 5);
}

/* Half of the numbers are small; others make several blocks. */
static uint64_t random_extent(uint64_t *state) {
    return random_below(state, random_below(state, 2) == 0 ? 300 : 1000000);
}

static void set_random(bench *b, const gf_param *param, uint64_t *state) {
    char text[200];
    size_t words = 0;
    if (param->type == GF_PARAM_UINT && is_extent(gf_params_workload(b->params), param)) {
        set_number(b, param, random_extent(state));
        return;
    }
    switch (param->type) {
    case GF_PARAM_SIZE:
        snprintf(text, sizeof text, "%zux%zu", random_side(state), random_side(state));
        break;
    case GF_PARAM_UINT:
        snprintf(text, sizeof text, "%.0f", param->min + (double)random_below(state, 60));
        break;
    case GF_PARAM_REAL:
        snprintf(text, sizeof text, "%.17g", random_real(state, 0.01, 0.45));
        break;
    case GF_PARAM_REALS:
        text[0] = '\0';
        for (uint32_t i = 0; i < param->arity; i++)
            snprintf(text + strlen(text), 40, "%s%.17g", i == 0 ? "" : ",",
                     random_real(state, -2.5, 2.5));
        break;
    case GF_PARAM_CHOICE:
        while (param->choices[words] != NULL)
            words++;
        snprintf(text, sizeof text, "%s", param->choices[random_below(state, words)]);
        break;
    case GF_PARAM_TEXT:
        return;
    }
    bench_set(b, param->name, text);
}

/* Half of the parameters get random values; sizes always do, the others stay unset. Arithmetic
 * stays strict. */
static void set_random_values(bench *b, uint64_t *state) {
    size_t count = 0;
    const gf_param *rows = gf_workload_params(gf_params_workload(b->params), &count);
    for (size_t i = 0; i < count; i++) {
        const bool wanted = is_extent(gf_params_workload(b->params), &rows[i]) ||
                            rows[i].type == GF_PARAM_CHOICE || random_below(state, 2) == 0;
        if (wanted && strcmp(rows[i].name, "math") != 0)
            set_random(b, &rows[i], state);
    }
}

static uint64_t choose_seed(void) {
    const char *text = getenv("GF_SEED");
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_REALTIME, &now);
    const uint64_t seed = text != NULL ? strtoull(text, NULL, 10)
                                       : (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec % 1000;
    printf("random cases: GF_SEED=%llu repeats them\n", (unsigned long long)seed);
    fflush(stdout);
    return seed;
}

Test(variants, random_cases_are_the_same_everywhere) {
    const setting none[] = {{NULL, NULL}};
    const uint64_t seed = choose_seed();
    bench benches[MOST_THREADS];
    tally t = {0};
    uint64_t state = seed;
    for (uint32_t i = 0; i < MOST_THREADS; i++)
        benches[i] = bench_open(gf_workload_name(gf_workload_at(0)), none, EVERYTHING, i + 1);
    for (uint32_t k = 0; k < CASES; k++) {
        const uint32_t threads = 1 + (uint32_t)random_below(&state, MOST_THREADS);
        const gf_workload *workload = gf_workload_at(random_below(&state, gf_workload_count()));
        bench *b = &benches[threads - 1];
        gf_target_list_clear(&b->selection);
        replace_values(b, make_values(gf_workload_name(workload), none));
        b->selection = select_devices(b->session, workload, EVERYTHING);
        set_random_values(b, &state);
        char suffix[80];
        snprintf(suffix, sizeof suffix, " with %u threads, GF_SEED=%llu, case %u", threads,
                 (unsigned long long)seed, k);
        run_case(b, true, &state, suffix, &t);
    }
    for (uint32_t i = 0; i < MOST_THREADS; i++)
        bench_close(&benches[i]);
    expect_something_ran(&t, "random cases");
    cr_expect_lt(t.refused, CASES / 2, "most cases were refused");
}

/* ---- Native kernels alone ---------------------------------------------- */

/* A buffer between two fences, as badly aligned as its elements allow. */
#define FENCE 256
typedef struct fenced {
    unsigned char *memory;
    void *start;
    size_t bytes;
} fenced;

static fenced fence_in(const gf_buffer_spec *spec, const void *content) {
    const size_t shift = gf_type_size(spec->type);
    fenced f = {.bytes = spec->bytes};
    f.memory = aligned_alloc(64, (2 * FENCE + shift + spec->bytes + 63) / 64 * 64);
    cr_assert_not_null(f.memory);
    f.start = f.memory + FENCE + shift;
    memset(f.memory, 0x5a, 2 * FENCE + shift + spec->bytes);
    memset(f.start, 0xff, spec->bytes);
    if (content != NULL)
        memcpy(f.start, content, spec->bytes);
    return f;
}

static bool fences_hold(const fenced *f) {
    const unsigned char *end = (const unsigned char *)f->start + f->bytes;
    for (const unsigned char *at = f->memory; at < (unsigned char *)f->start; at++) {
        if (*at != 0x5a)
            return false;
    }
    for (const unsigned char *at = end; at < end + FENCE; at++) {
        if (*at != 0x5a)
            return false;
    }
    return true;
}

static void run_fenced(const bench *b, const gf_cpu_kernel_entry *entry, uint32_t threads,
                       const char *what) {
    const gf_problem *problem = b->comparison->problem;
    fenced f[GF_MAX_BUFFERS];
    void *buffers[GF_MAX_BUFFERS] = {NULL};
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        f[i] = fence_in(&problem->buffers[i], b->comparison->truth.inputs[i]);
        buffers[i] = f[i].start;
    }
    const gf_kernel_args args = {.buffers = buffers,
                                 .buffer_count = problem->buffer_count,
                                 .scalars = problem->scalars,
                                 .scalar_count = problem->scalar_count,
                                 .thread_count = threads,
                                 .step_count = problem->steps};
    const uint32_t at = entry->function(&args) != 0 ? problem->partner : problem->result;
    const char *isa = gf_isa_name(entry->isa);
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        cr_assert(fences_hold(&f[i]), "%s, %s, %u threads: wrote beyond buffer %s", what, isa,
                  threads, problem->buffers[i].name);
        cr_assert(problem->buffers[i].access != GF_ACCESS_IN ||
                      memcmp(f[i].start, b->comparison->truth.inputs[i], f[i].bytes) == 0,
                  "%s, %s, %u threads: changed its input %s", what, isa, threads,
                  problem->buffers[i].name);
    }
    cr_assert_eq(memcmp(f[at].start, b->comparison->truth.reference, f[at].bytes), 0,
                 "%s, %s, %u threads: differs from the reference", what, isa, threads);
    for (uint32_t i = 0; i < problem->buffer_count; i++)
        free(f[i].memory);
}

static void run_kernels_fenced(bench *b, uint64_t *state) {
    char what[400];
    bench_restart(b, GF_VERIFY_FULL);
    bench_scramble_inputs(b, -1.5, 1.5, state);
    bench_prepare_truth(b);
    describe(b->params, what);
    const gf_problem *problem = b->comparison->problem;
    for (size_t i = 0; i < gf_cpu_kernel_count; i++) {
        const gf_cpu_kernel_entry *entry = &gf_cpu_kernels[i];
        if (strcmp(entry->stem, problem->workload->name) != 0 ||
            entry->real_bits != gf_precision_cpu_bits(problem->precision) ||
            (gf_isa_detect() & gf_isa_bit(entry->isa)) == 0)
            continue;
        run_fenced(b, entry, 1, what);
        run_fenced(b, entry, 3, what);
    }
}

/* Makes the values anew without one that does not go with the others. */
static void leave_out(bench *b, const char *parameter) {
    const setting none[] = {{NULL, NULL}};
    size_t count = 0;
    const gf_workload *workload = gf_params_workload(b->params);
    const gf_param *rows = gf_workload_params(workload, &count);
    gf_params *before = copy_values(b);
    replace_values(b, make_values(gf_workload_name(workload), none));
    for (size_t i = 0; i < count; i++) {
        if (gf_params_is_set(before, rows[i].name) && strcmp(rows[i].name, parameter) != 0)
            bench_set(b, rows[i].name, gf_params_text(before, rows[i].name));
    }
    gf_params_destroy(before);
}

/* With a word, little work, or none, is sometimes all that is allowed. */
static void run_word_fenced(bench *b, const char *name, const char *word, uint64_t *state) {
    const gf_run_options options = one_sample(GF_VERIFY_FULL);
    gf_error error = GF_ERROR_INIT;
    gf_params *before = copy_values(b);
    bench_set(b, name, word);
    gf_comparison_destroy(b->comparison);
    b->comparison = NULL;
    if (gf_comparison_create(b->session, b->params, &options, &b->comparison, &error) == GF_USAGE) {
        cr_assert_str_not_empty(error.parameter, "%s", error.text);
        leave_out(b, error.parameter);
    }
    run_kernels_fenced(b, state);
    replace_values(b, before);
}

/* Calls kernels through the ABI: buffers are aligned to their elements only and have fences around
 * them, and inputs must not change. */
Test(variants, native_kernels_stay_within_their_buffers) {
    const setting none[] = {{NULL, NULL}};
    uint64_t state = 47;
    for (size_t w = 0; w < gf_workload_count(); w++) {
        bench b = bench_open(gf_workload_name(gf_workload_at(w)), none, "native", 2);
        size_t count = 0;
        const gf_param *rows = gf_workload_params(gf_workload_at(w), &count);
        for (size_t i = 0; i < count; i++) {
            if (rows[i].type == GF_PARAM_UINT) /* little work: iterations, steps */
                bench_set(&b, rows[i].name, "40");
        }
        for (size_t s = 0; s < SHAPES * 2; s++) {
            set_shape(&b, s / 2);
            set_if_there(&b, "precision", s % 2 == 0 ? "f64" : "f32");
            run_kernels_fenced(&b, &state);
            for (size_t i = 0; i < count; i++) {
                if (rows[i].type != GF_PARAM_CHOICE || strcmp(rows[i].name, "precision") == 0)
                    continue;
                for (const char *const *word = rows[i].choices; *word != NULL; word++)
                    run_word_fenced(&b, rows[i].name, *word, &state);
            }
        }
        bench_close(&b);
    }
}
