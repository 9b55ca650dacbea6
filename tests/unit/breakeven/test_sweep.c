/* Sweeps: values worked out by hand, ends, shapes, and every refusal. */
#include <criterion/criterion.h>
#include <string.h>

#include "breakeven/sweep.h"

static const gf_workload *workload(const char *name) {
    const gf_workload *found = gf_workload_find(name, NULL);
    cr_assert_not_null(found, "%s", name);
    return found;
}

static gf_sweep parse(const char *name, const char *text) {
    gf_sweep sweep;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_sweep_parse(workload(name), text, &sweep, &error), GF_OK, "%s", error.text);
    return sweep;
}

/* The values of a sweep are these texts, separated by blanks. */
static void expect_values(const char *name, const char *text, const char *expected) {
    const gf_sweep sweep = parse(name, text);
    char found[1024] = "";
    for (size_t i = 0; i < sweep.count; i++) {
        if (i > 0)
            strcat(found, " ");
        strcat(found, sweep.values[i].text);
    }
    cr_expect_str_eq(found, expected, "%s: %s, not %s", text, found, expected);
}

Test(sweep, factors_steps_and_ends) {
    expect_values("julia", "size=64:512", "64x64 128x128 256x256 512x512");
    expect_values("julia", "size=64:512:x4", "64x64 256x256 512x512");
    expect_values("julia", "size=100:250:+100", "100x100 200x200 250x250");
    expect_values("diffusion", "steps-per-transfer=1:10", "1 2 4 8 10");
    expect_values("diffusion", "steps-per-transfer=10:20:+5", "10 15 20");
    expect_values("julia", "max-iter=1:4:x1.1", "1 2 3 4");
    expect_values("julia", "threads=1:3:+1", "1 2 3");
    expect_values("diffusion", "dt=0.01:0.25:x5", "0.01 0.05 0.25");
    expect_values("diffusion", "dt=0.1:0.2:+0.05", "0.1 0.15 0.2");
}

/* Numbers to be tested are primes: of their neighbours half have the divisor 2. */
Test(sweep, takes_typical_values) {
    expect_values("prime", "number=1000:1000000:x10", "1009 10007 100003 1000003");
    expect_values("prime", "number=90:100:+2", "97 101");
    expect_values("prime", "number=9000000000000000:9007199254740991:x2",
                  "9000000000000007 9007199254740997");
}

/* 0.1 + 2 * 0.05 is not 0.2 in binary: the end must not come twice. */
Test(sweep, the_end_comes_once) {
    expect_values("diffusion", "dt=0.05:0.15:+0.05", "0.05 0.1 0.15");
    expect_values("diffusion", "dt=0.001:0.1:x10", "0.001 0.01 0.1");
    expect_values("julia", "size=3:243:x3", "3x3 9x9 27x27 81x81 243x243");
}

/* Values have 12 digits: steps below them make no new ones. */
Test(sweep, every_value_is_written_differently) {
    expect_values("diffusion", "dt=0.1:0.1000000000012:+2e-14", "0.1 0.100000000001");
    expect_values("diffusion", "dt=0.1:0.100000000003:+5e-13",
                  "0.1 0.100000000001 0.100000000002 0.100000000003");
}

Test(sweep, sizes_keep_their_shape) {
    expect_values("julia", "size=64x32:256x128", "64x32 128x64 256x128");
    expect_values("julia", "size=32x64:100x200:x2", "32x64 64x128 100x200");
    expect_values("julia", "size=10x1:20x2:+5", "10x1 15x2 20x2");
    cr_expect(parse("julia", "size=64:512").square);
    cr_expect_not(parse("julia", "size=64x32:256x128").square);
}

Test(sweep, numbers_are_the_widths) {
    const gf_sweep sweep = parse("julia", "size=64x32:256x128");
    cr_expect_eq(sweep.values[1].number, 128);
    cr_expect_str_eq(sweep.param->name, "size");
    cr_expect_not(sweep.threads);
    cr_expect(parse("sum", "threads=1:2").threads);
}

Test(sweep, as_many_values_as_there_may_be) {
    char text[64];
    snprintf(text, sizeof text, "max-iter=1:%d:+1", GF_SWEEP_MAX);
    cr_expect_eq(parse("julia", text).count, GF_SWEEP_MAX);
}

/* Every refusal names the sweep and has one line; `words` say what is wrong. */
static void expect_refusal(const char *name, const char *text, const char *words) {
    gf_sweep sweep = {.count = 77};
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_sweep_parse(workload(name), text, &sweep, &error), GF_USAGE, "%s", text);
    cr_expect_not_null(strstr(error.text, words), "%s: '%s' lacks '%s'", text, error.text, words);
    cr_expect_not_null(strstr(error.text, text), "%s: '%s' does not name it", text, error.text);
    cr_expect_null(strchr(error.text, '\n'));
    cr_expect_eq(sweep.count, 77, "%s: the sweep was changed", text);
}

Test(sweep, refusals) {
    expect_refusal("julia", "size", "not a sweep");
    expect_refusal("julia", "=1:2", "not a sweep");
    expect_refusal("julia", "size=", "not a sweep");
    expect_refusal("julia", "size=64", "not a sweep");
    expect_refusal("julia", "size=64:", "not a sweep");
    expect_refusal("julia", "size=64:128:", "not a sweep");
    expect_refusal("julia", "size=64:128:2", "not a sweep");
    expect_refusal("julia", "size=64:128:x", "not a sweep");
    expect_refusal("julia", "size=64:128:x2:x2", "not a sweep");
    expect_refusal("julia", "size=64:128:x2junk", "not a sweep");
    expect_refusal("julia", "size=-64:128", "-64 is not acceptable; size takes N or WxH, whole");
    expect_refusal("julia", "size= 64:128", " 64 is not acceptable; size takes N or WxH, whole");
    expect_refusal("julia", "size=0x40:128", "0x40 is not acceptable; size takes N or WxH, whole");
    expect_refusal("julia", "size=64x:128", "64x is not acceptable; size takes N or WxH, whole");
    expect_refusal("julia", "max-iter=1.5:3",
                   "1.5 is not acceptable; max-iter takes a whole number");
    expect_refusal("diffusion", "dt=nan:1", "nan is not acceptable; dt takes a number from 0 to");
    expect_refusal("diffusion", "dt=0.1:1e999", "1e999 is not acceptable; dt takes");
    expect_refusal("julia", "sizes=64:128", "no number called sizes; choose one of size, max-iter");
    expect_refusal("julia", "precision=1:2", "no number called precision");
    expect_refusal("julia", "c=1:2", "no number called c;");
    expect_refusal("julia", "size=64:99999999999", "size goes from 1 to");
    expect_refusal("julia", "size=0:64", "0 is not acceptable; size goes from 1");
    expect_refusal("julia", "threads=1:5000", "threads goes from 1 to 4096");
    expect_refusal("julia", "threads=1:2e21", "2e21 is not acceptable; threads takes a whole");
    expect_refusal("julia", "threads=1:9999999999999999999999", "threads goes from 1 to 4096");
    expect_refusal("julia", "threads=one:2", "one is not acceptable; threads takes a whole number");
    expect_refusal("julia", "threads=:2", "not a sweep");
    expect_refusal("julia", "threads=1::x2", "not a sweep");
    expect_refusal("diffusion", "dt=0:0.2", "dt goes from 0 to");
    expect_refusal("diffusion", "steps-per-transfer=0:8", "begins at 0");
    expect_refusal("julia", "size=128:64", "must grow");
    expect_refusal("julia", "size=64:64", "begins where it ends");
    expect_refusal("julia", "size=64x32:128x128", "with the width 128 the height is 64");
    expect_refusal("diffusion", "dt=0.1:0.1000000000001", "both ends are 0.1 in the 12 digits");
    expect_refusal("julia", "size=64:128:x1", "a factor above x1");
    expect_refusal("julia", "size=64:128:x0.5", "a factor above x1");
    expect_refusal("julia", "size=64:128:+0", "a step above +0");
    expect_refusal("julia", "size=1:1000:+1", "more than 64 values");
    expect_refusal("diffusion", "dt=0.1:0.2:+1e-300", "more than 64 values");
    expect_refusal("julia", "size=1:2:x1.0000000001", "more than 64 values");
}

static gf_status parse_own(const gf_param *params, uint32_t count, const char *text,
                           gf_sweep *sweep, gf_error *error) {
    const gf_workload own = {.name = "own", .params = params, .param_count = count};
    return gf_sweep_parse(&own, text, sweep, error);
}

/* Beyond 2^53 doubles don't hold every whole number; the problems get them exactly all the same. */
Test(sweep, whole_numbers_do_not_change) {
    static const gf_param seed = {
        .name = "seed", .type = GF_PARAM_UINT, .min = 1, .max = 18446744073709549568.0};
    static const struct {
        const char *sweep, *first, *second, *last;
    } cases[] = {
        {"seed=1:9007199254740991:x1e9", "1", "1000000000", "9007199254740991"},
        {"seed=9007199254740993:2305843009213693951", "9007199254740993", "18014398509481986",
         "2305843009213693951"},
        {"seed=2305843009213693951:2305843009213703951:+1001", "2305843009213693951",
         "2305843009213694952", "2305843009213703951"},
        {"seed=1000003:9223372036854775783:x1e6", "1000003", "1000003000000",
         "9223372036854775783"},
    };
    gf_sweep sweep;
    gf_error error = GF_ERROR_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_assert_eq(parse_own(&seed, 1, cases[i].sweep, &sweep, &error), GF_OK, "%s", error.text);
        cr_expect_str_eq(sweep.values[0].text, cases[i].first);
        cr_expect_str_eq(sweep.values[1].text, cases[i].second);
        cr_expect_str_eq(sweep.values[sweep.count - 1].text, cases[i].last);
        for (size_t v = 0; v < sweep.count; v++)
            cr_expect_eq(sweep.values[v].whole, strtoull(sweep.values[v].text, NULL, 10));
    }
    /* A curve needs values that differ on its axis. */
    static const char *const refused[] = {"seed=2305843009213693951:2305843009213693999:+8",
                                          "seed=9007199254740992:9007199254740993"};
    for (size_t i = 0; i < 2; i++) {
        cr_expect_eq(parse_own(&seed, 1, refused[i], &sweep, &error), GF_USAGE, "%s", refused[i]);
        cr_expect_not_null(strstr(error.text, "differ by less than an axis shows"), "%s",
                           error.text);
    }
    gf_error_clear(&error);
}

Test(sweep, a_workload_without_numbers_has_threads) {
    static const gf_param mode = {.name = "mode", .type = GF_PARAM_CHOICE};
    gf_sweep sweep;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(parse_own(&mode, 1, "mode=1:2", &sweep, &error), GF_USAGE);
    cr_expect_str_eq(error.text,
                     "sweep mode=1:2: own has no number called mode; choose one of threads, ranks");
    gf_error_clear(&error);
}

/* The step that the message proposes is one that does. */
Test(sweep, the_proposed_step_does) {
    gf_error error = GF_ERROR_INIT;
    gf_sweep sweep;
    cr_assert_eq(gf_sweep_parse(workload("julia"), "size=1:2147483647:x1.01", &sweep, &error),
                 GF_USAGE);
    const char *step = strstr(error.text, "such as x");
    cr_assert_not_null(step);
    char text[64];
    snprintf(text, sizeof text, "size=1:2147483647:%s", step + strlen("such as "));
    cr_expect_leq(parse("julia", text).count, GF_SWEEP_MAX);
}

Test(sweep, a_bound_makes_room_unless_it_was_set) {
    const gf_sweep sweep = parse("diffusion", "steps-per-transfer=1:1000");
    gf_params *params = NULL;
    gf_error error = GF_ERROR_INIT;
    char note[160] = "";
    cr_assert_eq(gf_params_create(workload("diffusion"), &params, &error), GF_OK);
    cr_expect_eq(gf_sweep_make_room(&sweep, params, note, sizeof note, &error), GF_OK);
    cr_expect_str_eq(gf_params_text(params, "steps"), "1000");
    cr_expect_not_null(strstr(note, "steps is 1000, not the default 500"), "%s", note);
    cr_assert_eq(gf_params_set(params, "steps", "100", &error), GF_OK);
    cr_expect_eq(gf_sweep_make_room(&sweep, params, note, sizeof note, &error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, "ends at 1000, above steps 100"), "%s", error.text);
    cr_expect_str_eq(gf_params_text(params, "steps"), "100");
    cr_assert_eq(gf_params_set(params, "steps", "4000", &error), GF_OK);
    cr_expect_eq(gf_sweep_make_room(&sweep, params, note, sizeof note, &error), GF_OK);
    cr_expect_str_eq(gf_params_text(params, "steps"), "4000");
    cr_expect_str_empty(note);
    gf_params_destroy(params);
}

Test(sweep, what_varies_is_not_set_as_well) {
    const gf_sweep sizes = parse("julia", "size=64:128"), threads = parse("julia", "threads=1:2");
    gf_params *params = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_params_create(workload("julia"), &params, &error), GF_OK);
    cr_assert_eq(gf_params_set(params, "max-iter", "7", &error), GF_OK);
    cr_expect_eq(gf_sweep_check_free(&sizes, params, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_params_set(params, "size", "64x64", &error), GF_OK);
    cr_expect_eq(gf_sweep_check_free(&sizes, params, &error), GF_USAGE);
    cr_expect_str_eq(error.text, "size 64x64: the sweep varies it; leave one out");
    gf_error_clear(&error);
    cr_expect_eq(gf_sweep_check_free(&threads, params, &error), GF_OK, "%s", error.text);
    gf_params_destroy(params);
}

/* What a parameter is bounded by is a whole number of the same table. */
Test(sweep, bounds_are_there) {
    for (size_t w = 0; w < gf_workload_count(); w++) {
        size_t count = 0;
        const gf_param *params = gf_workload_params(gf_workload_at(w), &count);
        for (size_t i = 0; i < count; i++) {
            bool found = params[i].limited_by == NULL;
            for (size_t j = 0; j < count && !found; j++)
                found = strcmp(params[j].name, params[i].limited_by) == 0 &&
                        params[j].type == GF_PARAM_UINT;
            cr_expect(found, "%s of %s", params[i].name, gf_workload_name(gf_workload_at(w)));
        }
    }
}

Test(sweep, values_of_a_problem) {
    const gf_sweep sizes = parse("julia", "size=64x32:256x128"),
                   threads = parse("julia", "threads=1:2");
    gf_params *params = NULL, *copy = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_params_create(workload("julia"), &params, &error), GF_OK);
    cr_assert_eq(gf_params_set(params, "max-iter", "7", &error), GF_OK);
    cr_assert_eq(gf_sweep_params(&sizes, 1, params, &copy, &error), GF_OK);
    cr_expect_str_eq(gf_params_text(copy, "size"), "128x64");
    cr_expect_str_eq(gf_params_text(copy, "max-iter"), "7");
    cr_expect_str_eq(gf_params_text(params, "size"), "1000x1000");
    gf_params_destroy(copy);
    cr_assert_eq(gf_sweep_params(&threads, 1, params, &copy, &error), GF_OK);
    cr_expect_str_eq(gf_params_text(copy, "size"), "1000x1000");
    gf_params_destroy(copy);
    gf_params_destroy(params);
}
