/* A program that has set a locale with decimal commas: numbers are read and written with points all
 * the same, and the program's locale stays. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gpufare.h"
#include "made_folder.h"

/* Makes the locale and sets it. Skips the test where its sources are missing. */
static void set_comma_locale(void) {
    const char *folder = made_folder();
    char command[128];
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1",
             folder);
    const int made = system(command);
    setenv("LOCPATH", folder, 1);
    if (made == -1 || setlocale(LC_ALL, "de_DE.UTF-8") == NULL)
        cr_skip_test("no locale de_DE can be made (Debian: locales)");
    cr_assert_str_eq(localeconv()->decimal_point, ",");
}

TestSuite(locale, .init = set_comma_locale, .timeout = 120);

static void expect_comma_locale(void) {
    cr_expect_str_eq(localeconv()->decimal_point, ",");
    cr_expect_eq(uselocale((locale_t)0), LC_GLOBAL_LOCALE);
}

static void count_progress(const gf_progress *progress, void *context) {
    (void)progress;
    cr_expect_str_eq(localeconv()->decimal_point, ",");
    cr_expect_null(gf_workload_find("no such workload", NULL)); /* a public function inside */
    cr_expect_str_eq(localeconv()->decimal_point, ",");
    ++*(int *)context;
}

static gf_params *small_diffusion(void) {
    gf_error error = GF_ERROR_INIT;
    gf_params *params = NULL;
    cr_assert_eq(gf_params_create(gf_workload_find("diffusion", &error), &params, &error), GF_OK,
                 "%s", error.text);
    cr_assert_eq(gf_params_set(params, "size", "32x24", &error), GF_OK);
    cr_assert_eq(gf_params_set(params, "steps", "5", &error), GF_OK);
    cr_assert_eq(gf_params_set(params, "dt", "0.1", &error), GF_OK, "%s", error.text);
    return params;
}

Test(locale, values_have_points) {
    gf_error error = GF_ERROR_INIT;
    gf_params *params = small_diffusion();
    cr_expect_str_eq(gf_params_text(params, "dt"), "0.1");
    cr_expect_eq(gf_params_set(params, "dt", "0,2", &error), GF_USAGE);
    cr_expect_eq(gf_params_set(params, "diffusivity", "1e9", &error), GF_USAGE);
    cr_expect_null(strchr(error.text, ','), "%s", error.text);
    expect_comma_locale();
    gf_error_clear(&error);
    gf_params_destroy(params);
}

/* ---- Reports ----------------------------------------------------------- */

static char *report(const gf_comparison *comparison, gf_format format) {
    const gf_report_style style = {.verbose = true, .schema = "gpufare.compare/1"};
    gf_error error = GF_ERROR_INIT;
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    cr_assert_not_null(stream);
    cr_assert_eq(gf_comparison_report(comparison, format, &style, stream, &error), GF_OK, "%s",
                 error.text);
    fclose(stream);
    return text;
}

static bool has_decimal_comma(const char *text) {
    for (const char *c = text; (c = strchr(c, ',')) != NULL; c++) {
        if (c > text && isdigit((unsigned char)c[-1]) && isdigit((unsigned char)c[1]))
            return true;
    }
    return false;
}

/* The CSV has commas between its cells: it is compared with what the C locale gives. */
static void expect_points(const gf_comparison *comparison) {
    static const gf_format formats[] = {GF_FORMAT_TEXT, GF_FORMAT_MARKDOWN, GF_FORMAT_CSV,
                                        GF_FORMAT_JSON};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        cr_assert_not_null(setlocale(LC_ALL, "de_DE.UTF-8"));
        char *text = report(comparison, formats[i]);
        expect_comma_locale();
        cr_assert_not_null(setlocale(LC_ALL, "C"));
        char *plain = report(comparison, formats[i]);
        cr_expect_str_eq(text, plain, "format %zu", i);
        cr_expect(formats[i] == GF_FORMAT_CSV || !has_decimal_comma(text), "%s", text);
        free(text);
        free(plain);
    }
}

Test(locale, reports_have_points_and_callbacks_the_callers_locale) {
    gf_error error = GF_ERROR_INIT;
    gf_params *params = small_diffusion();
    gf_session *session = NULL;
    gf_comparison *comparison = NULL;
    gf_target_list targets = {NULL, 0, NULL, 0};
    gf_run_options options;
    int calls = 0;
    gf_run_options_defaults(&options);
    options.min_time_s = 0;
    options.progress = count_progress;
    options.progress_context = &calls;
    cr_assert_eq(gf_session_open(NULL, &session, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_comparison_create(session, params, &options, &comparison, &error), GF_OK, "%s",
                 error.text);
    cr_assert_eq(gf_session_select(session, gf_workload_find("diffusion", &error),
                                   "native,native:scalar", GF_PICK_MANY, &targets, &error),
                 GF_OK, "%s", error.text);
    cr_assert_eq(gf_comparison_resolve_targets(comparison, &targets, &error), GF_OK);
    for (size_t i = 0; i < targets.count; i++) {
        const gf_result *result = NULL;
        cr_assert_eq(gf_comparison_run(comparison, &targets.targets[i], &result, &error), GF_OK,
                     "%s", error.text);
        expect_comma_locale();
    }
    cr_expect_gt(calls, 0);
    expect_points(comparison);
    gf_target_list_clear(&targets);
    gf_comparison_destroy(comparison);
    gf_session_close(session);
    gf_params_destroy(params);
}
