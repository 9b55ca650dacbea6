/* Diffusion: exact solutions, conservation laws and symmetries, an independent computation to the
 * bit, input files, sampled verification. */
#include <math.h>

#include "support.h"

TestSuite(diffusion, .timeout = 200);

static const char *const boundaries[] = {"fixed", "periodic", "insulated"};
enum { FIXED, PERIODIC, INSULATED, BOUNDARIES };

static const char *const precisions[] = {"f32", "f64"};

/* ---- Fields ---------------------------------------------------------------------------------- */

typedef struct grid {
    size_t rows, cols;
} grid;

/* A field of random numbers in [0, 1) that f32 holds exactly. */
static double *random_field(grid g, uint64_t seed) {
    double *field = malloc(g.rows * g.cols * sizeof *field);
    cr_assert_not_null(field);
    for (size_t i = 0; i < g.rows * g.cols; i++)
        field[i] = (double)random_below(&seed, 1 << 20) / (1 << 20);
    return field;
}

static double cell(const bench *b, const void *field, size_t index) {
    return bench_result_spec(b)->type == GF_TYPE_F64 ? ((const double *)field)[index]
                                                     : (double)((const float *)field)[index];
}

/* A bench whose first state is `field`, which reaches it as a file. `more` ends with a NULL. */
static bench open_field(grid g, const double *field, const char *boundary, const char *precision,
                        const char *steps, const setting *more, const char *devices,
                        uint32_t threads) {
    char path[64];
    make_temporary_path(path);
    write_array(path, GF_TYPE_F64, g.rows, g.cols, field);
    setting settings[16] = {
        {"init", path}, {"boundary", boundary}, {"precision", precision}, {"steps", steps}};
    size_t used = 4;
    for (; more != NULL && more->name != NULL; more++)
        settings[used++] = *more;
    settings[used] = (setting){NULL, NULL};
    bench b = bench_open("diffusion", settings, devices, threads);
    bench_make_inputs(&b);
    unlink(path);
    return b;
}

/* ---- The steps, computed once more ----------------------------------------------------------- */

/* The value beyond an edge: of the other side, or of the edge itself. */
static size_t neighbour(size_t index, int by, size_t count, int boundary) {
    const long at = (long)index + by;
    if (at >= 0 && at < (long)count)
        return (size_t)at;
    return boundary == PERIODIC ? (at < 0 ? count - 1 : 0) : index;
}

static bool on_edge(grid g, size_t i, size_t j) {
    return i == 0 || j == 0 || i == g.rows - 1 || j == g.cols - 1;
}

#define DEFINE_STEP(name, real)                                                                    \
    static void name(grid g, const real *u, real *next, real rate, int boundary) {                 \
        for (size_t i = 0; i < g.rows; i++) {                                                      \
            for (size_t j = 0; j < g.cols; j++) {                                                  \
                const size_t at = i * g.cols + j;                                                  \
                const real down = u[neighbour(i, 1, g.rows, boundary) * g.cols + j];               \
                const real up = u[neighbour(i, -1, g.rows, boundary) * g.cols + j];                \
                const real right = u[i * g.cols + neighbour(j, 1, g.cols, boundary)];              \
                const real left = u[i * g.cols + neighbour(j, -1, g.cols, boundary)];              \
                const real four = 4 * u[at];                                                       \
                real lap = down + up;                                                              \
                lap = lap + right;                                                                 \
                lap = lap + left;                                                                  \
                lap = lap - four;                                                                  \
                const real change = rate * lap;                                                    \
                next[at] = boundary == FIXED && on_edge(g, i, j) ? u[at] : u[at] + change;         \
            }                                                                                      \
        }                                                                                          \
    }

DEFINE_STEP(step_f64, double)
DEFINE_STEP(step_f32, float)

static double *expected_f64(grid g, const double *first, int steps, double rate, int boundary) {
    const size_t bytes = g.rows * g.cols * sizeof(double);
    double *u = copy_bytes(first, bytes), *next = copy_bytes(first, bytes);
    for (int k = 0; k < steps; k++) {
        step_f64(g, u, next, rate, boundary);
        memcpy(u, next, bytes);
    }
    free(next);
    return u;
}

static float *expected_f32(grid g, const double *first, int steps, double rate, int boundary) {
    const size_t count = g.rows * g.cols, bytes = count * sizeof(float);
    float *u = malloc(bytes);
    cr_assert_not_null(u);
    for (size_t i = 0; i < count; i++)
        u[i] = (float)first[i];
    float *next = copy_bytes(u, bytes);
    for (int k = 0; k < steps; k++) {
        step_f32(g, u, next, (float)rate, boundary);
        memcpy(u, next, bytes);
    }
    free(next);
    return u;
}

static void expect_bits(const bench *b, const void *want, grid g, const char *what,
                        const char *label) {
    const gf_buffer_spec *spec = bench_result_spec(b);
    cr_assert(spec->rows == g.rows && spec->cols == g.cols);
    const size_t size = gf_type_size(spec->type);
    for (size_t i = 0; i < g.rows * g.cols; i++)
        cr_assert_eq(memcmp((const char *)b->comparison->output + i * size,
                            (const char *)want + i * size, size),
                     0, "%s, %zux%zu, %s on %s: row %zu, column %zu is %.17g, not %.17g", what,
                     g.cols, g.rows, gf_type_name(spec->type), label, i / g.cols, i % g.cols,
                     cell(b, b->comparison->output, i), cell(b, want, i));
}

/* Shapes with nothing but edges, without an inside, narrower than a vector, at its multiples. */
static const grid shapes[] = {{1, 1},   {1, 2},  {2, 1},  {2, 2},  {1, 19}, {23, 1},
                              {3, 3},   {2, 9},  {9, 2},  {5, 17}, {7, 18}, {8, 10},
                              {13, 33}, {34, 7}, {6, 65}, {70, 34}};
#define SHAPES (sizeof shapes / sizeof shapes[0])

static void expect_definition(int boundary, const char *precision) {
    const int steps = 7;
    for (size_t s = 0; s < SHAPES; s++) {
        double *first = random_field(shapes[s], 17 + s);
        bench b =
            open_field(shapes[s], first, boundaries[boundary], precision, "7", NULL, EVERYTHING, 0);
        void *want = strcmp(precision, "f64") == 0
                         ? (void *)expected_f64(shapes[s], first, steps, 0.1, boundary)
                         : (void *)expected_f32(shapes[s], first, steps, 0.1, boundary);
        for (size_t v = 0; v < b.selection.count; v++) {
            const gf_result *result = bench_run(&b, v, boundaries[boundary]);
            expect_bits(&b, want, shapes[s], boundaries[boundary], result->label);
        }
        free(want);
        free(first);
        bench_close(&b);
    }
}

Test(diffusion, steps_are_those_of_the_definition_fixed) {
    expect_definition(FIXED, "f64");
    expect_definition(FIXED, "f32");
}

Test(diffusion, steps_are_those_of_the_definition_periodic) {
    expect_definition(PERIODIC, "f64");
    expect_definition(PERIODIC, "f32");
}

Test(diffusion, steps_are_those_of_the_definition_insulated) {
    expect_definition(INSULATED, "f64");
    expect_definition(INSULATED, "f32");
}

/* ---- Eigenmodes -------------------------------------------------------------------------------
 */

/* One of the waves whose product every step multiplies by 1 - 4 r (sin^2 + sin^2): cosines around a
 * periodic grid, cosines with the edge cells half a cell from the wall, sines that vanish on the
 * fixed edge cells. Returns its value; *angle is that of the sine. In long double, as 500 steps
 * multiply the rounding of the factor by 500. */
static long double wave(int boundary, size_t index, size_t count, int number, long double *angle) {
    const long double k = 3.14159265358979323846264338328L * (long double)number;
    if (boundary == PERIODIC) {
        *angle = k / (long double)count;
        return cosl(2 * k * (long double)index / (long double)count);
    }
    if (boundary == INSULATED) {
        *angle = k / (2 * (long double)count);
        return cosl(k * ((long double)index + 0.5L) / (long double)count);
    }
    *angle = k / (2 * (long double)(count - 1));
    if (index == 0 || index == count - 1)
        return 0;
    return sinl(k * (long double)index / (long double)(count - 1));
}

/* Fills a field with the product of two waves; returns what a step multiplies it by. */
static long double fill_mode(int boundary, grid g, double rate, double *field) {
    long double y_angle = 0, x_angle = 0;
    for (size_t k = 0; k < g.rows * g.cols; k++) {
        const long double y = wave(boundary, k / g.cols, g.rows, 1, &y_angle);
        const long double x = wave(boundary, k % g.cols, g.cols, 2, &x_angle);
        field[k] = (double)(y * x);
    }
    const long double y_sine = sinl(y_angle), x_sine = sinl(x_angle);
    return 1 - 4 * (long double)rate * (y_sine * y_sine + x_sine * x_sine);
}

static void expect_eigenmode(int boundary, const char *precision, const char *dt, double limit) {
    const grid g = {61, 83};
    double *first = malloc(g.rows * g.cols * sizeof *first);
    cr_assert_not_null(first);
    const long double factor = powl(fill_mode(boundary, g, strtod(dt, NULL), first), 500);
    cr_assert(factor > 0.005L && factor < 0.8L, "the test's own premise");
    const setting more[] = {{"dt", dt}, {NULL, NULL}};
    bench b = open_field(g, first, boundaries[boundary], precision, "500", more, EVERYTHING, 0);
    for (size_t v = 0; v < b.selection.count; v++) {
        const gf_result *result = bench_run(&b, v, boundaries[boundary]);
        double worst = 0;
        for (size_t k = 0; k < g.rows * g.cols; k++) {
            const long double want = (long double)first[k] * factor;
            const long double got = (long double)cell(&b, b.comparison->output, k);
            worst = fmax(worst, (double)fabsl(got - want));
        }
        cr_expect_leq(worst, limit, "%s, %s, dt %s on %s: off by %g", boundaries[boundary],
                      precision, dt, result->label, worst);
        if (v == 0)
            cr_log_info("%s, %s, dt %s: error %g", boundaries[boundary], precision, dt, worst);
    }
    free(first);
    bench_close(&b);
}

Test(diffusion, eigenmodes_decay_as_they_must) {
    for (int k = 0; k < BOUNDARIES; k++) {
        expect_eigenmode(k, "f64", "0.1", 9e-16);
        expect_eigenmode(k, "f32", "0.1", 1e-6);
        expect_eigenmode(k, "f64", "0.25", 9e-16);
        expect_eigenmode(k, "f32", "0.25", 1e-6);
    }
}

/* D and dt only enter as their product. */
Test(diffusion, diffusivity_scales_time) {
    const grid g = {21, 34};
    double *first = random_field(g, 5);
    const setting fast[] = {{"dt", "0.0625"}, {"diffusivity", "2"}, {NULL, NULL}};
    bench b = open_field(g, first, "fixed", "f64", "9", fast, EVERYTHING, 0);
    double *want = expected_f64(g, first, 9, 0.125, FIXED);
    for (size_t v = 0; v < b.selection.count; v++)
        expect_bits(&b, want, g, "diffusivity 2", bench_run(&b, v, "diffusivity 2")->label);
    free(want);
    free(first);
    bench_close(&b);
}

/* ---- Laws --------------------------------------------------------------------------------------
 */

/* Kahan's sum: its error is below what is looked for. */
static double mass(const bench *b, const void *field, grid g) {
    double sum = 0, lost = 0;
    for (size_t i = 0; i < g.rows * g.cols; i++) {
        const double term = cell(b, field, i) - lost, next = sum + term;
        lost = (next - sum) - term;
        sum = next;
    }
    return sum;
}

Test(diffusion, mass_is_conserved_without_open_edges) {
    const grid g = {67, 91};
    double *first = random_field(g, 3);
    for (int boundary = PERIODIC; boundary <= INSULATED; boundary++) {
        for (int p = 0; p < 2; p++) {
            const double limit = p == 0 ? 8e-7 : 3e-15;
            bench b = open_field(g, first, boundaries[boundary], precisions[p], "500", NULL,
                                 EVERYTHING, 0);
            const double before = mass(&b, b.comparison->inputs[0], g);
            for (size_t v = 0; v < b.selection.count; v++) {
                const gf_result *result = bench_run(&b, v, "mass");
                const double drift = fabs(mass(&b, b.comparison->output, g) - before) / before;
                cr_expect_leq(drift, limit, "%s, %s on %s: drift %g", boundaries[boundary],
                              precisions[p], result->label, drift);
                cr_expect_float_eq(result->checksum / before, 1, 2 * limit + 1e-14);
            }
            bench_close(&b);
        }
    }
    free(first);
}

/* Discrete maximum principle, for r up to 1/4: a cell becomes a mean of itself and its neighbours.
 * The rounding of one step may leave the range by a unit in the last place or so. */
Test(diffusion, values_stay_in_the_first_range) {
    const grid g = {33, 47};
    const setting more[] = {{"dt", "0.25"}, {NULL, NULL}};
    double *first = random_field(g, 9);
    double low = first[0], high = first[0];
    for (size_t i = 0; i < g.rows * g.cols; i++) {
        low = fmin(low, first[i]);
        high = fmax(high, first[i]);
    }
    for (int k = 0; k < BOUNDARIES * 2; k++) {
        bench b =
            open_field(g, first, boundaries[k / 2], precisions[k % 2], "300", more, EVERYTHING, 0);
        const double slack = k % 2 == 0 ? 0x1p-22 : 0x1p-51;
        for (size_t v = 0; v < b.selection.count; v++) {
            const gf_result *result = bench_run(&b, v, "range");
            for (size_t i = 0; i < g.rows * g.cols; i++) {
                const double value = cell(&b, b.comparison->output, i);
                cr_assert(value >= low - slack && value <= high + slack,
                          "%s, %s on %s: cell %zu is %g", boundaries[k / 2], precisions[k % 2],
                          result->label, i, value);
            }
        }
        bench_close(&b);
    }
    free(first);
}

/* Turning the field upside down only exchanges up and down, whose sum comes first and so is the
 * same to the bit. Left and right come one after the other: there rounding may differ. */
Test(diffusion, mirrored_fields_give_mirrored_results) {
    const grid g = {37, 29};
    double *first = random_field(g, 11);
    double *flipped = copy_bytes(first, g.rows * g.cols * sizeof *first);
    double *mirrored = copy_bytes(first, g.rows * g.cols * sizeof *first);
    for (size_t i = 0; i < g.rows; i++) {
        for (size_t j = 0; j < g.cols; j++) {
            flipped[i * g.cols + j] = first[(g.rows - 1 - i) * g.cols + j];
            mirrored[i * g.cols + j] = first[i * g.cols + g.cols - 1 - j];
        }
    }
    for (int k = 0; k < BOUNDARIES; k++) {
        bench b = open_field(g, first, boundaries[k], "f64", "60", NULL, EVERYTHING, 0);
        bench f = open_field(g, flipped, boundaries[k], "f64", "60", NULL, EVERYTHING, 0);
        bench m = open_field(g, mirrored, boundaries[k], "f64", "60", NULL, EVERYTHING, 0);
        for (size_t v = 0; v < b.selection.count; v++) {
            const gf_result *result = bench_run(&b, v, "as is");
            bench_run(&f, v, "upside down");
            bench_run(&m, v, "mirrored");
            for (size_t i = 0; i < g.rows; i++) {
                for (size_t j = 0; j < g.cols; j++) {
                    const double value = cell(&b, b.comparison->output, i * g.cols + j);
                    const size_t below = (g.rows - 1 - i) * g.cols + j;
                    const size_t beside = i * g.cols + g.cols - 1 - j;
                    cr_assert_eq(cell(&f, f.comparison->output, below), value,
                                 "%s on %s: %zu, %zu upside down", boundaries[k], result->label, i,
                                 j);
                    cr_assert_float_eq(cell(&m, m.comparison->output, beside), value, 1e-14,
                                       "%s on %s: %zu, %zu mirrored", boundaries[k], result->label,
                                       i, j);
                }
            }
        }
        bench_close(&b);
        bench_close(&f);
        bench_close(&m);
    }
    free(first);
    free(flipped);
    free(mirrored);
}

/* A periodic grid has no distinguished cell. */
Test(diffusion, a_periodic_field_may_be_shifted) {
    const grid g = {22, 35};
    double *first = random_field(g, 13);
    double *shifted = copy_bytes(first, g.rows * g.cols * sizeof *first);
    for (size_t k = 0; k < g.rows * g.cols; k++)
        shifted[(k / g.cols + 5) % g.rows * g.cols + (k % g.cols + 9) % g.cols] = first[k];
    bench b = open_field(g, first, "periodic", "f64", "40", NULL, EVERYTHING, 0);
    bench s = open_field(g, shifted, "periodic", "f64", "40", NULL, EVERYTHING, 0);
    for (size_t v = 0; v < b.selection.count; v++) {
        const gf_result *result = bench_run(&b, v, "as is");
        bench_run(&s, v, "shifted");
        for (size_t k = 0; k < g.rows * g.cols; k++) {
            const size_t to = (k / g.cols + 5) % g.rows * g.cols + (k % g.cols + 9) % g.cols;
            cr_assert_eq(cell(&s, s.comparison->output, to), cell(&b, b.comparison->output, k),
                         "%s: cell %zu", result->label, k);
        }
    }
    free(first);
    free(shifted);
    bench_close(&b);
    bench_close(&s);
}

/* ---- The same bits, however the work is divided ------------------------------------------------
 */

Test(diffusion, any_number_of_threads_gives_the_same_bits) {
    const grid tall = {67, 35}, wide = {2, 301};
    for (int k = 0; k < BOUNDARIES * 2; k++) {
        const grid g = k % 2 == 0 ? tall : wide;
        double *first = random_field(g, 19);
        double *want = expected_f64(g, first, 9, 0.1, k / 2);
        for (uint32_t threads = 1; threads <= 3; threads++) {
            bench b =
                open_field(g, first, boundaries[k / 2], "f64", "9", NULL, EVERYTHING, threads);
            for (size_t v = 0; v < b.selection.count; v++)
                expect_bits(&b, want, g, boundaries[k / 2],
                            bench_run(&b, v, boundaries[k / 2])->label);
            bench_close(&b);
        }
        free(want);
        free(first);
    }
}

/* Whether the host reads or writes between, and how often: the field is the same, and the bytes
 * that move are counted. 7 does not divide 500: the last stop is a shorter one. */
Test(diffusion, stops_between_do_not_change_the_bits) {
    static const struct {
        const char *every;
        uint64_t stops;
    } cases[] = {{"1", 500}, {"7", 72}, {"500", 1}, {"0", 1}};
    static const char *const uses[] = {"read", "write"};
    const grid g = {19, 21};
    const uint64_t bytes = 19 * 21 * sizeof(double);
    double *first = random_field(g, 23);
    for (int k = 0; k < BOUNDARIES; k++) {
        double *want = expected_f64(g, first, 500, 0.1, k);
        for (int c = 0; c < 8; c++) {
            const setting more[] = {{"steps-per-transfer", cases[c / 2].every},
                                    {"host-use", uses[c % 2]},
                                    {NULL, NULL}};
            const uint64_t stops = cases[c / 2].stops, ups = c % 2 == 0 ? 1 : stops;
            bench b = open_field(g, first, boundaries[k], "f64", "500", more, EVERYTHING, 0);
            for (size_t v = 0; v < b.selection.count; v++) {
                const gf_result *result = bench_run(&b, v, cases[c / 2].every);
                expect_bits(&b, want, g, cases[c / 2].every, result->label);
                cr_expect_eq(result->bytes_up, ups * bytes, "every %s, %s on %s: %llu bytes up",
                             cases[c / 2].every, uses[c % 2], result->label,
                             (unsigned long long)result->bytes_up);
                cr_expect_eq(result->bytes_down, stops * bytes,
                             "every %s, %s on %s: %llu bytes down", cases[c / 2].every, uses[c % 2],
                             result->label, (unsigned long long)result->bytes_down);
            }
            bench_close(&b);
        }
        free(want);
    }
    free(first);
}

Test(diffusion, odd_and_even_numbers_of_steps) {
    static const char *const steps[] = {"1", "2", "3", "4"};
    const grid g = {11, 20};
    double *first = random_field(g, 29);
    for (int k = 0; k < BOUNDARIES * 4; k++) {
        bench b = open_field(g, first, boundaries[k / 4], "f64", steps[k % 4], NULL, EVERYTHING, 0);
        double *want = expected_f64(g, first, k % 4 + 1, 0.1, k / 4);
        for (size_t v = 0; v < b.selection.count; v++)
            expect_bits(&b, want, g, steps[k % 4], bench_run(&b, v, steps[k % 4])->label);
        free(want);
        bench_close(&b);
    }
    free(first);
}

/* ---- Stability ----------------------------------------------------------------------------------
 */

static gf_status try_dt(const char *diffusivity, const char *dt, gf_error *error) {
    const setting settings[] = {
        {"size", "8x8"}, {"steps", "3"}, {"diffusivity", diffusivity}, {"dt", dt}, {NULL, NULL}};
    gf_values *values = make_values("diffusion", settings);
    gf_session *session = open_session(1);
    gf_comparison *comparison = NULL;
    const gf_status status = gf_comparison_create(session, values, NULL, &comparison, error);
    cr_expect_eq(comparison != NULL, status == GF_OK);
    gf_comparison_destroy(comparison);
    gf_session_close(session);
    gf_values_destroy(values);
    return status;
}

/* The message names the largest dt: it is accepted as it stands there, and no larger one is. */
static void expect_limit_named(const char *diffusivity) {
    static const char words[] = "largest valid dt is ";
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(try_dt(diffusivity, "1000000", &error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, "--dt 1000000"), "%s", error.text);
    const char *found = strstr(error.text, words);
    cr_assert_not_null(found, "D %s: %s", diffusivity, error.text);
    char named[64], larger[64];
    snprintf(named, sizeof named, "%.*s", (int)strcspn(found + strlen(words), " ,;"),
             found + strlen(words));
    const double dt = strtod(named, NULL);
    cr_expect_eq(try_dt(diffusivity, named, &error), GF_OK,
                 "D %s: dt %s is named and then refused: %s", diffusivity, named, error.text);
    cr_expect_float_eq(dt * strtod(diffusivity, NULL), 0.25, 1e-12);
    snprintf(larger, sizeof larger, "%.17g", dt * (1 + 0x1p-50));
    cr_expect_eq(try_dt(diffusivity, larger, &error), GF_USAGE, "D %s: dt %s", diffusivity, larger);
}

Test(diffusion, the_message_names_the_largest_valid_dt) {
    static const char *const diffusivities[] = {"1",   "2",  "3",    "0.7",     "0.9", "0.3",
                                                "7.3", "11", "1e-3", "123.456", "1e6", "0.017"};
    for (size_t i = 0; i < sizeof diffusivities / sizeof diffusivities[0]; i++)
        expect_limit_named(diffusivities[i]);
}

Test(diffusion, more_steps_per_transfer_than_steps_are_refused) {
    const setting settings[] = {{"steps", "5"}, {"steps-per-transfer", "6"}, {NULL, NULL}};
    gf_values *values = make_values("diffusion", settings);
    gf_session *session = open_session(1);
    gf_comparison *comparison = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_comparison_create(session, values, NULL, &comparison, &error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, "--steps-per-transfer 6"), "%s", error.text);
    gf_session_close(session);
    gf_values_destroy(values);
}

/* ---- First states
 * -------------------------------------------------------------------------------- */

static bool in_square(size_t index, size_t count) {
    return index >= (size_t)(0.4 * (double)count) && index < (size_t)(0.5 * (double)count);
}

Test(diffusion, the_square_lies_where_it_must) {
    static const grid grids[] = {{640, 640}, {50, 121}, {9, 31}};
    for (size_t k = 0; k < 3; k++) {
        const grid g = grids[k];
        char size[32];
        snprintf(size, sizeof size, "%zux%zu", g.cols, g.rows);
        const setting settings[] = {{"size", size}, {NULL, NULL}};
        bench b = bench_open("diffusion", settings, "native:scalar", 1);
        bench_make_inputs(&b);
        const double *field = b.comparison->inputs[0];
        for (size_t i = 0; i < g.rows * g.cols; i++) {
            const bool inside = in_square(i / g.cols, g.rows) && in_square(i % g.cols, g.cols);
            cr_assert_eq(field[i], inside ? 0.005 : 0, "%s: cell %zu", size, i);
        }
        bench_close(&b);
    }
}

Test(diffusion, the_bell_is_symmetrical_and_highest_in_the_middle) {
    const setting settings[] = {{"size", "31x21"}, {"init", "gaussian"}, {NULL, NULL}};
    bench b = bench_open("diffusion", settings, "native:scalar", 1);
    bench_make_inputs(&b);
    const double *field = b.comparison->inputs[0];
    cr_expect_eq(field[10 * 31 + 15], 0.005);
    for (size_t i = 0; i < 21; i++) {
        for (size_t j = 0; j < 31; j++) {
            cr_expect_eq(field[i * 31 + j], field[(20 - i) * 31 + 30 - j]);
            cr_expect(field[i * 31 + j] < 0.005 || (i == 10 && j == 15));
            cr_expect_geq(field[i * 31 + j], 0);
        }
    }
    bench_close(&b);
}

/* ---- Input files
 * --------------------------------------------------------------------------------- */

/* One step from an array of f4 or f8 in either precision, against the definition. */
Test(diffusion, arrays_of_both_types_are_read) {
    const grid g = {6, 11};
    double wide[66];
    float narrow[66];
    uint64_t state = 31;
    for (size_t i = 0; i < 66; i++) {
        wide[i] = random_real(&state, -1, 1);
        narrow[i] = (float)wide[i];
    }
    for (int k = 0; k < 4; k++) {
        const bool file_f64 = k % 2 == 1, run_f64 = k / 2 == 1;
        char path[64];
        make_temporary_path(path);
        write_array(path, file_f64 ? GF_TYPE_F64 : GF_TYPE_F32, g.rows, g.cols,
                    file_f64 ? (void *)wide : (void *)narrow);
        double first[66];
        for (size_t i = 0; i < 66; i++)
            first[i] = file_f64 ? wide[i] : (double)narrow[i];
        const setting settings[] = {
            {"init", path}, {"steps", "3"}, {"precision", precisions[k / 2]}, {NULL, NULL}};
        bench b = bench_open("diffusion", settings, EVERYTHING, 0);
        void *want = run_f64 ? (void *)expected_f64(g, first, 3, 0.1, FIXED)
                             : (void *)expected_f32(g, first, 3, 0.1, FIXED);
        for (size_t v = 0; v < b.selection.count; v++)
            expect_bits(&b, want, g, "from a file", bench_run(&b, v, "from a file")->label);
        cr_expect_str_eq(gf_values_text(b.comparison->problem->values, "size"), "11x6");
        free(want);
        bench_close(&b);
        unlink(path);
    }
}

/* Refused at once, or at the latest when the data are read: before anything runs. */
static void expect_refused(const char *path, const char *size, const char *precision,
                           const char *words) {
    const setting settings[] = {
        {"init", path}, {"precision", precision}, {"steps", "3"}, {"size", size}, {NULL, NULL}};
    gf_session *session = open_session(1);
    setting without_size[4];
    memcpy(without_size, settings, 3 * sizeof *settings);
    without_size[3] = (setting){NULL, NULL};
    gf_values *values = make_values("diffusion", size == NULL ? without_size : settings);
    gf_selection selection = select_devices(session, gf_values_workload(values), "native:scalar");
    gf_comparison *comparison = NULL;
    gf_error error = GF_ERROR_INIT;
    gf_status status = gf_comparison_create(session, values, NULL, &comparison, &error);
    const gf_result *result = NULL;
    if (status == GF_OK)
        status = gf_comparison_run(comparison, &selection.choices[0], &result, &error);
    cr_expect_eq(status, GF_USAGE, "%s: status %d", words, (int)status);
    cr_expect_not_null(strstr(error.text, words), "'%s' lacks '%s'", error.text, words);
    cr_expect_not_null(strstr(error.text, path), "'%s' lacks the file's name", error.text);
    gf_comparison_destroy(comparison);
    gf_selection_clear(&selection);
    gf_values_destroy(values);
    gf_session_close(session);
}

Test(diffusion, unfit_arrays_are_refused) {
    double field[12] = {0};
    const uint16_t integers[12] = {0};
    char path[64];
    make_temporary_path(path);
    write_array(path, GF_TYPE_F64, 3, 4, field);
    expect_refused(path, "3x4", "f64", "3 rows of 4");
    expect_refused(path, "4x4", "f64", "leave --size out");
    write_array(path, GF_TYPE_U16, 3, 4, integers);
    expect_refused(path, NULL, "f64", "u16");
    field[6] = NAN;
    write_array(path, GF_TYPE_F64, 3, 4, field);
    expect_refused(path, NULL, "f64", "row 1");
    field[6] = -INFINITY;
    write_array(path, GF_TYPE_F64, 3, 4, field);
    expect_refused(path, NULL, "f64", "row 1");
    field[6] = 1e39;
    write_array(path, GF_TYPE_F64, 3, 4, field);
    expect_refused(path, NULL, "f32", "row 1");
    unlink(path);
}

/* ---- Pictures
 * ------------------------------------------------------------------------------------ */

/* One scale for all frames: the range of the first state. */
Test(diffusion, colours_span_the_range_of_the_first_state) {
    const grid g = {3, 3};
    const double first[9] = {2, 2, 2, 2, 10, 2, 2, 2, 2};
    bench b = open_field(g, first, "fixed", "f64", "1", NULL, "native:scalar", 1);
    const double shown[9] = {2, 10, 1, 11, 2, 10, 2, 2, 2};
    static const uint8_t low[] = {68, 1, 84}, high[] = {253, 231, 37};
    gf_image image = {0};
    const gf_problem *problem = b.comparison->problem;
    cr_assert_eq(problem->workload->render(problem, shown, &image, NULL), GF_OK);
    cr_assert(image.channels == 3 && image.width == 3 && image.height == 3);
    for (size_t i = 0; i < 9; i++)
        cr_expect_eq(memcmp(image.pixels + 3 * i, shown[i] > 5 ? high : low, 3), 0, "cell %zu", i);
    gf_image_clear(&image);
    bench_close(&b);
}

/* ---- Sampled verification
 * ------------------------------------------------------------------------ */

/* Changes the last bit of one cell. */
static void flip_bit(const bench *b, void *field, size_t index) {
    ((unsigned char *)field)[index * gf_type_size(bench_result_spec(b)->type)] ^= 1;
}

/* Shapes smaller than a sampled block, smaller than the cone of `steps`, and larger in one
 * dimension or both. */
static const struct {
    grid g;
    const char *steps;
} cones[] = {
    {{1, 1}, "5"},   {{3, 5}, "9"},    {{9, 11}, "40"},  {{20, 17}, "6"},
    {{120, 4}, "7"}, {{5, 130}, "12"}, {{90, 70}, "10"}, {{1, 64}, "3"},
};

static void expect_sampling_works(size_t index, int boundary, const char *precision) {
    const grid g = cones[index].g;
    double *first = random_field(g, 37 + index);
    bench b = open_field(g, first, boundaries[boundary], precision, cones[index].steps, NULL,
                         "native:scalar", 2);
    /* The file is gone: the same contents go on to the second comparison. */
    void *input = copy_bytes(b.comparison->inputs[0], bench_result_spec(&b)->bytes);
    bench_run(&b, 0, "truth");
    void *field = bench_copy_output(&b);
    bench_set(&b, "init", "square");
    char size[32];
    snprintf(size, sizeof size, "%zux%zu", g.cols, g.rows);
    bench_set(&b, "size", size);
    bench_restart(&b, GF_VERIFY_SAMPLED);
    bench_make_inputs(&b);
    memcpy(b.comparison->inputs[0], input, bench_result_spec(&b)->bytes);
    bench_prepare_truth(&b);
    cr_assert_null(b.comparison->reference, "sampling needs no full reference");
    gf_verification verification;
    cr_expect(bench_accepts(&b, field, &verification),
              "%s, %s, %s, %s steps: %llu of %llu sampled cells of a right result differ", size,
              boundaries[boundary], precision, cones[index].steps,
              (unsigned long long)verification.difference.mismatches,
              (unsigned long long)verification.difference.compared);
    cr_expect(verification.sampled && verification.difference.compared > 0);
    /* The first and the last corner are always looked at; in a small grid, everything is. */
    const size_t cells = g.rows * g.cols;
    for (size_t i = 0; i < cells; i++) {
        const bool corner = i == 0 || i == cells - 1;
        if (cells > 400 && !corner)
            continue;
        flip_bit(&b, field, i);
        cr_expect_not(bench_accepts(&b, field, &verification),
                      "%s, %s, %s, %s steps: a wrong cell %zu goes unnoticed", size,
                      boundaries[boundary], precision, cones[index].steps, i);
        flip_bit(&b, field, i);
    }
    free(field);
    free(input);
    free(first);
    bench_close(&b);
}

Test(diffusion, sampling_accepts_right_results_and_finds_faults) {
    for (size_t i = 0; i < sizeof cones / sizeof cones[0]; i++) {
        for (int k = 0; k < BOUNDARIES; k++) {
            expect_sampling_works(i, k, "f64");
            expect_sampling_works(i, k, "f32");
        }
    }
}

Test(diffusion, full_verification_finds_any_wrong_cell) {
    const grid g = {7, 13};
    double *first = random_field(g, 41);
    for (int p = 0; p < 2; p++) {
        bench b = open_field(g, first, "periodic", precisions[p], "4", NULL, "native:scalar", 1);
        bench_run(&b, 0, "truth");
        void *field = bench_copy_output(&b);
        gf_verification verification;
        cr_expect(bench_accepts(&b, field, &verification));
        cr_expect_not(verification.sampled);
        cr_expect_eq(verification.difference.compared, 7 * 13);
        for (size_t i = 0; i < 7 * 13; i++) {
            flip_bit(&b, field, i);
            cr_expect_not(bench_accepts(&b, field, &verification), "cell %zu", i);
            cr_expect_eq(verification.difference.mismatches, 1);
            flip_bit(&b, field, i);
        }
        free(field);
        bench_close(&b);
    }
    free(first);
}

/* A result that is all NaN, as poison is, equals nothing. */
Test(diffusion, poison_is_never_right) {
    const setting settings[] = {{"size", "30x20"}, {"steps", "2"}, {NULL, NULL}};
    static const gf_verify_mode modes[] = {GF_VERIFY_FULL, GF_VERIFY_SAMPLED};
    for (int k = 0; k < 2; k++) {
        bench b = bench_open("diffusion", settings, "native:scalar", 1);
        bench_restart(&b, modes[k]);
        bench_prepare_truth(&b);
        void *poison = malloc(bench_result_spec(&b)->bytes);
        cr_assert_not_null(poison);
        memset(poison, 0xff, bench_result_spec(&b)->bytes);
        gf_verification verification;
        cr_expect_not(bench_accepts(&b, poison, &verification));
        cr_expect_eq(verification.difference.mismatches, verification.difference.compared);
        free(poison);
        bench_close(&b);
    }
}
