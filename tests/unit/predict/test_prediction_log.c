/* The prediction log: saved, bounded, and discarded when damaged. */
#include <criterion/criterion.h>

#include "made_profiles.h"
#include "os/store.h"

FAKE_GLOBALS

TestSuite(prediction_log, .timeout = 120);

static gf_prediction_entry entry_of(double predicted, double measured) {
    gf_prediction_entry entry = {.at = "2026-05-21T12:00:00Z",
                                 .workload = "julia",
                                 .values = "size=9x9",
                                 .device = "native:scalar"};
    entry.predicted_ns[GF_PHASE_TOTAL] = predicted;
    entry.measured_ns[GF_PHASE_TOTAL] = measured;
    return entry;
}

static gf_prediction_log *load_log(const char *machine) {
    gf_prediction_log *log = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_prediction_log_load(machine, &log, &error), GF_OK, "%s", error.text);
    return log;
}

static void add_entry(gf_prediction_log *log, double predicted, double measured) {
    const gf_prediction_entry entry = entry_of(predicted, measured);
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_prediction_log_add(log, &entry, &error), GF_OK, "%s", error.text);
}

/* Of julia on the native device. */
static gf_past_errors errors_of(const gf_prediction_log *log) {
    static const char *const labels[] = {"native:avx2"};
    return gf_prediction_log_errors(log, "julia", labels, 1);
}

static double median_of(const gf_prediction_log *log) {
    return errors_of(log).median;
}

Test(prediction_log, is_saved_for_a_machine) {
    made_cache();
    gf_prediction_log *log = load_log("here");
    cr_expect_eq(log->count, 0);
    cr_expect_eq(median_of(log), 0);
    add_entry(log, 110, 100);
    add_entry(log, 70, 100);
    cr_expect_float_eq(median_of(log), 0.2, 1e-12);
    add_entry(log, 100, 100);
    cr_expect_float_eq(median_of(log), 0.1, 1e-12);
    cr_expect(gf_prediction_log_save(log));
    gf_prediction_log_destroy(log);
    log = load_log("elsewhere");
    cr_expect_eq(log->count, 0);
    gf_prediction_log_destroy(log);
    log = load_log("here");
    cr_assert_eq(log->count, 3);
    cr_expect_str_eq(log->discarded, "");
    cr_expect_str_eq(log->entries[1].device, "native:scalar");
    cr_expect_eq(log->entries[1].predicted_ns[GF_PHASE_TOTAL], 70);
    cr_expect_float_eq(median_of(log), 0.1, 1e-12);
    gf_prediction_log_destroy(log);
}

Test(prediction_log, drops_the_oldest_entries) {
    made_cache();
    gf_prediction_log *log = load_log("here");
    for (int i = 0; i < GF_PREDICTION_LOG_MOST + 7; i++)
        add_entry(log, i + 1, 1);
    /* Of 8 to 507, each 1 too large: the median is that of 7 to 506. */
    cr_expect_float_eq(median_of(log), 256.5, 1e-12);
    cr_expect_eq(gf_prediction_log_count(log), GF_PREDICTION_LOG_MOST);
    cr_expect(gf_prediction_log_save(log));
    gf_prediction_log_destroy(log);
    log = load_log("here");
    cr_assert_eq(log->count, GF_PREDICTION_LOG_MOST, "%zu: %s", log->count, log->discarded);
    cr_expect_eq(log->entries[0].predicted_ns[GF_PHASE_TOTAL], 8);
    gf_prediction_log_destroy(log);
}

Test(prediction_log, a_damaged_file_is_discarded_with_a_reason) {
    static const char phases[] = "{\"build\":0,\"alloc\":0,\"h2d\":0,\"launch\":0,\"kernel\":0,"
                                 "\"d2h\":0,\"unexplained\":0,\"total\":%s}";
    static const struct {
        const char *format, *total, *words;
    } cases[] = {
        {"[1]", "", "schema"},
        {"{\"schema\":\"gpufare.errors/2\",\"machine\":\"here\",\"entries\":[]}", "", "schema"},
        {"{\"schema\":\"gpufare.errors/1\",\"machine\":\"there\",\"entries\":[]}", "",
         "another machine"},
        {"{\"schema\":\"gpufare.errors/1\",\"machine\":\"here\"}", "", "no entries"},
        {"{\"schema\":\"gpufare.errors/1\",\"machine\":\"here\",\"entries\":[%s]}", "7", ""},
    };
    made_cache();
    const uint64_t key = gf_hash_text(GF_HASH_START, "here");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char ns[256], entry[1024], text[2048];
        snprintf(ns, sizeof ns, phases, cases[i].total);
        snprintf(entry, sizeof entry,
                 "{\"at\":\"now\",\"workload\":\"sum\",\"values\":\"\",\"device\":\"0:0\","
                 "\"predicted_ns\":%s,\"measured_ns\":%s}",
                 ns, ns);
        snprintf(text, sizeof text, cases[i].format, entry);
        json_t *document = json_loads(text, 0, NULL);
        cr_assert_not_null(document, "%s", text);
        cr_assert(gf_store_write("errors", key, document));
        json_decref(document);
        gf_prediction_log *log = load_log("here");
        const bool good = cases[i].words[0] == '\0';
        expect_words(log->discarded, cases[i].words, "begun anew");
        cr_expect_eq(log->discarded[0] == '\0', good, "%s", log->discarded);
        cr_expect_eq(log->count, good ? 1 : 0, "case %zu", i);
        cr_expect_eq(gf_store_has("errors", key), good, "case %zu", i);
        gf_prediction_log_destroy(log);
    }
}

/* The text of a log whose entries, of the same times but for their totals, are given. */
static void keep_totals(const char *const *totals, size_t count) {
    json_t *entries = json_array();
    for (size_t i = 0; i < count; i++) {
        char text[1024];
        snprintf(text, sizeof text,
                 "{\"at\":\"now\",\"workload\":\"sum\",\"values\":\"\",\"device\":\"0:0:naive\","
                 "\"predicted_ns\":{\"build\":0,\"alloc\":0,\"h2d\":0,\"launch\":0,\"kernel\":0,"
                 "\"d2h\":0,\"unexplained\":0,\"total\":3},"
                 "\"measured_ns\":{\"build\":0,\"alloc\":0,\"h2d\":0,\"launch\":0,\"kernel\":0,"
                 "\"d2h\":0,\"unexplained\":0,\"total\":%s}}",
                 totals[i]);
        cr_assert_eq(json_array_append_new(entries, json_loads(text, 0, NULL)), 0, "%s", text);
    }
    json_t *document = json_pack("{s:s, s:s, s:o}", "schema", "gpufare.errors/1", "machine", "here",
                                 "entries", entries);
    cr_assert(gf_store_write("errors", gf_hash_text(GF_HASH_START, "here"), document));
    json_decref(document);
}

Test(prediction_log, an_entry_that_can_not_be_costs_no_other_its_place) {
    static const char *const totals[] = {"2", "0", "-3", "\"7\"", "null", "6"};
    made_cache();
    keep_totals(totals, sizeof totals / sizeof totals[0]);
    gf_prediction_log *log = load_log("here");
    cr_expect_str_eq(log->discarded, "");
    cr_assert_eq(log->count, 2);
    cr_expect_eq(log->entries[0].measured_ns[GF_PHASE_TOTAL], 2);
    cr_expect_eq(log->entries[1].measured_ns[GF_PHASE_TOTAL], 6);
    static const char *const labels[] = {"0:0:vector"};
    const gf_past_errors errors = gf_prediction_log_errors(log, "sum", labels, 1);
    cr_expect_float_eq(errors.median, 0.5, 1e-12); /* 3/2 - 1 and 1 - 3/6 */
    gf_prediction_log_destroy(log);
}

/* Errors of 0.01, 0.02, ... on 0:0, and larger ones of another workload and on other devices. */
Test(prediction_log, tells_the_errors_of_one_workload_on_some_devices) {
    static const char *const labels[] = {"native:scalar", "0:0:naive"};
    static const struct {
        size_t count;
        double median, ninth_decile;
    } cases[] = {{0, 0, 0}, {1, 0.01, 0.01}, {9, 0.05, 0.09}, {10, 0.055, 0.09}, {30, 0.155, 0.27}};
    static const char *const others[][2] = {{"sum", "0:0:naive"},
                                            {"julia", "0:1:naive"},
                                            {"julia", "0:00:naive"},
                                            {"julia", "0:naive"}};
    made_cache();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gf_prediction_log *log = load_log("here");
        gf_error error = GF_ERROR_INIT;
        for (size_t k = 0; k < cases[i].count; k++) {
            const double off = 0.01 * (double)(k + 1);
            gf_prediction_entry entry = entry_of(k % 2 == 0 ? 1 + off : 1 - off, 1);
            snprintf(entry.device, sizeof entry.device, k % 3 == 0 ? "0:0:naive" : "0:0:vector");
            cr_assert_eq(gf_prediction_log_add(log, &entry, &error), GF_OK, "%s", error.text);
            for (size_t other = 0; other < sizeof others / sizeof others[0]; other++) {
                entry = entry_of(100, 1);
                snprintf(entry.workload, sizeof entry.workload, "%s", others[other][0]);
                snprintf(entry.device, sizeof entry.device, "%s", others[other][1]);
                cr_assert_eq(gf_prediction_log_add(log, &entry, &error), GF_OK, "%s", error.text);
            }
        }
        const gf_past_errors errors = gf_prediction_log_errors(log, "julia", labels, 2);
        cr_expect_eq(errors.count, cases[i].count, "case %zu: %zu errors", i, errors.count);
        cr_expect_float_eq(errors.median, cases[i].median, 1e-9, "case %zu: %g", i, errors.median);
        cr_expect_float_eq(errors.ninth_decile, cases[i].ninth_decile, 1e-9, "case %zu: %g", i,
                           errors.ninth_decile);
        cr_expect_eq(gf_prediction_log_errors(log, "julia", labels, 0).count, 0);
        gf_prediction_log_destroy(log);
    }
}

Test(prediction_log, times_that_can_not_be_are_not_added) {
    static const double bad[] = {NAN, INFINITY, 0, -1};
    made_cache();
    gf_prediction_log *log = load_log("here");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        add_entry(log, bad[i], 100);
        add_entry(log, 100, bad[i]);
    }
    cr_expect_eq(log->count, 0);
    add_entry(log, 110, 100);
    cr_expect_eq(log->count, 1);
    cr_expect_float_eq(median_of(log), 0.1, 1e-12);
    gf_prediction_log_destroy(log);
}
