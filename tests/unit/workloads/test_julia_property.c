/* Julia's vector kernels give the bits of the scalar one: random pictures and lists, with shapes
 * around the multiples of vectors and parts, and counts around the ends of the kernel's stages.
 *
 * GPUFARE_PROPERTY_CASES  number of cases; unset: as many as take a second
 * GPUFARE_PROPERTY_SEED   seed of the random numbers; unset: another one in every run. A failure
 *                         prints the seed with which it is the first case.
 */
#include <math.h>
#include <time.h>

#include "base/array.h"
#include "device/cpu_kernels.h"
#include "real_devices.h"

TestSuite(julia_property, .timeout = 7200);

#define DEFAULT_CASES 1500
/* Most updates of the scalar kernel in a case: a few milliseconds. */
#define MOST_UPDATES 1500000
#define MOST_WIDTH   1100
#define MOST_HEIGHT  70
#define SCALARS      13

/* Elements after the result, which must not change. */
#define GUARDS 16
#define POISON 0xa5

typedef enum wildness { CALM, FEW_WILD, WILD, WILDNESS_COUNT } wildness;

typedef struct fuzz_case {
    uint64_t seed;
    uint32_t width, height, first_row, rows, max_iter, threads, balance;
    double view[4], c[2];
    bool f32, list, shifted; /* shifted: buffers aligned to their elements only */
    wildness wild;
} fuzz_case;

static uint32_t pick(uint64_t *state, const uint32_t *values, size_t count) {
    return values[random_below(state, count)];
}

#define PICK(state, values) pick(state, values, sizeof(values) / sizeof *(values))

/* ---- Cases ------------------------------------------------------------- */

static uint32_t some_max_iter(uint64_t *state) {
    static const uint32_t edges[] = {1,  2,  3,  4,  5,  7,   8,   9,   15,   16,   17,    31,   32,
                                     33, 47, 48, 49, 63, 255, 256, 257, 1000, 4113, 65535, 65536};
    return random_below(state, 3) == 0 ? 1 + (uint32_t)random_below(state, 600)
                                       : PICK(state, edges);
}

static uint32_t some_width(uint64_t *state) {
    static const uint32_t edges[] = {1,  2,  3,  7,  8,  9,   15,  16,  17,  31,  32,
                                     33, 47, 48, 49, 96, 255, 256, 257, 511, 512, 513};
    return random_below(state, 3) == 0 ? 1 + (uint32_t)random_below(state, MOST_WIDTH)
                                       : PICK(state, edges);
}

/* c: of pictures with and without interior, of slow escapes, and around and beyond |c| = 2. */
static void some_c(uint64_t *state, double c[2]) {
    static const double known[][2] = {{-0.62772, -0.42193}, {0, 0},      {-0.1, 0.2}, {0, 1},
                                      {-0.8, 0.156},        {0.25, 0},   {-0.75, 0},  {-2, 0},
                                      {-2.01, 0},           {-2.002, 0}, {-1.93, 0},  {-1.936, 0},
                                      {-1.9365, 0},         {1.5, 2.5},  {1e6, -1e6}};
    if (random_below(state, 3) == 0) {
        c[0] = random_real(state, -2.2, 2.2);
        c[1] = random_real(state, -1.2, 1.2);
        return;
    }
    memcpy(c, known[random_below(state, GF_COUNT_OF(known))], sizeof known[0]);
}

static void some_view(uint64_t *state, double view[4]) {
    const double half = pow(10, random_real(state, -4, 1));
    const double x = random_real(state, -1.5, 1.5), y = random_real(state, -1.5, 1.5);
    const bool whole = random_below(state, 2) == 0;
    view[0] = whole ? -1.8 : x - half;
    view[1] = whole ? 1.8 : x + half;
    view[2] = whole ? -1.8 : y - half;
    view[3] = whole ? 1.8 : y + half;
}

static fuzz_case make_case(uint64_t seed) {
    uint64_t state = seed;
    fuzz_case k = {.seed = seed};
    k.max_iter = some_max_iter(&state);
    k.width = some_width(&state);
    const uint32_t most = MOST_UPDATES / k.max_iter;
    if (k.width > most)
        k.width = most;
    const uint32_t tallest = most / k.width < MOST_HEIGHT ? most / k.width : MOST_HEIGHT;
    k.rows = 1 + (uint32_t)random_below(&state, tallest);
    k.first_row = random_below(&state, 2) == 0 ? 0 : (uint32_t)random_below(&state, 100);
    k.height = k.first_row + k.rows + (uint32_t)random_below(&state, 5);
    k.threads = 1 + (uint32_t)random_below(&state, 5);
    some_c(&state, k.c);
    some_view(&state, k.view);
    k.f32 = random_below(&state, 2) == 0;
    k.list = random_below(&state, 3) == 0;
    k.shifted = random_below(&state, 2) == 0;
    k.wild = (wildness)random_below(&state, WILDNESS_COUNT);
    k.balance = 1 + (uint32_t)random_below(&state, 2);
    return k;
}

/* ---- Inputs ------------------------------------------------------------ */

static void put_real(const fuzz_case *k, void *to, size_t index, double value) {
    if (k->f32)
        ((float *)to)[index] = (float)value; /* may become infinite, which is one more case */
    else
        ((double *)to)[index] = value;
}

static double wild_real(uint64_t *state) {
    static const double known[] = {0,   -0.0,     2,         -2,       4,      INFINITY, -INFINITY,
                                   NAN, 0x1p-149, 0x1p-1074, 0x1p-100, 1.3e19, 1e160,    -1e308};
    return known[random_below(state, GF_COUNT_OF(known))];
}

/* One complex number of a list: near `usual`, or, in a wild list, sometimes anything. */
static void put_point(const fuzz_case *k, uint64_t *state, void *to, size_t at, double re,
                      double im) {
    const uint64_t odds = k->wild == WILD ? 3 : 700;
    const bool wild = k->wild != CALM && random_below(state, odds) == 0;
    const bool large = wild && random_below(state, 2) == 0;
    put_real(k, to, 2 * at, wild && !large ? wild_real(state) : large ? 3 * re - 1.5 : re);
    put_real(k, to, 2 * at + 1, wild && random_below(state, 2) == 0 ? wild_real(state) : im);
}

static void fill_lists(const fuzz_case *k, void *zs, void *cs) {
    uint64_t state = k->seed ^ 1;
    const size_t points = (size_t)k->rows * k->width;
    for (size_t at = 0; at < points; at++) {
        put_point(k, &state, zs, at, random_real(&state, k->view[0], k->view[1]),
                  random_real(&state, k->view[2], k->view[3]));
        put_point(k, &state, cs, at, k->c[0] + random_real(&state, -0.02, 0.02),
                  k->c[1] + random_real(&state, -0.02, 0.02));
    }
}

/* ---- Runs -------------------------------------------------------------- */

static gf_scalar real_scalar(const char *name, double value) {
    const gf_scalar scalar = {name, GF_TYPE_F64, {.f64 = value}};
    return scalar;
}

static gf_scalar u32_scalar(const char *name, uint32_t value) {
    const gf_scalar scalar = {name, GF_TYPE_U32, {.u32 = value}};
    return scalar;
}

static void make_scalars(const fuzz_case *k, gf_scalar scalars[SCALARS]) {
    const double x_extent = k->view[1] - k->view[0], y_extent = k->view[3] - k->view[2];
    const gf_scalar all[SCALARS] = {real_scalar("x1", k->view[0]),
                                    real_scalar("x_extent", x_extent),
                                    real_scalar("y2", k->view[3]),
                                    real_scalar("y_extent", y_extent),
                                    real_scalar("x_step", x_extent / k->width),
                                    real_scalar("y_step", -(y_extent / k->height)),
                                    real_scalar("c_re", k->c[0]),
                                    real_scalar("c_im", k->c[1]),
                                    u32_scalar("width", k->width),
                                    u32_scalar("height", k->height),
                                    u32_scalar("first_row", k->first_row),
                                    u32_scalar("rows", k->rows),
                                    u32_scalar("max_iter", k->max_iter)};
    memcpy(scalars, all, sizeof all);
}

/* An array with room for one element before it, so that it can be shifted by one. */
static void *make_array(const fuzz_case *k, size_t elements, size_t element_bytes, void **memory) {
    const size_t bytes = (elements + 1 + GUARDS) * element_bytes;
    *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    cr_assert_not_null(*memory);
    memset(*memory, POISON, bytes);
    return (char *)*memory + (k->shifted ? element_bytes : 0);
}

static void run_kernel(const fuzz_case *k, gf_cpu_kernel kernel, uint32_t threads, void *zs,
                       void *cs, void *counts) {
    gf_scalar scalars[SCALARS];
    make_scalars(k, scalars);
    void *const list[] = {zs, cs, counts}, *const generated[] = {counts};
    const gf_scalar balance = u32_scalar("balance", k->balance);
    const gf_kernel_args args = {.buffers = k->list ? list : generated,
                                 .buffer_count = k->list ? 3 : 1,
                                 .scalars = scalars,
                                 .scalar_count = SCALARS,
                                 .thread_count = threads,
                                 .tuning = &balance,
                                 .tuning_count = 1};
    kernel(&args);
}

static uint32_t count_at(const fuzz_case *k, const void *counts, size_t index) {
    return k->max_iter <= UINT16_MAX ? ((const uint16_t *)counts)[index]
                                     : ((const uint32_t *)counts)[index];
}

static void expect_same(const fuzz_case *k, const char *isa, const void *want, const void *got) {
    const size_t points = (size_t)k->rows * k->width;
    for (size_t i = 0; i < points; i++)
        cr_assert_eq(
            count_at(k, got, i), count_at(k, want, i),
            "GPUFARE_PROPERTY_SEED=%llu: %s, f%u, %ux%u of %u rows from %u, max-iter %u, "
            "c %.17g%+.17gi, %s, %u threads, balance %u: row %zu, column %zu is %u, not %u",
            (unsigned long long)k->seed, isa, k->f32 ? 32u : 64u, k->width, k->rows, k->height,
            k->first_row, k->max_iter, k->c[0], k->c[1], k->list ? "list" : "generated", k->threads,
            k->balance, i / k->width, i % k->width, count_at(k, got, i), count_at(k, want, i));
    const size_t bytes = k->max_iter <= UINT16_MAX ? sizeof(uint16_t) : sizeof(uint32_t);
    for (size_t i = 0; i < GUARDS * bytes; i++)
        cr_assert_eq(((const uint8_t *)got)[points * bytes + i], POISON,
                     "GPUFARE_PROPERTY_SEED=%llu: %s writes beyond its result",
                     (unsigned long long)k->seed, isa);
}

static void run_case(const fuzz_case *k) {
    const gf_precision precision = k->f32 ? GF_PRECISION_F32 : GF_PRECISION_F64;
    const size_t points = (size_t)k->rows * k->width;
    const size_t real_bytes = k->f32 ? sizeof(float) : sizeof(double);
    const size_t count_bytes = k->max_iter <= UINT16_MAX ? sizeof(uint16_t) : sizeof(uint32_t);
    void *memory[4];
    void *const zs = make_array(k, k->list ? 2 * points : 0, real_bytes, &memory[0]);
    void *const cs = make_array(k, k->list ? 2 * points : 0, real_bytes, &memory[1]);
    void *const want = make_array(k, points, count_bytes, &memory[2]);
    if (k->list)
        fill_lists(k, zs, cs);
    run_kernel(k, gf_cpu_kernel_find("julia", GF_ISA_SCALAR, precision), 1, zs, cs, want);
    for (uint32_t isa = GF_ISA_SCALAR; isa < GF_ISA_COUNT; isa++) {
        const gf_cpu_kernel kernel = gf_cpu_kernel_find("julia", (gf_isa)isa, precision);
        if (kernel == NULL || (gf_isa_detect() & gf_isa_bit((gf_isa)isa)) == 0)
            continue;
        void *const got = make_array(k, points, count_bytes, &memory[3]);
        run_kernel(k, kernel, k->threads, zs, cs, got);
        expect_same(k, gf_isa_name((gf_isa)isa), want, got);
        free(memory[3]);
    }
    for (int i = 0; i < 3; i++)
        free(memory[i]);
}

static uint64_t setting_or(const char *name, uint64_t fallback) {
    const char *const text = getenv(name);
    return text == NULL ? fallback : strtoull(text, NULL, 10);
}

Test(julia_property, every_isa_gives_the_bits_of_the_scalar_kernel) {
    const uint64_t cases = setting_or("GPUFARE_PROPERTY_CASES", DEFAULT_CASES);
    const uint64_t seed =
        setting_or("GPUFARE_PROPERTY_SEED", (uint64_t)time(NULL) * 1000003 + (uint64_t)getpid());
    printf("julia_property: %llu cases from GPUFARE_PROPERTY_SEED=%llu\n",
           (unsigned long long)cases, (unsigned long long)seed);
    for (uint64_t i = 0; i < cases; i++) {
        const fuzz_case k = make_case(seed + i);
        run_case(&k);
    }
}
