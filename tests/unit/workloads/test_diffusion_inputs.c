/* Diffusion: refused values, first states, input files, the scale of pictures. */
#include <float.h>
#include <math.h>

#include "base/array.h"
#include "diffusion_runs.h"
#include "image/image.h"
#include "problem/params.h"

TestSuite(diffusion_inputs, .timeout = 200);

/* ---- Stability --------------------------------------------------------- */

static gf_status try_dt(const char *diffusivity, const char *dt, gf_error *error) {
    const setting settings[] = {
        {"size", "8x8"}, {"steps", "3"}, {"diffusivity", diffusivity}, {"dt", dt}, {NULL, NULL}};
    gf_params *params = make_values("diffusion", settings);
    gf_session *session = open_session(1);
    gf_comparison *comparison = NULL;
    const gf_status status = gf_comparison_create(session, params, NULL, &comparison, error);
    cr_expect_eq(comparison != NULL, status == GF_OK);
    gf_comparison_destroy(comparison);
    gf_session_close(session);
    gf_params_destroy(params);
    return status;
}

/* The message names the largest dt: the program accepts it, and no larger one. */
static void expect_limit_named(const char *diffusivity) {
    static const char words[] = "largest valid dt is ";
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(try_dt(diffusivity, "1000000", &error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, "dt 1000000"), "%s", error.text);
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

Test(diffusion_inputs, the_message_names_the_largest_valid_dt) {
    static const char *const diffusivities[] = {"1",   "2",  "3",    "0.7",     "0.9", "0.3",
                                                "7.3", "11", "1e-3", "123.456", "1e6", "0.017"};
    for (size_t i = 0; i < GF_COUNT_OF(diffusivities); i++)
        expect_limit_named(diffusivities[i]);
}

Test(diffusion_inputs, more_steps_per_transfer_than_steps_are_refused) {
    const setting settings[] = {{"steps", "5"}, {"steps-per-transfer", "6"}, {NULL, NULL}};
    gf_params *params = make_values("diffusion", settings);
    gf_session *session = open_session(1);
    gf_comparison *comparison = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_comparison_create(session, params, NULL, &comparison, &error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, "steps-per-transfer 6"), "%s", error.text);
    gf_session_close(session);
    gf_params_destroy(params);
}

/* ---- First states ------------------------------------------------------ */

static bool in_square(size_t index, size_t count) {
    return index >= (size_t)(0.4 * (double)count) && index < (size_t)(0.5 * (double)count);
}

Test(diffusion_inputs, the_square_lies_where_it_must) {
    static const grid grids[] = {{640, 640}, {50, 121}, {9, 31}};
    for (size_t k = 0; k < 3; k++) {
        const grid g = grids[k];
        char size[32];
        snprintf(size, sizeof size, "%zux%zu", g.cols, g.rows);
        const setting settings[] = {{"size", size}, {NULL, NULL}};
        bench b = bench_open("diffusion", settings, "native:scalar", 1);
        bench_make_inputs(&b);
        const double *field = b.comparison->truth.inputs[0];
        for (size_t i = 0; i < g.rows * g.cols; i++) {
            const bool inside = in_square(i / g.cols, g.rows) && in_square(i % g.cols, g.cols);
            cr_assert_eq(field[i], inside ? 0.005 : 0, "%s: cell %zu", size, i);
        }
        bench_close(&b);
    }
}

Test(diffusion_inputs, the_bell_is_symmetrical_and_highest_in_the_middle) {
    const setting settings[] = {{"size", "31x21"}, {"init", "gaussian"}, {NULL, NULL}};
    bench b = bench_open("diffusion", settings, "native:scalar", 1);
    bench_make_inputs(&b);
    const double *field = b.comparison->truth.inputs[0];
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

/* ---- Input files ------------------------------------------------------- */

/* One step from an array of f4 or f8 in either precision, against the definition. */
Test(diffusion_inputs, arrays_of_both_types_are_read) {
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
        const char *path = made_path("field.npy");
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
        cr_expect_str_eq(gf_params_text(b.comparison->problem->params, "size"), "11x6");
        free(want);
        bench_close(&b);
    }
}

/* It is said, in words and in numbers. */
static void expect_overflow(const bench *b, const gf_result *result) {
    char *text = NULL;
    size_t size = 0;
    cr_expect_gt(result->nonfinite, 0, "%s: no element overflows", result->label);
    cr_expect_leq(result->nonfinite, 20 * 37);
    FILE *stream = open_memstream(&text, &size);
    cr_assert_eq(gf_comparison_report(b->comparison, GF_FORMAT_TEXT, NULL, stream, NULL), GF_OK);
    cr_assert_eq(fclose(stream), 0);
    cr_expect_not_null(strstr(text, "warning: the computation overflows, "), "%s", text);
    cr_expect_null(strstr(text, "nan"), "%s", text);
    free(text);
    stream = open_memstream(&text, &size);
    cr_assert_eq(gf_comparison_report(b->comparison, GF_FORMAT_CSV, NULL, stream, NULL), GF_OK);
    cr_assert_eq(fclose(stream), 0);
    cr_expect_null(strstr(text, "nan,"), "%s", text);
    free(text);
}

/* The sum of four cells does not overflow, but 4 u does: a kernel that fuses the product would
 * return a finite number. */
Test(diffusion_inputs, values_near_the_largest_overflow_alike_everywhere) {
    const grid g = {20, 37};
    double field[20 * 37];
    uint64_t state = 77;
    for (int single = 0; single < 2; single++) {
        for (size_t i = 0; i < g.rows * g.cols; i++)
            field[i] = random_real(&state, 0.2, 0.3) * (single ? (double)FLT_MAX : DBL_MAX);
        bench b = open_field(g, field, "fixed", precisions[1 - single], "1", NULL, EVERYTHING, 0);
        for (size_t v = 0; v < b.selection.count; v++)
            /* to the bit, against the reference */
            expect_overflow(&b, bench_run(&b, v, "near the largest number"));
        bench_close(&b);
    }
}

/* Refused before anything runs: at once, or when the data are read. */
static void expect_refused(const char *path, const char *size, const char *precision,
                           const char *words) {
    const setting settings[] = {
        {"init", path}, {"precision", precision}, {"steps", "3"}, {"size", size}, {NULL, NULL}};
    gf_session *session = open_session(1);
    setting without_size[4];
    memcpy(without_size, settings, 3 * sizeof *settings);
    without_size[3] = (setting){NULL, NULL};
    gf_params *params = make_values("diffusion", size == NULL ? without_size : settings);
    gf_target_list targets = select_devices(session, gf_params_workload(params), "native:scalar");
    gf_comparison *comparison = NULL;
    gf_error error = GF_ERROR_INIT;
    gf_status status = gf_comparison_create(session, params, NULL, &comparison, &error);
    const gf_result *result = NULL;
    if (status == GF_OK)
        status = gf_comparison_run(comparison, &targets.targets[0], &result, &error);
    cr_expect_eq(status, GF_USAGE, "%s: status %d", words, (int)status);
    cr_expect_not_null(strstr(error.text, words), "'%s' lacks '%s'", error.text, words);
    cr_expect_not_null(strstr(error.text, path), "'%s' lacks the file's name", error.text);
    gf_comparison_destroy(comparison);
    gf_target_list_clear(&targets);
    gf_params_destroy(params);
    gf_session_close(session);
}

Test(diffusion_inputs, unfit_arrays_are_refused) {
    double field[12] = {0};
    const uint16_t integers[12] = {0};
    const char *path = made_path("field.npy");
    write_array(path, GF_TYPE_F64, 3, 4, field);
    expect_refused(path, "3x4", "f64", "3 rows of 4");
    expect_refused(path, "4x4", "f64", "leave the size out");
    write_array(path, GF_TYPE_U16, 3, 4, integers);
    expect_refused(path, NULL, "f64", "<u2");
    field[6] = NAN;
    write_array(path, GF_TYPE_F64, 3, 4, field);
    expect_refused(path, NULL, "f64", "row 1");
    field[6] = -INFINITY;
    write_array(path, GF_TYPE_F64, 3, 4, field);
    expect_refused(path, NULL, "f64", "row 1");
    field[6] = 1e39;
    write_array(path, GF_TYPE_F64, 3, 4, field);
    expect_refused(path, NULL, "f32", "row 1");
}

/* ---- Pictures ---------------------------------------------------------- */

/* One scale for all frames: the range of the first state. */
Test(diffusion_inputs, colours_span_the_range_of_the_first_state) {
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
