/* Diffs of made-up reports whose changes are known. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/diff.h"

#define SEED UINT64_C(7)

/* A result with `count` samples around `kernel_ms`, alternately 1 % above and below; its total is 1
 * ms more, of which `d2h` takes all. `more`: further keys. */
static void add_result(char *to, size_t size, const char *device, const char *variant,
                       double kernel_ms, int count, const char *more) {
    char samples[3][4096] = {"", "", ""};
    const double ms[3] = {kernel_ms, 1, kernel_ms + 1};
    for (int phase = 0; phase < 3; phase++) {
        for (int i = 0; i < count; i++) {
            const size_t used = strlen(samples[phase]);
            snprintf(samples[phase] + used, sizeof samples[phase] - used, "%s%.0f",
                     i == 0 ? "" : ",", 1e6 * ms[phase] * (i % 2 == 0 ? 0.99 : 1.01));
        }
    }
    const size_t used = strlen(to);
    snprintf(to + used, size - used,
             "%s{\"device\":{%s},\"variant\":\"%s\",\"status\":\"ok\",\"phases\":{"
             "\"build\":{\"samples_ns\":[5000]},\"alloc\":null,"
             "\"kernel\":{\"samples_ns\":[%s],\"clock\":\"c\"},\"d2h\":{\"samples_ns\":[%s]},"
             "\"launch\":{\"samples_ns\":[10]},"
             "\"total\":{\"samples_ns\":[%s]}},\"pipelined\":null%s}",
             used == 0 ? "" : ",", device, variant, samples[0], samples[1], samples[2], more);
}

#define NATIVE "\"id\":\"native\",\"name\":\"cpu\",\"kind\":\"native\",\"platform\":\"p\""
#define GPU    "\"id\":\"0:0\",\"name\":\"gpu\",\"kind\":\"opencl-gpu\",\"platform\":\"q\""

/* Reports of one document with these results. */
static gf_saved_reports *report_of(const char *results, const char *name, const char *more) {
    const size_t size = strlen(results) + 1024;
    char *text = malloc(size);
    cr_assert_not_null(text);
    snprintf(text, size,
             "{\"schema\":\"gpufare.compare/1\",\"cut_short\":null%s,"
             "\"machine\":{\"cpu\":\"c\",\"cores\":2,\"threads\":4,\"memory_bytes\":1000,"
             "\"gpufare\":\"0.1.0\"},\"workload\":{\"name\":\"sum\",\"parameters\":{\"count\":9}},"
             "\"results\":[%s]}",
             more, results);
    json_error_t trouble;
    json_t *document = json_loads(text, 0, &trouble);
    cr_assert_not_null(document, "%s", trouble.text);
    gf_saved_reports *reports = calloc(1, sizeof *reports);
    reports->reports = calloc(1, sizeof *reports->reports);
    reports->count = 1;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_saved_report_parse(document, name, &reports->reports[0], &error), GF_OK, "%s",
                 error.text);
    json_decref(document);
    free(text);
    return reports;
}

static gf_saved_reports *report_with(const char *device, const char *variant, double kernel_ms,
                                     int count, const char *more) {
    static char results[65536];
    results[0] = '\0';
    add_result(results, sizeof results, device, variant, kernel_ms, count, more);
    return report_of(results, "a.json", "");
}

static gf_diff *diff_of(const gf_saved_reports *before, const gf_saved_reports *after,
                        double allowed) {
    gf_diff *diff = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_diff_create(before, after, allowed, SEED, &diff, &error), GF_OK, "%s",
                 error.text);
    return diff;
}

static gf_diff_row row_of(const gf_diff *diff, const char *device, const char *phase) {
    gf_diff_row row;
    for (size_t i = 0; gf_diff_get_row(diff, i, &row); i++) {
        if (strcmp(row.device, device) == 0 && strcmp(row.phase, phase) == 0)
            return row;
    }
    cr_assert_fail("there is no row of %s %s", device, phase);
    abort();
}

static void destroy(gf_diff *diff, gf_saved_reports *before, gf_saved_reports *after) {
    gf_diff_destroy(diff);
    gf_saved_reports_destroy(before);
    gf_saved_reports_destroy(after);
}

/* The answer of one pair of kernels. */
static void expect(double old_ms, double new_ms, int count, double allowed, gf_diff_answer answer,
                   bool regression, const char *words) {
    gf_saved_reports *before = report_with(NATIVE, "avx2", old_ms, count, ""),
                     *after = report_with(NATIVE, "avx2", new_ms, count, "");
    gf_diff *diff = diff_of(before, after, allowed);
    const gf_diff_row row = row_of(diff, "native:avx2", "kernel");
    cr_assert_eq(row.answer, answer, "%g to %g ms: %s", old_ms, new_ms, row.text);
    cr_assert_eq(row.regression, regression, "%g to %g ms: %s", old_ms, new_ms, row.text);
    cr_assert_not_null(strstr(row.text, words), "%s", row.text);
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_diff_status(diff, &error), regression ? GF_FINDINGS : GF_OK);
    gf_error_clear(&error);
    destroy(diff, before, after);
}

Test(diff, answers) {
    expect(10, 10, 30, 0.1, GF_DIFF_SAME, false, "same (-");
    expect(10, 13, 30, 0.1, GF_DIFF_SLOWER, true, "slower by ");
    expect(10, 8, 30, 0.1, GF_DIFF_FASTER, false, "faster by ");
    expect(10, 13, 30, 0.5, GF_DIFF_SAME, false, "same (+");
    /* More than nothing for sure, and less than what is allowed in the middle. */
    expect(10, 11.5, 30, 0.16, GF_DIFF_SLOWER, false, "slower by ");
    expect(10, 10.5, 30, 0.05, GF_DIFF_UNKNOWN, false, "can't tell: ");
    expect(10, 10, 30, 0.03, GF_DIFF_UNKNOWN, false, " runs each");
    expect(10, 10, 30, 0.001, GF_DIFF_UNKNOWN, false, "differs too much from run to run");
    expect(10, 20, 3, 0.1, GF_DIFF_UNKNOWN, false, "3 and 3 samples are too few; raise repeat to");
}

/* Three times are judged, so each leaves a third of 5 % outside: 2 / C(10, 5) is less, 2 / C(8, 4)
 * is not. */
Test(diff, fewest_samples_are_those_that_can_tell) {
    expect(10, 20, 5, 0.1, GF_DIFF_SLOWER, true, "slower by ");
    expect(10, 20, 4, 0.1, GF_DIFF_UNKNOWN, false, "raise repeat to 5");
}

Test(diff, phases_that_do_not_matter_are_left_out) {
    gf_saved_reports *before = report_with(NATIVE, "avx2", 200, 30, ""),
                     *after = report_with(NATIVE, "avx2", 200, 30, "");
    gf_diff *diff = diff_of(before, after, 0.1);
    cr_assert_eq(row_of(diff, "native:avx2", "d2h").answer, GF_DIFF_LEFT_OUT);
    cr_assert_eq(row_of(diff, "native:avx2", "build").answer, GF_DIFF_LEFT_OUT);
    cr_assert_eq(row_of(diff, "native:avx2", "total").answer, GF_DIFF_SAME);
    cr_assert_eq(diff->judged, 2);
    destroy(diff, before, after);
}

static void expect_none(gf_saved_reports *before, gf_saved_reports *after, const char *device,
                        const char *words) {
    gf_diff *diff = diff_of(before, after, 0.1);
    const gf_diff_row row = row_of(diff, device, "total");
    cr_assert_eq(row.answer, GF_DIFF_UNKNOWN);
    cr_assert_eq(row.ratio, 0);
    cr_assert_eq(row.old_ns, 0);
    cr_assert_not_null(strstr(row.text, words), "%s", row.text);
    cr_assert_eq(gf_diff_status(diff, NULL), GF_OK);
    destroy(diff, before, after);
}

static gf_saved_reports *slow_report(const char *more) {
    return report_with(NATIVE, "avx2", 30, 30, more);
}

#define WRONG                                                                                      \
    "{\"device\":{" NATIVE "},\"variant\":\"avx2\",\"status\":\"mismatch\","                       \
    "\"reason\":\"7 of 9 differ\",\"phases\":null}"

Test(diff, a_result_that_is_wrong_now_is_a_regression) {
    gf_saved_reports *before = report_with(NATIVE, "avx2", 10, 30, ""),
                     *after = report_of(WRONG, "b.json", "");
    gf_diff *diff = diff_of(before, after, 0.1);
    const gf_diff_row row = row_of(diff, "native:avx2", "total");
    cr_assert(row.regression);
    cr_assert_eq(row.ratio, 0);
    cr_assert_str_eq(row.text, "was verified, is not any more: mismatch in b.json: 7 of 9 differ");
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_diff_status(diff, &error), GF_FINDINGS);
    cr_assert_not_null(strstr(error.text, "1 regression"), "%s", error.text);
    gf_error_clear(&error);
    destroy(diff, before, after);
}

Test(diff, what_is_not_comparable_has_no_figure) {
    expect_none(report_with(NATIVE, "avx2", 10, 30, ""), report_with(NATIVE, "avx512", 30, 30, ""),
                "native:avx2", "which has native:avx512; name the variant");
    expect_none(report_with(NATIVE, "avx2", 10, 30, ""), report_with(GPU, "avx2", 30, 30, ""),
                "native:avx2", "it is not in a.json");
    expect_none(report_with(NATIVE, "avx2", 10, 30, ""), slow_report(",\"disturbed_samples\":15"),
                "native:avx2", "15 of 30 samples");
    expect_none(
        report_with(NATIVE, "avx2", 10, 30, ",\"tuning\":{\"values\":{\"threads\":1}}"),
        slow_report(",\"tuning\":{\"values\":{\"threads\":2}}"), "native:avx2",
        "threads=1 in a.json, threads=2 in a.json; give both runs the same values (threads)");
    expect_none(report_of(WRONG, "b.json", ""), report_with(NATIVE, "avx2", 10, 30, ""),
                "native:avx2", "mismatch in b.json: 7 of 9 differ");
    static char results[65536];
    results[0] = '\0';
    add_result(results, sizeof results, NATIVE, "avx2", 30, 30, "");
    /* json_loads takes the last of two equal keys */
    expect_none(report_with(NATIVE, "avx2", 10, 30, ""),
                report_of(results, "b.json", ",\"cut_short\":\"interrupted\""), "native:avx2",
                "cut short (interrupted)");
}

/* Half of the samples disturbed is the limit of the verdict as well. */
Test(diff, few_disturbed_samples_are_no_reason) {
    gf_saved_reports *before = report_with(NATIVE, "avx2", 10, 30, ""),
                     *after = slow_report(",\"disturbed_samples\":14");
    gf_diff *diff = diff_of(before, after, 0.1);
    cr_assert_eq(row_of(diff, "native:avx2", "total").answer, GF_DIFF_SLOWER);
    destroy(diff, before, after);
}

/* Puts both into one list, under two names. */
static gf_saved_reports *join(gf_saved_reports *first, gf_saved_reports *second) {
    first->reports = realloc(first->reports, 2 * sizeof *first->reports);
    cr_assert_not_null(first->reports);
    first->reports[first->count++] = second->reports[0];
    snprintf(first->reports[1].file, sizeof first->reports[1].file, "b.json");
    free(second->reports);
    free(second);
    return first;
}

/* Of three times as long by the old runs, one of which other programs disturbed, only the fit one
 * counts. */
Test(diff, of_several_runs_those_that_are_fit_count) {
    gf_saved_reports *before = join(slow_report(",\"disturbed_samples\":30"),
                                    report_with(NATIVE, "avx2", 10, 30, "")),
                     *after = join(slow_report(""), slow_report(""));
    gf_diff *diff = diff_of(before, after, 0.1);
    const gf_diff_row row = row_of(diff, "native:avx2", "kernel");
    cr_assert_eq(row.answer, GF_DIFF_SLOWER, "%s", row.text);
    cr_assert_eq(row.old_samples, 30);
    cr_assert_eq(row.new_samples, 60);
    cr_assert(fabs(row.ratio - 3) < 1e-6, "%g", row.ratio);
    cr_assert_not_null(strstr(diff->notes.lines[0], "native:avx2: 1 of the 2 old runs left out"),
                       "%s", diff->notes.lines[0]);
    destroy(diff, before, after);
    before =
        join(slow_report(",\"disturbed_samples\":30"), slow_report(",\"disturbed_samples\":29"));
    expect_none(before, join(slow_report(""), slow_report("")), "native:avx2",
                "30 of 30 samples of a.json");
}

/* The same two GPUs, listed in another order, and a third device that is new. */
Test(diff, devices_are_found_by_name_where_ids_have_moved) {
#define NAMED(id, name)                                                                            \
    "\"id\":\"" id "\",\"name\":\"" name "\",\"kind\":\"opencl-gpu\",\"platform\":\"q\""
    static char before_text[65536], after_text[65536];
    before_text[0] = after_text[0] = '\0';
    add_result(before_text, sizeof before_text, NAMED("0:0", "large"), "v", 10, 30, "");
    add_result(before_text, sizeof before_text, NAMED("0:1", "small"), "v", 40, 30, "");
    add_result(after_text, sizeof after_text, NAMED("0:0", "small"), "v", 40, 30, "");
    add_result(after_text, sizeof after_text, NAMED("0:1", "large"), "v", 10, 30, "");
    gf_saved_reports *before = report_of(before_text, "a.json", ""),
                     *after = report_of(after_text, "b.json", "");
    gf_diff *diff = diff_of(before, after, 0.1);
    cr_assert_eq(diff->device_count, 2);
    for (size_t i = 0; i < diff->line_count; i++)
        cr_assert(diff->lines[i].answer == GF_DIFF_SAME ||
                      diff->lines[i].answer == GF_DIFF_LEFT_OUT,
                  "%s", diff->lines[i].text);
    destroy(diff, before, after);
}

Test(diff, other_problems_are_refused) {
    gf_saved_reports *before = report_with(NATIVE, "avx2", 10, 30, ""),
                     *after = report_with(NATIVE, "avx2", 10, 30, "");
    gf_diff *diff = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(json_object_set_new(after->reports[0].parameters, "count", json_integer(8)), 0);
    cr_assert_eq(gf_diff_create(before, after, 0.1, SEED, &diff, &error), GF_USAGE);
    cr_assert_not_null(strstr(error.text, "its count is 9"), "%s", error.text);
    cr_assert_null(diff);
    /* A parameter that the older version did not have. */
    cr_assert_eq(json_object_set_new(after->reports[0].parameters, "count", json_integer(9)), 0);
    cr_assert_eq(json_object_set_new(after->reports[0].parameters, "new", json_integer(1)), 0);
    cr_assert_eq(gf_diff_create(before, after, 0.1, SEED, &diff, &error), GF_OK);
    destroy(diff, NULL, NULL);
    snprintf(after->reports[0].workload, sizeof after->reports[0].workload, "julia");
    cr_assert_eq(gf_diff_create(before, after, 0.1, SEED, &diff, &error), GF_USAGE);
    cr_assert_not_null(strstr(error.text, "is of sum"), "%s", error.text);
    cr_assert_eq(gf_diff_create(before, before, 0, SEED, &diff, &error), GF_USAGE);
    cr_assert_eq(gf_diff_create(before, before, NAN, SEED, &diff, &error), GF_USAGE);
    gf_error_clear(&error);
    destroy(NULL, before, after);
}

Test(diff, other_machines_and_versions_are_said) {
    gf_saved_reports *before = report_with(NATIVE, "avx2", 10, 30, ""),
                     *after = report_with(NATIVE, "avx2", 10, 30, "");
    gf_diff *diff = diff_of(before, after, 0.1);
    cr_assert(diff->same_machine);
    destroy(diff, NULL, NULL);
    snprintf(after->reports[0].machine.cpu, sizeof after->reports[0].machine.cpu, "another");
    snprintf(after->reports[0].machine.gpufare, sizeof after->reports[0].machine.gpufare, "0.2.0");
    diff = diff_of(before, after, 0.1);
    cr_assert_not(diff->same_machine);
    cr_assert_eq(diff->notes.count, 2);
    cr_assert_str_eq(diff->notes.lines[0], "gpufare: was 0.1.0, is 0.2.0");
    cr_assert_not_null(strstr(diff->notes.lines[1], "another machine: was c, 2 cores"));
    destroy(diff, before, after);
}

static void expect_refusal(const char *text, const char *words) {
    json_t *document = json_loads(text, 0, NULL);
    cr_assert_not_null(document, "%s", text);
    gf_saved_report report;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_saved_report_parse(document, "x.json", &report, &error), GF_USAGE, "%s", text);
    cr_assert_not_null(strstr(error.text, words), "%s", error.text);
    cr_assert_eq(strncmp(error.text, "x.json: ", 8), 0, "%s", error.text);
    gf_error_clear(&error);
    json_decref(document);
}

#define HEAD                                                                                       \
    "{\"schema\":\"gpufare.run/1\",\"workload\":{\"name\":\"w\",\"parameters\":{}},\"results\":"
#define FIRST HEAD "[{\"device\":{\"id\":\"native\"},\"status\":\"ok\",\"phases\":"

Test(diff, wrong_reports_are_refused_by_name) {
    expect_refusal("{}", "schema missing");
    expect_refusal("[1]", "schema missing");
    expect_refusal("{\"schema\":\"gpufare.advise/1\"}", "schema gpufare.advise/1");
    expect_refusal("{\"schema\":\"gpufare.run/1\"}", "workload.name is missing");
    expect_refusal("{\"schema\":\"gpufare.run/1\",\"workload\":{\"name\":\"w\",\"parameters\":3}}",
                   "workload.parameters is 3");
    expect_refusal(HEAD "[]}", "results is []; it must be a list of at least one");
    expect_refusal(HEAD "[7]}", "results[0].device.id is missing");
    expect_refusal(HEAD "[{\"device\":{\"id\":\"native\"}}]}", "results[0].status is missing");
    expect_refusal(FIRST "null}]}", "results[0].phases.total is missing");
    expect_refusal(FIRST "{\"total\":{}}}]}", "total.samples_ns is missing");
    expect_refusal(FIRST "{\"total\":{\"samples_ns\":[]}}}]}", "total.samples_ns is []");
    expect_refusal(FIRST "{\"total\":{\"samples_ns\":[1,-2]}}}]}", "samples_ns[1] is -2");
    expect_refusal(FIRST "{\"total\":{\"samples_ns\":[1.5]}}}]}", "samples_ns[0] is 1.5");
    expect_refusal(FIRST "{\"total\":{\"samples_ns\":[9223372036854775807]}}}]}",
                   "samples_ns[0] is 9223372036854775807");
}
