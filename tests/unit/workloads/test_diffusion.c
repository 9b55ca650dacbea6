/* Diffusion against exact solutions, conservation laws, symmetries, and the bits of an independent
 * computation. */
#include <math.h>

#include "base/array.h"
#include "diffusion_runs.h"
#include "measure/run.h"

TestSuite(diffusion, .timeout = 200);

/* Shapes of edges alone, without an inside, narrower than a vector, near its multiples. */
static const grid shapes[] = {{1, 1},   {1, 2},  {2, 1},  {2, 2},  {1, 19},  {23, 1},
                              {3, 3},   {2, 9},  {9, 2},  {5, 17}, {7, 18},  {8, 10},
                              {13, 33}, {34, 7}, {6, 65}, {12, 9}, {12, 17}, {70, 34}};
#define SHAPES (GF_COUNT_OF(shapes))

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

/* ---- Eigenmodes -------------------------------------------------------- */

/* The value of one of the waves whose product every step multiplies by 1 - 4 r (sin^2 + sin^2):
 * cosines around a periodic grid, cosines with the edge cells half a cell from the wall, sines that
 * vanish on the fixed edge cells. Sets *angle to the angle of the sine. In long double, because 500
 * steps multiply the rounding of the factor by 500. */
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

/* Fills a field with the product of two waves; returns the factor of a step. */
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
            const long double got = (long double)cell(&b, b.comparison->run.output, k);
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

/* Only the product of D and dt matters. */
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

/* ---- Laws -------------------------------------------------------------- */

/* Kahan's sum, whose error is below the tolerance of the tests. */
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
            const double before = mass(&b, b.comparison->truth.inputs[0], g);
            for (size_t v = 0; v < b.selection.count; v++) {
                const gf_result *result = bench_run(&b, v, "mass");
                const double drift = fabs(mass(&b, b.comparison->run.output, g) - before) / before;
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
                const double value = cell(&b, b.comparison->run.output, i);
                cr_assert(value >= low - slack && value <= high + slack,
                          "%s, %s on %s: cell %zu is %g", boundaries[k / 2], precisions[k % 2],
                          result->label, i, value);
            }
        }
        bench_close(&b);
    }
    free(first);
}

/* Turning the field upside down exchanges up and down, whose sum comes first and so keeps its bits.
 * Left and right are added one after the other, so mirroring them may round differently. */
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
                    const double value = cell(&b, b.comparison->run.output, i * g.cols + j);
                    const size_t below = (g.rows - 1 - i) * g.cols + j;
                    const size_t opposite = i * g.cols + g.cols - 1 - j;
                    cr_assert_eq(cell(&f, f.comparison->run.output, below), value,
                                 "%s on %s: %zu, %zu upside down", boundaries[k], result->label, i,
                                 j);
                    cr_assert_float_eq(cell(&m, m.comparison->run.output, opposite), value, 1e-14,
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
            cr_assert_eq(cell(&s, s.comparison->run.output, to),
                         cell(&b, b.comparison->run.output, k), "%s: cell %zu", result->label, k);
        }
    }
    free(first);
    free(shifted);
    bench_close(&b);
    bench_close(&s);
}

/* ---- The same bits for any division of the work ------------------------ */

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

/* The field does not depend on how often the host reads or writes it, and the moved bytes are
 * counted. 7 does not divide 100, so the last stop comes sooner. */
Test(diffusion, stops_between_do_not_change_the_bits) {
    static const struct {
        const char *every;
        uint64_t stops;
    } cases[] = {{"1", 100}, {"7", 15}, {"100", 1}, {"0", 1}};
    static const char *const uses[] = {"read", "write"};
    const grid g = {19, 21};
    const uint64_t bytes = 19 * 21 * sizeof(double);
    double *first = random_field(g, 23);
    for (int k = 0; k < BOUNDARIES; k++) {
        double *want = expected_f64(g, first, 100, 0.1, k);
        for (int c = 0; c < 8; c++) {
            const setting more[] = {{"steps-per-transfer", cases[c / 2].every},
                                    {"host-use", uses[c % 2]},
                                    {NULL, NULL}};
            const uint64_t stops = cases[c / 2].stops, ups = c % 2 == 0 ? 1 : stops;
            bench b = open_field(g, first, boundaries[k], "f64", "100", more, EVERYTHING, 0);
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

/* Stands for host code between two transfers: sets every cell to the number of steps. */
typedef struct host_library {
    const gf_comparison *comparison;
    double last[9 * 14]; /* the state after the last step */
} host_library;

static gf_status overwrite(void *context, uint64_t step, const void *output, gf_error *error) {
    host_library *library = context;
    const gf_host_array *host = library->comparison->run.host;
    double *field = host[output == host[0].memory ? 0 : 1].memory;
    (void)error;
    memcpy(library->last, output, sizeof library->last);
    for (size_t i = 0; i < 9 * 14; i++)
        field[i] = (double)step;
    return GF_OK;
}

/* With --host-use write the next steps start from the field that the host wrote: a level field,
 * which no step changes. Verification may report that it differs from the undisturbed run. */
Test(diffusion, what_the_host_writes_between_goes_up) {
    const grid g = {9, 14};
    double *first = random_field(g, 53);
    const setting more[] = {{"host-use", "write"}, {"steps-per-transfer", "3"}, {NULL, NULL}};
    bench b = open_field(g, first, "periodic", "f64", "11", more, EVERYTHING, 0);
    host_library library = {.comparison = b.comparison};
    for (size_t v = 0; v < b.selection.count; v++) {
        const gf_target *target = &b.selection.targets[v];
        gf_error error = GF_ERROR_INIT;
        const gf_stops stops = {3, overwrite, &library};
        const gf_status status =
            gf_run_with_stops(&b.comparison->run, target->device, target->variant, &stops, &error);
        cr_assert(status == GF_OK || status == GF_MISMATCH, "%s: %s", target->variant, error.text);
        for (size_t i = 0; i < 9 * 14; i++)
            cr_assert_eq(library.last[i], 9, "%s on %s: cell %zu is %g", target->variant,
                         target->device->info.id, i, library.last[i]);
    }
    free(first);
    bench_close(&b);
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

/* The kernels of several steps count rows, also mirrored ones and those of a halo, in an int. On
 * grids with a side of 2^29 and more, where a tile may end beyond 2^31, they are not offered. */
Test(diffusion, kernels_that_count_in_int_are_not_offered_for_the_longest_sides) {
    static const uint32_t sides[] = {536870911, 536870912, 1073741825, 2147483647};
    const gf_workload *workload = gf_workload_find("diffusion", NULL);
    const gf_device_info device = {.device_class = GF_CLASS_GPU,
                                   .compute_units = 8,
                                   .max_work_group_size = 1024,
                                   .local_memory_bytes = 65536,
                                   .f64 = true};
    const setting settings[] = {{"size", "1x1"}, {"steps", "9"}, {NULL, NULL}};
    gf_params *params = make_values("diffusion", settings);
    gf_problem *problem = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_problem_create(params, &problem, &error), GF_OK, "%s", error.text);
    int checked = 0;
    for (size_t i = 0; i < 2 * GF_COUNT_OF(sides); i++) {
        for (uint32_t k = 0; k < problem->scalar_count; k++) {
            gf_scalar *scalar = &problem->scalars[k];
            if (strcmp(scalar->name, "rows") == 0)
                scalar->value.u32 = i % 2 == 0 ? sides[i / 2] : 1;
            else if (strcmp(scalar->name, "cols") == 0)
                scalar->value.u32 = i % 2 == 0 ? 1 : sides[i / 2];
        }
        for (uint32_t v = 0; v < workload->ndrange_variant_count; v++) {
            const gf_ndrange_variant *variant = &workload->ndrange_variants[v];
            const bool in_int = variant->tunable_count > 0; /* streamed, blocked */
            cr_expect_eq(variant->suits(problem, &device) > 0, !in_int || i < 2, "%s for %u",
                         variant->name, sides[i / 2]);
            checked += in_int;
        }
    }
    cr_expect_eq(checked, 4 * (int)GF_COUNT_OF(sides));
    gf_problem_destroy(problem);
    gf_params_destroy(params);
}

/* ---- The tiles of a GPU ------------------------------------------------ */

typedef struct made_plan {
    size_t groups; /* of one launch */
    uint32_t steps, buffers;
    char options[256];
} made_plan;

/* The plan of `streamed` with its defaults, for a square of this side. */
static made_plan plan_of(const char *side, const char *precision, const gf_device_info *device) {
    const setting settings[] = {{"size", side}, {"precision", precision}, {NULL, NULL}};
    const gf_workload *workload = gf_workload_find("diffusion", NULL);
    gf_params *params = make_values("diffusion", settings);
    gf_problem *problem = NULL;
    gf_error error = GF_ERROR_INIT;
    made_plan made = {.groups = 0};
    cr_assert_eq(gf_problem_create(params, &problem, &error), GF_OK, "%s", error.text);
    for (uint32_t v = 0; v < workload->ndrange_variant_count; v++) {
        const gf_ndrange_variant *row = &workload->ndrange_variants[v];
        uint32_t tuning[GF_MAX_TUNABLES] = {0};
        gf_ndrange_plan plan = {.stage = 0};
        if (strcmp(row->name, "streamed") != 0)
            continue;
        row->defaults(problem, device, tuning);
        row->plan(problem, device, tuning, &plan);
        made.groups = plan.global[0] / plan.local[0] * plan.global[1];
        made.steps = plan.steps_per_launch;
        made.buffers = strstr(plan.options, "GF_BUFFERS=2") != NULL ? 2 : 1;
        memcpy(made.options, plan.options, sizeof made.options);
    }
    gf_problem_destroy(problem);
    gf_params_destroy(params);
    return made;
}

static gf_device_info gpu_of(uint32_t units, uint64_t local_memory_bytes) {
    return (gf_device_info){.device_class = GF_CLASS_GPU,
                            .compute_units = units,
                            .max_work_group_size = 1024,
                            .local_memory_bytes = local_memory_bytes,
                            .f64 = true};
}

/* A few groups more than the units work on at a time would take as long as all others. */
Test(diffusion, tiles_of_large_grids_fill_the_units) {
    static const char *const sides[] = {"2048x2048", "4096x4096", "8192x8192", "16384x16384"};
    static const uint32_t units[] = {108, 132, 304};
    for (size_t i = 0; i < GF_COUNT_OF(sides); i++) {
        for (size_t u = 0; u < GF_COUNT_OF(units); u++) {
            const gf_device_info device = gpu_of(units[u], 49152);
            const made_plan made = plan_of(sides[i], "f64", &device);
            const size_t places = 4 * units[u];
            const double rounds = ceil((double)made.groups / (double)places);
            const bool has_small_tiles = i == 0; /* 64 rows are the fewest */
            cr_expect(has_small_tiles || (double)made.groups >= 0.85 * rounds * (double)places,
                      "%s on %u units: %zu groups", sides[i], units[u], made.groups);
        }
    }
}

/* One buffer where the local memory of a unit is known and two keep it from holding four groups. */
Test(diffusion, local_memory_goes_by_once_where_it_is_scarce) {
    static const struct {
        uint64_t bytes;
        const char *precision;
        uint32_t buffers;
    } cases[] = {{49152, "f64", 2}, {65536, "f64", 1}, {65536, "f32", 2}, {131072, "f64", 2}};
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        const gf_device_info device = gpu_of(100, cases[i].bytes);
        const made_plan made = plan_of("4096x4096", cases[i].precision, &device);
        cr_expect_eq(made.buffers, cases[i].buffers, "%s, %llu bytes: %s", cases[i].precision,
                     (unsigned long long)cases[i].bytes, made.options);
        cr_expect_eq(made.steps, 8);
    }
}
