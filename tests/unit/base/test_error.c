/* Errors: names of statuses, and the parameter that a text begins with. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"

Test(error, statuses_have_names) {
    static const struct {
        gf_status status;
        const char *name;
    } rows[] = {{GF_OK, "ok"},
                {GF_FAILED, "failed"},
                {GF_USAGE, "usage"},
                {GF_NO_DEVICE, "no device"},
                {GF_MISMATCH, "mismatch"},
                {GF_UNSUPPORTED, "unsupported"},
                {GF_INTERRUPTED, "interrupted"},
                {GF_FINDINGS, "findings"},
                {(gf_status)7, "unknown"},
                {(gf_status)-1, "unknown"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_str_eq(gf_status_name(rows[i].status), rows[i].name);
}

Test(error, a_parameter_is_named_and_survives_a_prefix) {
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_error_set_parameter(&error, GF_USAGE, "size", " %s: not a size", "3x0"),
                 GF_USAGE);
    cr_expect_str_eq(error.text, "size 3x0: not a size");
    cr_expect_str_eq(error.parameter, "size");
    cr_expect_eq(gf_error_prefix(&error, "case %d", 7), GF_USAGE);
    cr_expect_str_eq(error.text, "case 7: size 3x0: not a size");
    cr_expect_str_eq(error.parameter, "size");
    gf_error_clear(&error);
    cr_expect_str_eq(error.parameter, "");
}

Test(error, a_text_may_be_made_of_the_old_one) {
    gf_error error = GF_ERROR_INIT;
    gf_error_set_native(&error, GF_FAILED, 7, "SEVEN", "first");
    gf_error_set_log(&error, "a log");
    gf_error_set_native(&error, GF_USAGE, 8, error.native_name, "%s, then second; %s", error.text,
                        error.log);
    cr_expect_str_eq(error.text, "first, then second; a log");
    cr_expect_str_eq(error.native_name, "SEVEN");
    cr_expect_null(error.log);
    cr_expect_eq(gf_error_prefix(&error, "%s", error.text), GF_USAGE);
    cr_expect_str_eq(error.text, "first, then second; a log: first, then second; a log");
}

Test(error, a_long_prefix_is_cut) {
    gf_error error = GF_ERROR_INIT;
    gf_error_set(&error, GF_FAILED, "text");
    for (size_t i = 0; i < GF_ERROR_TEXT; i++)
        gf_error_prefix(&error, "ab");
    cr_expect_eq(strlen(error.text), GF_ERROR_TEXT - 1);
}

Test(error, a_text_has_no_control_characters) {
    static const struct {
        const char *text, *flat;
    } rows[] = {{"a\nb\tc", "a b c"},
                {"\033[2J", " [2J"},
                {"\177x\177", " x "},
                {"\302\233"
                 "1m",
                 "  1m"},
                {"\302\240", "\302\240"},
                {"\303\251", "\303\251"},
                {"ends in \302", "ends in \302"},
                {"", ""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gf_error error = GF_ERROR_INIT;
        gf_error_set(&error, GF_FAILED, "%s", rows[i].text);
        cr_expect_str_eq(error.text, rows[i].flat);
    }
}
