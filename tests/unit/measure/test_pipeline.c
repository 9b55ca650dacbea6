/* Pipelined round trips on a real driver. A layer (layer_faults.c) presents the CPU as a GPU with
 * memory of its own, so that there are transfers to overlap, and delays those that overlap. */
#include <math.h>

#include "gpufare.h"
#include "problem/params.h"
#include "real_devices.h"

TestSuite(pipeline, .timeout = 120);

static void expect_layer(const bench *b) {
    cr_assert_gt(b->selection.count, 0);
    for (size_t i = 0; i < b->selection.count; i++)
        cr_assert_eq(gf_device_get_info(b->selection.targets[i].device)->device_class, GF_CLASS_GPU,
                     "the layer was not loaded");
}

/* Every variant of every OpenCL device. */
static bench open_devices(const char *workload, const setting *settings) {
    bench b = bench_open(workload, settings, "all,!native", 0);
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_target_list_add_variants(&b.selection, gf_params_workload(b.params), &error),
                 GF_OK, "%s", error.text);
    expect_layer(&b);
    return b;
}

/* ---- Bands of rows ----------------------------------------------------- */

/* Each size in both kinds of input: fewer rows than a band, than a work-group's, primes, and more
 * than the fewest bands. */
Test(pipeline, bands_have_the_pictures_counts) {
    static const struct {
        const char *size;
        bool may_be_cut; /* more rows than any work-group has */
    } sizes[] = {{"1x1", false},   {"100x1", false}, {"7x2", false},     {"33x9", false},
                 {"64x129", true}, {"3x1021", true}, {"1000x3001", true}};
    static const char *const inputs[] = {"generated", "list"};
    const setting settings[] = {{"max-iter", "40"}, {NULL, NULL}};
    bench b = open_devices("julia", settings);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        for (size_t k = 0; k < 2; k++) {
            bench_set(&b, "size", sizes[s].size);
            bench_set(&b, "inputs", inputs[k]);
            bench_restart(&b, GF_VERIFY_FULL);
            for (size_t i = 0; i < b.selection.count; i++) {
                const gf_result *result = bench_run(&b, i, sizes[s].size);
                cr_expect_str_eq(result->host_memory, "pinned", "%s", result->label);
                cr_expect(!sizes[s].may_be_cut || result->ledger.pipelined.count > 0,
                          "%s, %s on %s: not pipelined", sizes[s].size, inputs[k], result->label);
            }
        }
    }
    bench_close(&b);
}

/* ---- Stops ------------------------------------------------------------- */

/* The field after `steps` steps. */
static void *field_after(const char *size, uint64_t steps) {
    char text[32];
    snprintf(text, sizeof text, "%ju", (uintmax_t)steps);
    const setting settings[] = {
        {"size", size}, {"steps", text}, {"init", "gaussian"}, {NULL, NULL}};
    bench b = bench_open("diffusion", settings, "native:scalar", 0);
    (void)bench_run(&b, 0, size);
    void *field = bench_copy_output(&b);
    bench_close(&b);
    return field;
}

/* With 3 launches between two stops the last two stops come down from different buffers, and the
 * earlier one's is overwritten by the second launch after it: which must have waited. A variant
 * that does several steps in a launch may bring both down from one buffer; then nothing is left to
 * see of the earlier. */
static void check_stops(const char *size, uint64_t steps) {
    char text[32];
    snprintf(text, sizeof text, "%ju", (uintmax_t)steps);
    const setting settings[] = {{"size", size},
                                {"steps", text},
                                {"init", "gaussian"},
                                {"steps-per-transfer", "3"},
                                {NULL, NULL}};
    void *const before = field_after(size, steps - 3);
    bench b = open_devices("diffusion", settings);
    size_t seen = 0;
    for (size_t i = 0; i < b.selection.count; i++) {
        const gf_result *result = bench_run(&b, i, size);
        const gf_comparison *comparison = b.comparison;
        const double *other =
            comparison->run.host[comparison->run.output == comparison->run.host[0].memory ? 1 : 0]
                .memory;
        cr_expect_eq(result->ledger.pipelined.count, 1, "%s on %s: not pipelined", size,
                     result->label);
        if (isnan(other[0]))
            continue; /* still the poison */
        cr_expect_eq(memcmp(other, before, bench_result_spec(&b)->bytes), 0,
                     "%s on %s: the stop before the last is wrong", size, result->label);
        seen++;
    }
    cr_expect_gt(seen, 0, "%s: no variant shows the stop before the last", size);
    free(before);
    bench_close(&b);
}

Test(pipeline, stops_come_down_before_they_are_overwritten) {
    check_stops("5x3", 6);
    check_stops("37x21", 9);
    check_stops("500x400", 12);
}

/* Nothing can be overlapped where the host writes, and where there is one stop. */
Test(pipeline, what_can_not_be_overlapped_has_no_such_figure) {
    const setting one_stop[] = {{"size", "40x30"}, {"steps", "6"}, {NULL, NULL}};
    const setting writes[] = {{"size", "40x30"},
                              {"steps", "6"},
                              {"steps-per-transfer", "2"},
                              {"host-use", "write"},
                              {NULL, NULL}};
    const setting *const cases[] = {one_stop, writes};
    for (size_t k = 0; k < 2; k++) {
        bench b = open_devices("diffusion", cases[k]);
        for (size_t i = 0; i < b.selection.count; i++)
            cr_expect_eq(bench_run(&b, i, "diffusion")->ledger.pipelined.count, 0, "case %zu", k);
        bench_close(&b);
    }
}
