/* Reports of predictions: sentences that they share with the report of a comparison. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "breakeven/breakeven.h"
#include "made_profiles.h"
#include "predict/calibration.h"

FAKE_GLOBALS

TestSuite(predicted_reports, .timeout = 60);

static const maker makers[] = {{.id = "cpu",
                                .variant = "best",
                                .device_class = GF_CLASS_NATIVE,
                                .op_ns = 1,
                                .memory = UINT64_C(1) << 40}};

static char *report_advice(const gf_advice *advice, gf_format format) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_not_null(stream);
    const gf_report_style style = {.verbose = false};
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_advice_report(advice, format, &style, stream, &error), GF_OK, "%s", error.text);
    cr_assert_eq(fclose(stream), 0);
    return text;
}

/* Whole numbers have neither f32 nor relaxed math. */
Test(predicted_reports, advice_names_the_arithmetic_as_a_comparison_does) {
    made m;
    made_cache();
    ADVISE(&m, makers, "prime", "number=91");
    for (gf_format format = GF_FORMAT_TEXT; format <= GF_FORMAT_MARKDOWN; format++) {
        char *text = report_advice(m.advice, format);
        expect_words(text, "Predicted ledger in integer arithmetic, in ms", "prime");
        free(text);
    }
    done(&m, "prime");
    ADVISE(&m, makers, "diffusion", "size=32x32", "precision=f32", "math=relaxed");
    char *text = report_advice(m.advice, GF_FORMAT_TEXT);
    expect_words(text, "Predicted ledger in f32, relaxed math, in ms", "diffusion");
    free(text);
    done(&m, "diffusion");
}

static void expect_cut_short(const char *text, gf_format format, const char *what) {
    static const char *const words[] = {"Cut short: by the test", "**Cut short:** by the test",
                                        ",cut_short\n", "\"cut_short\": \"by the test\""};
    cr_expect_not_null(strstr(text, words[format]), "%s, format %d: no '%s' in\n%s", what,
                       (int)format, words[format], text);
}

Test(predicted_reports, work_that_was_cut_short_is_marked) {
    static gf_profile profile = {.device_id = "0:0"};
    gf_calibrated_device device = {.profile = &profile, .known = true};
    const gf_calibration calibration = {.devices = &device, .device_count = 1};
    const gf_report_style style = {.cut_short = "by the test"};
    made m;
    gf_breakeven *breakeven = NULL;
    made_cache();
    ADVISE(&m, makers, "diffusion", "size=32x32");
    cr_assert_eq(gf_breakeven_create(m.bench.params, "steps=1:4", &breakeven, NULL), GF_OK);
    for (gf_format format = GF_FORMAT_TEXT; format <= GF_FORMAT_JSON; format++) {
        char *texts[3] = {NULL, NULL, NULL};
        size_t size = 0;
        FILE *stream = open_memstream(&texts[0], &size);
        cr_assert_eq(gf_advice_report(m.advice, format, &style, stream, NULL), GF_OK);
        cr_assert_eq(fclose(stream), 0);
        stream = open_memstream(&texts[1], &size);
        cr_assert_eq(gf_breakeven_report(breakeven, format, &style, stream, NULL), GF_OK);
        cr_assert_eq(fclose(stream), 0);
        stream = open_memstream(&texts[2], &size);
        cr_assert_eq(gf_calibration_report(&calibration, format, &style, stream, NULL), GF_OK);
        cr_assert_eq(fclose(stream), 0);
        expect_cut_short(texts[0], format, "advice");
        expect_cut_short(texts[1], format, "break-even");
        expect_cut_short(texts[2], format, "calibration");
        cr_expect_null(strstr(texts[1], "Answer"), "%s", texts[1]);
        for (size_t i = 0; i < 3; i++)
            free(texts[i]);
    }
    gf_breakeven_destroy(breakeven);
    done(&m, "cut short");
}

/* A sweep before anything ran has a heading already. */
Test(predicted_reports, break_even_names_the_arithmetic_as_a_comparison_does) {
    static const struct {
        const char *workload, *sweep, *heading;
    } cases[] = {
        {"prime", "number=91:199", "prime along number in integer arithmetic: totals"},
        {"julia", "size=16:64", "julia along size in f64, strict math: totals"},
    };
    for (size_t i = 0; i < 2; i++) {
        const gf_workload *workload = gf_workload_find(cases[i].workload, NULL);
        gf_params *params = NULL;
        gf_breakeven *breakeven = NULL;
        gf_error error = GF_ERROR_INIT;
        char *text = NULL;
        size_t size = 0;
        cr_assert_eq(gf_params_create(workload, &params, &error), GF_OK, "%s", error.text);
        cr_assert_eq(gf_breakeven_create(params, cases[i].sweep, &breakeven, &error), GF_OK, "%s",
                     error.text);
        FILE *stream = open_memstream(&text, &size);
        cr_assert_not_null(stream);
        const gf_report_style style = {.verbose = false};
        cr_assert_eq(gf_breakeven_report(breakeven, GF_FORMAT_TEXT, &style, stream, &error), GF_OK,
                     "%s", error.text);
        cr_assert_eq(fclose(stream), 0);
        expect_words(text, cases[i].heading, cases[i].workload);
        free(text);
        gf_breakeven_destroy(breakeven);
        gf_params_destroy(params);
    }
}
