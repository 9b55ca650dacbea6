/* Diffusion's vector kernels, which make many steps a pass in tiles, give the bits of the scalar
 * kernel, which makes one, for all shapes, tiles, numbers of threads and values.
 *
 * A short run of random cases is part of the tests. For a long one, or to repeat a failure:
 *   GPUFARE_PROPERTY_CASES=10000 GPUFARE_PROPERTY_SEED=1 build/bin/test_diffusion_blocking
 */
#include <float.h>
#include <inttypes.h>

#include "device/cpu_kernels.h"
#include "real_devices.h"

TestSuite(diffusion_blocking, .timeout = 3000);

enum { TUNABLES = 6, MOST_THREADS = 5 };
static const char *const tunables[TUNABLES] = {"steps-per-pass",   "tile-cols", "tile-rows",
                                               "streaming-stores", "balance",   "small-numbers"};
static const char *const boundaries[] = {"fixed", "periodic", "insulated"};
static const char *const contents[] = {"plain", "spike", "tiny", "wide", "large"};
enum { PLAIN, SPIKE, TINY, WIDE, LARGE, CONTENTS };

typedef struct example {
    uint64_t seed;
    gf_isa isa;
    gf_precision precision;
    uint32_t rows, cols, boundary, threads, content;
    uint64_t steps;
    double rate;
    uint32_t tuning[TUNABLES];
} example;

/* ---- Cases ------------------------------------------------------------- */

static uint32_t pick(uint64_t *state, uint32_t low, uint32_t high) {
    return low + (uint32_t)random_below(state, high - low + 1);
}

/* Mostly small extents, often next to a multiple of a vector; sometimes 1. */
static uint32_t pick_extent(uint64_t *state) {
    static const uint32_t limits[] = {1, 4, 20, 20, 70, 70, 140};
    const uint32_t extent = pick(state, 1, limits[random_below(state, 7)]);
    return random_below(state, 4) == 0 ? (extent + 7) / 8 * 8 : extent;
}

static gf_isa pick_isa(uint64_t *state) {
    const uint32_t present = gf_isa_detect();
    for (;;) {
        const gf_isa isa = (gf_isa)random_below(state, GF_ISA_COUNT);
        if (isa != GF_ISA_SCALAR && (present & gf_isa_bit(isa)) != 0)
            return isa;
    }
}

static example pick_example(uint64_t seed) {
    uint64_t state = seed;
    example e = {.seed = seed, .isa = pick_isa(&state)};
    e.precision = random_below(&state, 2) == 0 ? GF_PRECISION_F32 : GF_PRECISION_F64;
    e.rows = pick_extent(&state);
    e.cols = random_below(&state, 20) == 0 ? pick(&state, 200, 1500) : pick_extent(&state);
    e.boundary = pick(&state, 0, 2);
    e.threads = pick(&state, 1, MOST_THREADS);
    e.content = pick(&state, 0, CONTENTS - 1);
    e.steps = pick(&state, 0, random_below(&state, 4) == 0 ? 150 : 30);
    e.rate = random_below(&state, 8) == 0 ? 0.25 : random_real(&state, 1e-3, 0.25);
    e.tuning[0] = pick(&state, 1, random_below(&state, 4) == 0 ? 256 : 20);
    e.tuning[1] = random_below(&state, 3) == 0 ? 16384 : pick(&state, 1, e.cols + 3);
    e.tuning[2] = random_below(&state, 3) == 0 ? UINT32_MAX : pick(&state, 1, e.rows + 3);
    e.tuning[3] = pick(&state, 1, 2);
    e.tuning[4] = pick(&state, 1, 2);
    e.tuning[5] = pick(&state, 1, 2);
    return e;
}

static double largest(const example *e) {
    return e->precision == GF_PRECISION_F64 ? DBL_MAX : (double)FLT_MAX;
}

static double smallest(const example *e) {
    return e->precision == GF_PRECISION_F64 ? DBL_TRUE_MIN : (double)FLT_TRUE_MIN;
}

/* A value for one cell: both signs and both zeros except in the spike; numbers below the normal
 * range and near it; numbers of any size; numbers whose neighbours' sum overflows. */
static double pick_value(const example *e, uint64_t *state) {
    const double unit = random_real(state, -1, 1);
    const bool rarely = random_below(state, 10) == 0;
    const double range = e->precision == GF_PRECISION_F64 ? 1000 : 120;
    switch (e->content) {
    case SPIKE:
        return random_below(state, 50) == 0 ? fabs(unit) : 0;
    case TINY:
        return rarely ? unit * 1e-30 : unit * smallest(e) * (1 << random_below(state, 30));
    case WIDE:
        return rarely ? copysign(0, unit) : ldexp(unit, (int)random_real(state, -range, range));
    case LARGE:
        return rarely ? unit * largest(e) : unit;
    default:
        return rarely ? copysign(0, unit) : unit;
    }
}

static void *make_field(const example *e) {
    const size_t count = (size_t)e->rows * e->cols;
    const size_t size = e->precision == GF_PRECISION_F64 ? sizeof(double) : sizeof(float);
    void *const field = malloc(count * size);
    cr_assert_not_null(field);
    uint64_t state = e->seed ^ 0x5eed;
    for (size_t i = 0; i < count; i++) {
        const double value = pick_value(e, &state);
        if (e->precision == GF_PRECISION_F64)
            ((double *)field)[i] = value;
        else
            ((float *)field)[i] = (float)value;
    }
    return field;
}

/* ---- Runs -------------------------------------------------------------- */

/* What the threads keep from one example to the next, NaN of diverging fields included. */
static gf_thread_memory kept[MOST_THREADS];

/* Returns the result, which the caller frees. The arrays end with the field, so that a sanitizer
 * sees reads and writes beyond it. */
static void *run_kernel(const example *e, gf_isa isa, bool keeps, const void *first) {
    const size_t size = e->precision == GF_PRECISION_F64 ? sizeof(double) : sizeof(float);
    const size_t bytes = (size_t)e->rows * e->cols * size;
    void *const pair[2] = {copy_bytes(first, bytes), malloc(bytes)};
    cr_assert_not_null(pair[1]);
    memset(pair[1], 0xff, bytes); /* NaN */
    const gf_scalar scalars[] = {
        {.name = "rate", .type = GF_TYPE_F64, .value.f64 = e->rate},
        {.name = "rows", .type = GF_TYPE_U32, .value.u32 = e->rows},
        {.name = "cols", .type = GF_TYPE_U32, .value.u32 = e->cols},
        {.name = "boundary", .type = GF_TYPE_U32, .value.u32 = e->boundary},
    };
    gf_scalar tuning[TUNABLES];
    for (int i = 0; i < TUNABLES; i++)
        tuning[i] =
            (gf_scalar){.name = tunables[i], .type = GF_TYPE_U32, .value.u32 = e->tuning[i]};
    const gf_kernel_args args = {.buffers = pair,
                                 .buffer_count = 2,
                                 .scalars = scalars,
                                 .scalar_count = 4,
                                 .thread_count = e->threads,
                                 .step_count = e->steps,
                                 .tuning = isa == GF_ISA_SCALAR ? NULL : tuning,
                                 .tuning_count = isa == GF_ISA_SCALAR ? 0 : TUNABLES,
                                 .kept = keeps ? kept : NULL};
    const gf_cpu_kernel kernel = gf_cpu_kernel_find("diffusion", isa, e->precision);
    cr_assert_not_null(kernel, "no %s kernel", gf_isa_name(isa));
    const uint32_t result = kernel(&args);
    free(pair[1 - result]);
    return pair[result];
}

/* The bits of a cell. All NaNs count as equal: the sign and the payload of a NaN from an overflow
 * depend on the order of operands. */
static uint64_t cell_bits(const example *e, const void *field, size_t i) {
    uint64_t wide = 0;
    uint32_t narrow = 0;
    if (e->precision == GF_PRECISION_F64) {
        memcpy(&wide, (const double *)field + i, sizeof wide);
        return isnan(((const double *)field)[i]) ? UINT64_MAX : wide;
    }
    memcpy(&narrow, (const float *)field + i, sizeof narrow);
    return isnan(((const float *)field)[i]) ? UINT64_MAX : narrow;
}

static void check_example(uint64_t seed) {
    const example e = pick_example(seed);
    void *const first = make_field(&e);
    void *const want = run_kernel(&e, GF_ISA_SCALAR, false, first);
    void *const got = run_kernel(&e, e.isa, seed % 4 != 0, first);
    for (size_t i = 0; i < (size_t)e.rows * e.cols; i++)
        cr_assert_eq(
            cell_bits(&e, want, i), cell_bits(&e, got, i),
            "GPUFARE_PROPERTY_CASES=1 GPUFARE_PROPERTY_SEED=%" PRIu64
            ": %s %s, %ux%u %s, %s values, rate %.17g, %" PRIu64
            " steps, %u threads, %s %u, %s %u, %s %u, %s %u, %s %u, %s %u: row %zu, column %zu is %" PRIx64
            ", not %" PRIx64,
            seed, gf_isa_name(e.isa), e.precision == GF_PRECISION_F64 ? "f64" : "f32", e.cols,
            e.rows, boundaries[e.boundary], contents[e.content], e.rate, e.steps, e.threads,
            tunables[0], e.tuning[0], tunables[1], e.tuning[1], tunables[2], e.tuning[2],
            tunables[3], e.tuning[3], tunables[4], e.tuning[4], tunables[5], e.tuning[5],
            i / e.cols, i % e.cols, cell_bits(&e, got, i), cell_bits(&e, want, i));
    free(got);
    free(want);
    free(first);
}

static uint64_t environment_number(const char *name, uint64_t otherwise) {
    const char *const text = getenv(name);
    return text != NULL && text[0] != '\0' ? strtoull(text, NULL, 10) : otherwise;
}

Test(diffusion_blocking, any_tiles_give_the_reference_bits) {
    const uint64_t cases = environment_number("GPUFARE_PROPERTY_CASES", 300);
    const uint64_t seed = environment_number("GPUFARE_PROPERTY_SEED", 20250101);
    if (gf_isa_best(gf_isa_detect()) == GF_ISA_SCALAR)
        return; /* no vector kernel runs here */
    fprintf(stderr, "%" PRIu64 " cases from seed %" PRIu64 "\n", cases, seed);
    for (uint64_t i = 0; i < cases; i++)
        check_example(seed + i);
    cr_assert(cases < 4 || kept[0].bytes > 0, "no thread keeps memory");
    for (size_t i = 0; i < MOST_THREADS; i++)
        free(kept[i].memory);
}
