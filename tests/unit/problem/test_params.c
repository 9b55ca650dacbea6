/* Parameter values: what is accepted, what is refused, and what the message says. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "problem/params.h"
#include "problem/workload.h"

TestSuite(values, .timeout = 60);

static const char *const fruits[] = {"apple", "pear", "pearl", NULL};

static const gf_param rows[] = {
    {.name = "size",
     .type = GF_PARAM_SIZE,
     .default_text = "4x3",
     .min = 1,
     .max = 2147483647,
     .placeholder = "WxH"},
    {.name = "count",
     .type = GF_PARAM_UINT,
     .default_text = "5",
     .min = 1,
     .max = 4294967295.0,
     .placeholder = "N"},
    {.name = "big",
     .type = GF_PARAM_UINT,
     .default_text = "0",
     .min = 0,
     .max = 1.8446744073709552e19,
     .placeholder = "N"},
    {.name = "huge",
     .type = GF_PARAM_UINT,
     .default_text = "2",
     .min = 2,
     .max = 0x1p63,
     .placeholder = "N"},
    {.name = "real",
     .type = GF_PARAM_REAL,
     .default_text = "0.5",
     .min = -10,
     .max = 1e6,
     .placeholder = "X"},
    {.name = "positive",
     .type = GF_PARAM_REAL,
     .default_text = "1",
     .min = 0,
     .max = 1,
     .min_exclusive = true,
     .placeholder = "X"},
    {.name = "pair",
     .type = GF_PARAM_REALS,
     .arity = 2,
     .default_text = "-1,2.5",
     .min = -100,
     .max = 100,
     .placeholder = "A,B"},
    {.name = "four",
     .type = GF_PARAM_REALS,
     .arity = 4,
     .default_text = "1,2,3,4",
     .min = -100,
     .max = 100,
     .placeholder = "A,B,C,D"},
    {.name = "fruit",
     .type = GF_PARAM_CHOICE,
     .default_text = "pear",
     .choices = fruits,
     .placeholder = "apple|pear|pearl"},
    {.name = "text", .type = GF_PARAM_TEXT, .default_text = "plain", .placeholder = "TEXT"},
};

static const gf_workload workload = {
    .name = "orchard", .params = rows, .param_count = sizeof rows / sizeof rows[0]};

static gf_params *make_values(void) {
    gf_params *params = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_params_create(&workload, &params, &error), GF_OK, "%s", error.text);
    return params;
}

/* ---- Acceptance -------------------------------------------------------- */

static const struct {
    const char *name, *text;
    bool good;
} attempts[] = {
    {"size", "1x1", true},
    {"size", "17X9", true},
    {"size", "007x010", true},
    {"size", "2147483647x2147483647", true},
    {"size", "2147483648x1", false},
    {"size", "1x2147483648", false},
    {"size", "18446744073709551617x1", false},
    {"size", "0x5", false},
    {"size", "5x0", false},
    {"size", "0x0", false},
    {"size", "-3x4", false},
    {"size", "3x-4", false},
    {"size", "+3x4", false},
    {"size", "3x+4", false},
    {"size", "10x", false},
    {"size", "x10", false},
    {"size", "x", false},
    {"size", "10", false},
    {"size", "10x10x10", false},
    {"size", "10 x10", false},
    {"size", "10x 10", false},
    {"size", " 10x10", false},
    {"size", "10x10 ", false},
    {"size", "10*10", false},
    {"size", "1e2x10", false},
    {"size", "10.0x10", false},
    {"size", "0x10x10", false},
    {"size", "", false},
    {"count", "1", true},
    {"count", "4294967295", true},
    {"count", "4294967296", false},
    {"count", "1000000000000", false},
    {"count", "99999999999999999999999999", false},
    {"count", "0", false},
    {"count", "-1", false},
    {"count", "-0", false},
    {"count", "+5", false},
    {"count", "abc", false},
    {"count", "5a", false},
    {"count", "0x10", false},
    {"count", "5.0", false},
    {"count", "1e3", false},
    {"count", " 5", false},
    {"count", "5 ", false},
    {"count", "5\n", false},
    {"count", "", false},
    {"count", "\xd9\xa5", false}, /* an Arabic digit five */
    {"big", "18446744073709551615", true},
    {"big", "18446744073709551616", false},
    {"big", "0", true},
    {"huge", "9223372036854775807", true},
    {"huge", "9223372036854775808", false},
    {"huge", "9223372036854775809", false},
    {"real", "0", true},
    {"real", "-0", true},
    {"real", "+5", true},
    {"real", "-10", true},
    {"real", "-10.000001", false},
    {"real", "1e6", true},
    {"real", "1000000.1", false},
    {"real", ".5", true},
    {"real", "5.", true},
    {"real", "0x1p-4", true},
    {"real", "1e-400", true}, /* rounds to zero */
    {"real", "1e400", false},
    {"real", "nan", false},
    {"real", "NaN(1)", false},
    {"real", "-nan", false},
    {"real", "inf", false},
    {"real", "-inf", false},
    {"real", "infinity", false},
    {"real", "", false},
    {"real", " 1", false},
    {"real", "\t1", false},
    {"real", "1 ", false},
    {"real", "1,2", false},
    {"real", "1,", false},
    {"real", "0,5", false},
    {"real", "--1", false},
    {"real", "1f", false},
    {"real", "e5", false},
    {"real", ".", false},
    {"positive", "1e-300", true},
    {"positive", "1", true},
    {"positive", "0", false},
    {"positive", "-0", false},
    {"positive", "1e-400", false},
    {"positive", "1.0000001", false},
    {"pair", "0,0", true},
    {"pair", "-0.62772,-0.42193", true},
    {"pair", "-0,+0", true},
    {"pair", "100,-100", true},
    {"pair", "100.1,0", false},
    {"pair", "0,100.1", false},
    {"pair", "0", false},
    {"pair", "0,", false},
    {"pair", ",0", false},
    {"pair", ",", false},
    {"pair", "0,0,0", false},
    {"pair", "0,0,", false},
    {"pair", "0 ,0", false},
    {"pair", "0, 0", false},
    {"pair", "0;0", false},
    {"pair", "nan,0", false},
    {"pair", "0,inf", false},
    {"pair", "1i,0", false},
    {"four", "1,2,3,4", true},
    {"four", "1,2,3", false},
    {"four", "1,2,3,4,5", false},
    {"fruit", "apple", true},
    {"fruit", "pearl", true},
    {"fruit", "pea", false},
    {"fruit", "pearls", false},
    {"fruit", "Apple", false},
    {"fruit", "", false},
    {"fruit", "apple ", false},
    {"text", "anything, even this", true},
    {"text", " ", true},
    {"text", "", false},
};

Test(params, accepts_and_refuses) {
    gf_params *params = make_values();
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        char before[64];
        snprintf(before, sizeof before, "%s", gf_params_text(params, attempts[i].name));
        gf_error error = GF_ERROR_INIT;
        const gf_status status = gf_params_set(params, attempts[i].name, attempts[i].text, &error);
        cr_expect_eq(status, attempts[i].good ? GF_OK : GF_USAGE, "--%s '%s': status %d (%s)",
                     attempts[i].name, attempts[i].text, (int)status, error.text);
        cr_expect_str_eq(gf_params_text(params, attempts[i].name),
                         attempts[i].good ? attempts[i].text : before, "--%s '%s': it now is '%s'",
                         attempts[i].name, attempts[i].text,
                         gf_params_text(params, attempts[i].name));
        gf_error_clear(&error);
    }
    gf_params_destroy(params);
}

/* ---- What is read back ------------------------------------------------- */

static void set(gf_params *params, const char *name, const char *text) {
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_params_set(params, name, text, &error), GF_OK, "%s", error.text);
}

Test(params, reads_back_what_was_written) {
    gf_params *params = make_values();
    set(params, "size", "1920x1080");
    set(params, "count", "4294967295");
    set(params, "big", "18446744073709551615");
    set(params, "real", "0x1.8p-4");
    set(params, "pair", "-0,1e-3");
    set(params, "four", "4,3,2,1.5");
    set(params, "fruit", "pearl");
    set(params, "text", "a b");
    size_t width = 0, height = 0;
    gf_params_size(params, "size", &width, &height);
    cr_expect(width == 1920 && height == 1080, "%zu x %zu", width, height);
    cr_expect_eq(gf_params_uint(params, "count"), 4294967295U);
    cr_expect_eq(gf_params_uint(params, "big"), UINT64_MAX);
    cr_expect_eq(gf_params_real(params, "real"), 0.09375);
    cr_expect(signbit(gf_params_reals(params, "pair")[0]) &&
              gf_params_reals(params, "pair")[0] == 0);
    cr_expect_eq(gf_params_reals(params, "pair")[1], 1e-3);
    cr_expect_eq(gf_params_reals(params, "four")[3], 1.5);
    cr_expect_eq(gf_params_choice(params, "fruit"), 2);
    cr_expect_str_eq(gf_params_string(params, "text"), "a b");
    cr_expect_eq(gf_params_workload(params), &workload);
    gf_params_destroy(params);
}

Test(params, defaults_are_there_and_not_set) {
    gf_params *params = make_values();
    for (uint32_t i = 0; i < workload.param_count; i++) {
        cr_expect_str_eq(gf_params_text(params, rows[i].name), rows[i].default_text, "%s",
                         rows[i].name);
        cr_expect_not(gf_params_is_set(params, rows[i].name), "%s", rows[i].name);
    }
    cr_expect_eq(gf_params_set(params, "count", "x", NULL), GF_USAGE);
    cr_expect_not(gf_params_is_set(params, "count"), "a refused value counts as set");
    set(params, "count", "5");
    cr_expect(gf_params_is_set(params, "count"), "a value equal to the default is still set");
    gf_params_destroy(params);
}

Test(params, a_copy_is_independent) {
    gf_params *params = make_values(), *copy = NULL;
    set(params, "count", "7");
    cr_assert_eq(gf_params_copy(params, &copy, NULL), GF_OK);
    set(params, "count", "8");
    set(copy, "real", "2");
    cr_expect_eq(gf_params_uint(copy, "count"), 7);
    cr_expect(gf_params_is_set(copy, "count"));
    cr_expect_not(gf_params_is_set(copy, "size"), "a default became a choice");
    cr_expect_eq(gf_params_real(params, "real"), 0.5);
    gf_params_destroy(params);
    cr_expect_eq(gf_params_uint(copy, "count"), 7);
    gf_params_destroy(copy);
    gf_params_destroy(NULL);
}

/* ---- Messages ---------------------------------------------------------- */

/* One line with the parameter, the value, the limit and what to give instead. */
Test(params, messages_name_parameter_value_and_limit) {
    static const struct {
        const char *name, *text, *words[3];
    } cases[] = {
        {"size", "0x5", {"size 0x5", "WIDTHxHEIGHT", "from 1 to 2147483647"}},
        {"count", "1000000000000", {"count 1000000000000", "whole number", "to 4294967295"}},
        {"count", "-1", {"count -1", "from 1", "4294967295"}},
        {"real", "nan", {"real nan", "finite number", "1e+06"}},
        {"positive", "0", {"positive 0", "above 0", "at most 1"}},
        {"pair", "1", {"pair 1", "2 finite numbers", "separated by commas"}},
        {"four", "1,2", {"four 1,2", "4 finite numbers", "1,2,3,4"}},
        {"fruit", "plum", {"fruit plum", "apple|pear|pearl", "unknown"}},
        {"text", "", {"text", "empty", "TEXT"}},
        {"plum", "1", {"plum", "orchard", "no such parameter"}},
    };
    gf_params *params = make_values();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(gf_params_set(params, cases[i].name, cases[i].text, &error), GF_USAGE);
        cr_expect_str_eq(error.parameter, cases[i].name);
        for (size_t k = 0; k < 3; k++)
            cr_expect_not_null(strstr(error.text, cases[i].words[k]), "'%s' lacks '%s'", error.text,
                               cases[i].words[k]);
        cr_expect_null(strchr(error.text, '\n'), "'%s' is more than a line", error.text);
        gf_error_clear(&error);
    }
    gf_params_destroy(params);
}

/* However long the value is, the limit stands in the message. */
Test(params, a_long_value_does_not_push_the_limit_out) {
    static const char *const names[] = {"size", "count", "real", "pair", "fruit"};
    static const char *const limits[] = {"2147483647", "4294967295", "1e+06", "100", "apple|pear"};
    char text[2000];
    memset(text, '7', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    gf_params *params = make_values();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(gf_params_set(params, names[i], text, &error), GF_USAGE, "%s", names[i]);
        cr_expect_not_null(strstr(error.text, limits[i]), "--%s: '%s'", names[i], error.text);
        gf_error_clear(&error);
    }
    gf_params_destroy(params);
}

Test(params, unknown_names) {
    gf_params *params = make_values();
    cr_expect_null(gf_params_text(params, "plum"));
    cr_expect_not(gf_params_is_set(params, "plum"));
    cr_expect_eq(gf_params_set(params, "plum", "1", NULL), GF_USAGE);
    gf_params_destroy(params);
}

/* ---- Nonsense ---------------------------------------------------------- */

/* 200,000 texts made of the characters that numbers are made of: whatever is accepted is finite,
 * in range, and is accepted again in the form in which it is shown. */
Test(params, survives_nonsense) {
    static const char alphabet[] = "0123456789+-.,eExX naif\t";
    gf_params *params = make_values(), *again = make_values();
    uint64_t state = 20260521;
    uint32_t accepted = 0;
    for (uint32_t round = 0; round < 200000; round++) {
        char text[12];
        size_t length = 0;
        for (; length < sizeof text - 1; length++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            text[length] = alphabet[(state >> 33) % (sizeof alphabet - 1)];
            if ((state >> 60) == 0)
                break;
        }
        text[length] = '\0';
        const gf_param *param = &rows[round % 7];
        if (gf_params_set(params, param->name, text, NULL) != GF_OK)
            continue;
        accepted++;
        cr_assert_eq(gf_params_set(again, param->name, gf_params_text(params, param->name), NULL),
                     GF_OK, "--%s '%s'", param->name, text);
        if (param->type == GF_PARAM_REAL)
            cr_assert(isfinite(gf_params_real(params, param->name)) &&
                          gf_params_real(params, param->name) >= param->min &&
                          gf_params_real(params, param->name) <= param->max,
                      "--%s '%s'", param->name, text);
        if (param->type == GF_PARAM_UINT)
            cr_assert(strspn(text, "0123456789") == strlen(text), "--%s '%s'", param->name, text);
    }
    cr_expect_gt(accepted, 100, "only %u texts were accepted", accepted);
    gf_params_destroy(params);
    gf_params_destroy(again);
}

/* A table whose default breaks its own rules is found when the first set is made. */
Test(params, a_bad_default_is_an_error) {
    static const gf_param bad[] = {
        {.name = "ok", .type = GF_PARAM_UINT, .default_text = "1", .min = 0, .max = 9},
        {.name = "bad", .type = GF_PARAM_UINT, .default_text = "10", .min = 0, .max = 9}};
    const gf_workload broken = {.name = "broken", .params = bad, .param_count = 2};
    gf_params *params = NULL;
    cr_expect_eq(gf_params_create(&broken, &params, NULL), GF_USAGE);
    cr_expect_null(params);
}
