/* Reports of predictions: sentences that they share with the report of a comparison. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "breakeven/breakeven.h"
#include "made_profiles.h"

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
    use_own_cache();
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
