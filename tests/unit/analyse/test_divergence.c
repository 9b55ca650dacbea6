/* What divergence costs, on fake devices that take exactly the time of their lane groups' longest
 * items. */
#include <criterion/criterion.h>

#include "analyse/divergence.h"
#include "fake_bench.h"
#include "measure/verify.h"
#include "problem/params.h"
#include "problem/sampling.h"
#include "report/predicted/divergence_report.h"

FAKE_GLOBALS

TestSuite(divergence, .timeout = 120);

/* ---- Devices with lanes ------------------------------------------------ */

#define WIDTH   64
#define HEIGHT  40
#define NS_EACH 10 /* of one lane, for one iteration */

/* Sampled work is that of the scalar kernel (test_julia_shuffled.c). */
static void count_all(const gf_problem *problem, uint32_t counts[HEIGHT * WIDTH]) {
    gf_sample_rows(problem, 0, HEIGHT, counts);
}

static uint32_t longest_of(const uint32_t *counts, gf_lane_group lanes, size_t top, size_t left) {
    uint32_t longest = 0;
    for (size_t i = top; i < top + lanes.rows; i++) {
        for (size_t j = left; j < left + lanes.cols; j++)
            longest = counts[i * WIDTH + j] > longest ? counts[i * WIDTH + j] : longest;
    }
    return longest;
}

/* Every group fits into the picture. */
static uint64_t lanes_ns(const fake_device *device, const gf_problem *problem) {
    const gf_lane_group lanes = device->lanes;
    uint32_t counts[HEIGHT * WIDTH];
    uint64_t ns = 0;
    count_all(problem, counts);
    for (size_t top = 0; top < HEIGHT; top += lanes.rows) {
        for (size_t left = 0; left < WIDTH; left += lanes.cols)
            ns +=
                (uint64_t)NS_EACH * lanes.rows * lanes.cols * longest_of(counts, lanes, top, left);
    }
    return ns;
}

static fake_device *add_lanes(const char *id, gf_device_class device_class, uint32_t rows,
                              uint32_t cols) {
    fake_device *device = fake_add(0, id, "With Lanes", device_class);
    device->lanes = (gf_lane_group){rows, cols};
    device->problem_ns = lanes_ns;
    return device;
}

static void open_julia(fake_bench *bench, const char *setting) {
    *bench = fake_bench_new();
    const char *const settings[] = {"size=64x40", "max-iter=100", setting, NULL};
    fake_bench_open_session(bench, gf_workload_find("julia", NULL), settings);
}

/* Every device of the fake machine. */
static gf_status measure(fake_bench *bench, gf_divergence **divergence, gf_error *error) {
    gf_target_list targets = {0};
    gf_status status = gf_session_select(bench->session, gf_params_workload(bench->params), "all",
                                         GF_PICK_MANY, &targets, error);
    cr_assert_eq(status, GF_OK, "%s", error->text);
    const gf_context context = {bench->session, &bench->options};
    status = gf_divergence_measure(&context, bench->params, &targets, divergence, error);
    gf_target_list_clear(&targets);
    return status;
}

static gf_divergence *must_measure(fake_bench *bench) {
    gf_divergence *divergence = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(measure(bench, &divergence, &error), GF_OK, "%s", error.text);
    return divergence;
}

static uint64_t ns_of_order(fake_bench *bench, const fake_device *device, const char *inputs) {
    gf_problem *problem = NULL;
    gf_params *params = NULL;
    cr_assert_eq(gf_params_copy(bench->params, &params, NULL), GF_OK);
    cr_assert_eq(gf_params_set(params, "inputs", inputs, NULL), GF_OK);
    cr_assert_eq(gf_problem_create(params, &problem, NULL), GF_OK);
    const uint64_t ns = lanes_ns(device, problem);
    gf_problem_destroy(problem);
    gf_params_destroy(params);
    return ns;
}

/* All rows of so small a picture are sampled: the prediction is the truth. */
Test(divergence, lanes_lose_what_their_groups_longest_items_say) {
    fake_device *const devices[] = {add_lanes("0:0", GF_CLASS_GPU, 8, 4),
                                    add_lanes("0:1", GF_CLASS_GPU, 1, 64),
                                    add_lanes("0:2", GF_CLASS_CPU, 1, 1)};
    fake_bench bench;
    open_julia(&bench, NULL);
    gf_divergence *divergence = must_measure(&bench);
    cr_assert_eq(divergence->count, 3);
    for (size_t i = 0; i < 3; i++) {
        const gf_divergence_row *row = &divergence->rows[i];
        const double coherent = (double)ns_of_order(&bench, devices[i], "list");
        const double shuffled = (double)ns_of_order(&bench, devices[i], "shuffled");
        cr_assert_eq(row->outcome, GF_OUTCOME_OK, "%s: %s", row->label, row->reason);
        cr_expect_eq(row->kernel_ns[GF_ORDER_COHERENT], coherent, "%s", row->label);
        cr_expect_eq(row->kernel_ns[GF_ORDER_SHUFFLED], shuffled, "%s", row->label);
        cr_expect_float_eq(row->measured, shuffled / coherent, 1e-12, "%s", row->label);
        cr_expect_float_eq(row->predicted, shuffled / coherent, 1e-9, "%s: %g", row->label,
                           row->predicted);
        cr_expect(row->low == row->measured && row->high == row->measured, "%s", row->label);
    }
    cr_expect_gt(divergence->rows[0].measured, 2, "the test's own premise");
    cr_expect_gt(divergence->rows[1].measured, 1.2, "the test's own premise");
    cr_expect_eq(divergence->rows[2].measured, 1, "one lane waits for none");
    cr_expect(divergence->gpu_took_part);
    cr_expect_eq(gf_divergence_status(divergence, NULL), GF_OK);
    gf_divergence_destroy(divergence);
    fake_bench_close(&bench, "lanes");
}

/* Time that grows from run to run: what drifts meets both orders alike only if they take turns. */
static uint64_t drifting_ns(const fake_device *device, const gf_problem *problem) {
    static uint64_t runs = 0;
    (void)device;
    (void)problem;
    return 1000000 + 1000 * runs++;
}

Test(divergence, orders_take_turns) {
    fake_add(0, "0:0", "Drifting", GF_CLASS_CPU)->problem_ns = drifting_ns;
    fake_bench bench;
    open_julia(&bench, NULL);
    gf_divergence *divergence = must_measure(&bench);
    const gf_divergence_row *row = &divergence->rows[0];
    /* In turns: 1001/1000, 1003/1002, ... One order after the other would be 1004/1000. */
    cr_expect_gt(row->low, 1);
    cr_expect_leq(row->high, 1.001 + 1e-12);
    gf_divergence_destroy(divergence);
    fake_bench_close(&bench, "drift");
}

Test(divergence, a_device_that_fails_is_a_row_with_its_reason) {
    add_lanes("0:0", GF_CLASS_CPU, 1, 4);
    add_lanes("0:1", GF_CLASS_GPU, 1, 4)->info.f64 = false;
    add_lanes("0:2", GF_CLASS_GPU, 1, 4)->fault =
        (fake_fault){FAKE_FINISH, 5, FAKE_FAILS, GF_FAILED};
    add_lanes("0:3", GF_CLASS_GPU, 1, 4)->fault =
        (fake_fault){FAKE_LAUNCH, 3, FAKE_FLIPS_LAST, GF_OK};
    fake_bench bench;
    open_julia(&bench, NULL);
    gf_divergence *divergence = must_measure(&bench);
    static const gf_outcome want[] = {GF_OUTCOME_OK, GF_OUTCOME_UNSUPPORTED, GF_OUTCOME_FAILED,
                                      GF_OUTCOME_MISMATCH};
    for (size_t i = 0; i < 4; i++) {
        const gf_divergence_row *row = &divergence->rows[i];
        cr_expect_eq(row->outcome, want[i], "%s: outcome %d", row->label, (int)row->outcome);
        cr_expect_eq(row->measured > 0, i == 0, "%s: no result, no number", row->label);
        cr_expect_eq(row->reason[0] != '\0', i != 0, "%s: '%s'", row->label, row->reason);
    }
    cr_expect_not(divergence->gpu_took_part, "a GPU that was not ok is no evidence");
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_divergence_status(divergence, &error), GF_MISMATCH);
    cr_expect_not_null(strstr(error.text, "0:3"), "%s", error.text);
    gf_divergence_destroy(divergence);
    fake_bench_close(&bench, "failures");
}

/* ---- What is refused --------------------------------------------------- */

Test(divergence, what_can_not_be_shuffled_is_refused_before_anything_runs) {
    static const struct {
        const char *workload, *setting, *needle;
    } cases[] = {{"diffusion", NULL, "diffusion"},
                 {"sum", NULL, "sum"},
                 {"julia", "inputs=generated", "inputs generated"},
                 {"julia", "inputs=shuffled", "inputs shuffled"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        fake_device *device = add_lanes("0:0", GF_CLASS_GPU, 1, 4);
        fake_bench bench = fake_bench_new();
        const char *const settings[] = {cases[i].setting, NULL};
        fake_bench_open_session(&bench, gf_workload_find(cases[i].workload, NULL), settings);
        gf_divergence *divergence = NULL;
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(measure(&bench, &divergence, &error), GF_USAGE, "%s", cases[i].workload);
        cr_expect_not_null(strstr(error.text, cases[i].needle), "%s", error.text);
        cr_expect_null(divergence);
        cr_expect_eq(device->calls[FAKE_OPEN], 0);
        fake_bench_close(&bench, cases[i].workload);
    }
}

/* ---- Reports ----------------------------------------------------------- */

static char *write_table(const gf_divergence *divergence, gf_format format) {
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    cr_assert_not_null(stream);
    gf_error error = GF_ERROR_INIT;
    const gf_writer to = {.stream = stream, .format = format};
    cr_assert_eq(gf_divergence_write(divergence, &to, &error), GF_OK, "%s", error.text);
    fclose(stream);
    return text;
}

Test(divergence, a_report_without_a_gpu_says_so_and_marks_theory) {
    add_lanes("0:0", GF_CLASS_CPU, 1, 1);
    fake_bench bench;
    open_julia(&bench, NULL);
    gf_divergence *divergence = must_measure(&bench);
    char *text = write_table(divergence, GF_FORMAT_TEXT),
         *csv = write_table(divergence, GF_FORMAT_CSV);
    cr_expect_not_null(strstr(text, "no GPU took part: in theory, not measured"), "%s", text);
    cr_expect_not_null(strstr(text, "1.00x"), "%s", text);
    cr_expect_null(strstr(csv, "theory"), "%s", csv);
    free(text);
    free(csv);
    gf_divergence_destroy(divergence);
    fake_bench_close(&bench, "no GPU");
}

Test(divergence, a_report_with_a_gpu_has_no_theory) {
    add_lanes("0:0", GF_CLASS_GPU, 8, 4);
    fake_bench bench;
    open_julia(&bench, NULL);
    gf_divergence *divergence = must_measure(&bench);
    char *text = write_table(divergence, GF_FORMAT_MARKDOWN);
    cr_expect_null(strstr(text, "theory"), "%s", text);
    cr_expect_not_null(strstr(text, "0:0:best, predicted"), "%s", text);
    free(text);
    bool bad = false;
    json_t *json = gf_divergence_json(divergence, &bad);
    cr_assert_not(bad);
    const json_t *row = json_array_get(json_object_get(json, "results"), 0);
    cr_expect_eq(json_real_value(json_object_get(row, "measured")), divergence->rows[0].measured);
    cr_expect_eq(json_real_value(json_object_get(row, "predicted")), divergence->rows[0].predicted);
    cr_expect_str_eq(json_string_value(json_object_get(json, "parameter")), "inputs");
    cr_expect(json_is_true(json_object_get(json, "gpu_evidence")));
    json_decref(json);
    gf_divergence_destroy(divergence);
    fake_bench_close(&bench, "GPU");
}
