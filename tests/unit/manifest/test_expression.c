/* Expressions: values against Python's and against arithmetic in 128 bits, and what is refused
 * where.
 */
#include <criterion/criterion.h>

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "expression_values.h"
#include "manifest/expression.h"
#include "stats/random.h"

enum { N, M, A, STEP, NAMES };

static const char *const name_list[NAMES] = {"n", "m", "a", "step"};
static const gf_expression_names names = {
    .names = name_list, .count = NAMES, .allowed = 7, .what = "parameters"};
static const gf_number values[NAMES] = {{.is_whole = true, .whole = 1000003},
                                        {.is_whole = true, .whole = 64},
                                        {.is_whole = false, .real = 2.5}};

static gf_expression *compile(const char *text) {
    gf_expression *expression = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_expression_compile(text, &names, &expression, &error), GF_OK, "%s: %s", text,
                 error.text);
    return expression;
}

TestSuite(expression, .timeout = 60);

/* ---- Values ------------------------------------------------------------ */

Test(expression, whole_values_are_those_of_python) {
    for (size_t i = 0; i < sizeof whole_values / sizeof whole_values[0]; i++) {
        const struct whole_value *row = &whole_values[i];
        gf_expression *expression = compile(row->text);
        gf_error error = GF_ERROR_INIT;
        gf_number number = gf_number_real(0);
        cr_assert_eq(gf_expression_evaluate(expression, values, &number, &error), GF_OK, "%s: %s",
                     row->text, error.text);
        cr_expect(number.is_whole, "%s is a real", row->text);
        cr_expect_eq(number.whole, row->value, "%s is %lld, not %lld", row->text,
                     (long long)number.whole, (long long)row->value);
        gf_expression_destroy(expression);
    }
}

/* Functions of the mathematics library are off by one unit in the last place at most. */
Test(expression, reals_are_those_of_python) {
    for (size_t i = 0; i < sizeof real_values / sizeof real_values[0]; i++) {
        const struct real_value *row = &real_values[i];
        gf_expression *expression = compile(row->text);
        gf_error error = GF_ERROR_INIT;
        double real = NAN;
        cr_assert_eq(gf_expression_real(expression, values, &real, &error), GF_OK, "%s: %s",
                     row->text, error.text);
        cr_expect_leq(fabs(real - row->value), fabs(row->value) * 0x1p-52, "%s is %a, not %a",
                      row->text, real, row->value);
        gf_expression_destroy(expression);
    }
}

Test(expression, knows_its_text_its_names_and_its_line) {
    gf_expression_names with_line = names;
    gf_expression *expression = NULL;
    with_line.line = 12;
    cr_assert_eq(gf_expression_compile("  ceil_div(n, 2)*a \t", &with_line, &expression,
                                       &(gf_error)GF_ERROR_INIT),
                 GF_OK);
    cr_expect_str_eq(gf_expression_text(expression), "ceil_div(n, 2)*a");
    cr_expect_eq(gf_expression_uses(expression), 1u << N | 1u << A);
    cr_expect_eq(gf_expression_line(expression), 12);
    gf_expression_destroy(expression);
}

Test(expression, a_whole_real_will_do_as_a_whole_number) {
    static const struct {
        const char *text;
        int64_t value; /* 0: refused */
    } rows[] = {{"log2(1024)", 10},
                {"1e6", 1000000},
                {"9007199254740992.0", INT64_C(1) << 53},
                {"9007199254740994.0", 0},
                {"a", 0},
                {"1e300", 0},
                {"-3.0", 0},
                {"1001", 0},
                {"0", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gf_expression *expression = compile(rows[i].text);
        gf_error error = GF_ERROR_INIT;
        int64_t value = 0;
        const int64_t most = strcmp(rows[i].text, "1001") == 0 ? 1000 : INT64_MAX;
        const gf_status status = gf_expression_whole(expression, values, 1, most, &value, &error);
        cr_expect_eq(status, rows[i].value == 0 ? GF_USAGE : GF_OK, "%s: %s", rows[i].text,
                     error.text);
        cr_expect_eq(value, rows[i].value, "%s is %lld", rows[i].text, (long long)value);
        cr_expect(status == GF_OK || strstr(error.text, rows[i].text) == error.text, "%s",
                  error.text);
        gf_expression_destroy(expression);
    }
}

/* ---- What is refused --------------------------------------------------- */

typedef struct refusal {
    const char *text;
    unsigned column;
    const char *words;
} refusal;

/* A long text of nested brackets, or of characters. */
static const char *repeat(char c, size_t count) {
    static char text[1024];
    memset(text, c, count);
    text[count] = '\0';
    return text;
}

static void expect_refusal(const refusal *row, gf_status status, const gf_error *error) {
    char begin[32];
    snprintf(begin, sizeof begin, "column %u: ", row->column);
    cr_expect_eq(status, GF_USAGE, "%s is accepted", row->text);
    cr_expect(strncmp(error->text, begin, strlen(begin)) == 0, "%s: %s, not column %u", row->text,
              error->text, row->column);
    cr_expect(strstr(error->text, row->words) != NULL, "%s: %s lacks: %s", row->text, error->text,
              row->words);
}

Test(expression, what_is_no_expression_is_refused_at_its_column) {
    const refusal rows[] = {
        {"", 1, "ends where a number or a name should be"},
        {"   ", 1, "ends where"},
        {"n +", 4, "ends where"},
        {"n + * m", 5, "* stands where a number or a name should be"},
        {"(n + m", 1, "this ( is not closed"},
        {"n + m)", 6, "this ) closes nothing"},
        {"n m", 3, "an operator is missing before m"},
        {"2n", 1, "write 2 * n"},
        {"2 n", 3, "an operator is missing before n"},
        {"n2", 1, "define [parameter n2]"},
        {"width", 1, "define [parameter width]"},
        {"step", 1, "step has no value here; use the parameters"},
        {"n + local", 5, "local is none of the parameters"},
        {"min", 1, "write min(...)"},
        {"min(n)", 1, "min takes 2 numbers or more, not 1"},
        {"sqrt(n, m)", 1, "sqrt takes 1 number, not 2"},
        {"ceil_div(n, m, 2)", 1, "ceil_div takes 2 numbers, not 3"},
        {"sqrt()", 6, ") stands where"},
        {"min(n, m", 9, "min( is not closed"},
        {"roundup(n, m)", 1, "did you mean round_up?"},
        {"sine(n)", 1, "there is no function sine"},
        {"n ^ 2", 3, "write pow(a, b)"},
        {"n ** 2", 3, "write pow(a, b)"},
        {"n = 2", 3, "write == to compare"},
        {"n ? 2", 3, "this ? has no :"},
        {"1.5.2", 1, "1.5.2 is no number"},
        {"1..2", 1, "1..2 is no number"},
        {"1.0f", 1, "has a suffix; write 1.0"},
        {"16u", 1, "has a suffix; write 16"},
        {"16ULL * n", 1, "has a suffix; write 16"},
        {"010", 1, "don't begin with 0"},
        {"0x", 1, "runs into a name"},
        {"9223372036854775808", 1, "is beyond 2^63 - 1"},
        {"n + 99999999999999999999", 5, "is beyond 2^63 - 1"},
        {"1e999", 1, "is beyond the reals"},
        {"sizeof(int32)", 8, "sizeof(int32) is not known"},
        {"sizeof(float", 13, "sizeof( is not closed"},
        {"n $ m", 3, "$ can't be here"},
        {"n, m", 2, ", can't be here"},
        {"(n, m)", 1, "write lists without them"},
        {"n;", 2, "; ends nothing here"},
        {"\"n\"", 1, "\" stands where"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gf_expression *expression = NULL;
        gf_error error = GF_ERROR_INIT;
        const gf_status status = gf_expression_compile(rows[i].text, &names, &expression, &error);
        expect_refusal(&rows[i], status, &error);
        cr_expect_null(expression);
    }
}

Test(expression, long_and_deep_texts_are_refused) {
    static const struct {
        char c;
        size_t count;
        const char *words;
    } rows[] = {{'(', 500, "nested deeper than 60"},
                {'-', 500, "nested deeper than 60"},
                {'1', 501, "501 characters; give at most 500"}};
    for (size_t i = 0; i < 3; i++) {
        gf_expression *expression = NULL;
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(
            gf_expression_compile(repeat(rows[i].c, rows[i].count), &names, &expression, &error),
            GF_USAGE);
        cr_expect(strstr(error.text, rows[i].words) != NULL, "%s", error.text);
    }
    char chain[500] = "1"; /* as deep a tree as there can be */
    while (strlen(chain) + 3 < sizeof chain)
        strcat(chain, "+1");
    gf_expression *expression = compile(chain);
    int64_t value = 0;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_expression_whole(expression, NULL, 1, 1000, &value, &error), GF_OK);
    cr_expect_eq((size_t)value, (strlen(chain) + 1) / 2);
    gf_expression_destroy(expression);
}

Test(expression, what_leaves_the_numbers_is_refused_at_its_operation) {
    const refusal rows[] = {
        {"n + 9223372036854775807", 3, "1000003 + 9223372036854775807 is beyond the whole numbers"},
        {"-9223372036854775807 - 2", 22, "is beyond"},
        {"3037000500 * 3037000500", 12, "3037000500 * 3037000500 is beyond"},
        {"-(-9223372036854775807 - 1)", 1, "-(-9223372036854775808) is beyond"},
        {"abs(-9223372036854775807 - 1)", 1, "is beyond"},
        {"(-9223372036854775807 - 1) / -1", 28, "is beyond"},
        {"n / (m - 64)", 3, "1000003 / 0 divides by zero"},
        {"n / 0.0", 3, "1000003 / 0.0 divides by zero"},
        {"n % 0", 3, "divides by zero"},
        {"n % 2.5", 3, "1000003 % 2.5 needs whole numbers"},
        {"a & 1", 3, "needs whole numbers"},
        {"~a", 1, "needs whole numbers"},
        {"a << 1", 3, "needs whole numbers"},
        {"1 << 63", 3, "is beyond"},
        {"1 << -1", 3, "shifts by less than 0"},
        {"2 << 62", 3, "is beyond"},
        {"1 >> -1", 3, "shifts by less than 0"},
        {"sqrt(-1)", 1, "sqrt(-1) is no finite number"},
        {"log(0)", 1, "log(0) is no finite number"},
        {"exp(1000)", 1, "is no finite number"},
        {"1e308 * 10", 7, "1e+308 * 10 is no finite number"},
        {"pow(10, 19)", 1, "pow(10, 19) is beyond"},
        {"pow(-10, 19)", 1, "is beyond"},
        {"pow(2, 63)", 1, "is beyond"},
        {"ilog2(0)", 1, "needs a number above 0"},
        {"ilog2(a)", 1, "needs whole numbers"},
        {"pow2_ceil(4611686018427387905)", 1, "is beyond"},
        {"ceil_div(n, 0)", 1, "ceil_div(1000003, 0) divides by zero"},
        {"ceil_div(n, -2)", 1, "needs a second number above 0"},
        {"ceil_div(a, 2)", 1, "needs whole numbers"},
        {"round_up(9223372036854775807, 2)", 1, "is beyond"},
        {"round_up(n, 0)", 1, "divides by zero"},
        {"round_down(n, a)", 1, "needs whole numbers"},
        {"floor(1e19)", 1, "is beyond"},
        {"round(-1e19)", 1, "is beyond"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gf_expression *expression = compile(rows[i].text);
        gf_error error = GF_ERROR_INIT;
        gf_number number = gf_number_whole(77);
        expect_refusal(&rows[i], gf_expression_evaluate(expression, values, &number, &error),
                       &error);
        cr_expect_eq(number.whole, 77, "%s has changed the number", rows[i].text);
        gf_expression_destroy(expression);
    }
}

/* ---- Any expression ---------------------------------------------------- */

__extension__ typedef __int128 wide;

/* A random expression of whole numbers, with its value in 128 bits. */
typedef struct sample {
    char text[400];
    wide value;
    bool refused;
    bool cut; /* the text was too long */
} sample;

static void write_sample(sample *s, const char *format, ...) GF_PRINTF(2, 3);
static void write_sample(sample *s, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(s->text, sizeof s->text, format, arguments);
    va_end(arguments);
    s->cut = s->cut || length < 0 || (size_t)length >= sizeof s->text;
}

static bool is_beyond(wide value) {
    return value < INT64_MIN || value > INT64_MAX;
}

/* Numbers of all sizes, those near the limits among them. */
static sample sample_number(uint64_t *random) {
    static const int64_t special[] = {0, 1, 2, 63, 64, INT64_MAX, INT64_MAX - 1, INT64_C(1) << 31};
    sample s = {.refused = false};
    const uint64_t kind = gf_random_bits(random) % 4;
    const uint64_t bits = gf_random_bits(random);
    const int64_t value = kind == 0 ? special[bits % 8] : (int64_t)(bits >> (1 + bits % 63));
    s.value = value;
    write_sample(&s, "%lld", (long long)value);
    return s;
}

static sample sample_binary(uint64_t *random, const sample *a, const sample *b) {
    static const char *const operators[] = {"+", "-", "*", "/", "%", "<", "==", "&&", "||", "&"};
    const size_t which = gf_random_bits(random) % 10;
    sample s = {.refused = a->refused || b->refused, .cut = a->cut || b->cut};
    const wide x = a->value, y = b->value;
    write_sample(&s, "(%s) %s (%s)", a->text, operators[which], b->text);
    switch (which) {
    case 0:
        s.value = x + y;
        break;
    case 1:
        s.value = x - y;
        break;
    case 2:
        s.value = s.refused ? 0 : x * y;
        break;
    case 3:
    case 4:
        s.refused = s.refused || y == 0;
        s.value = s.refused ? 0 : which == 3 ? x / y : x % y;
        break;
    case 5:
        s.value = x < y;
        break;
    case 6:
        s.value = x == y;
        break;
    case 7: /* the second number counts only if the first one does not decide */
        s.refused = a->refused || (x != 0 && b->refused);
        s.value = x != 0 && y != 0;
        break;
    case 8:
        s.refused = a->refused || (x == 0 && b->refused);
        s.value = x != 0 || y != 0;
        break;
    default:
        s.value = x & y;
        break;
    }
    s.refused = s.refused || is_beyond(s.value);
    return s;
}

static sample sample_choice(const sample *a, const sample *b, const sample *c) {
    sample s = {.refused = a->refused, .cut = a->cut || b->cut || c->cut};
    const sample *chosen = a->value != 0 ? b : c;
    write_sample(&s, "(%s) ? %s : (%s)", a->text, b->text, c->text);
    s.refused = s.refused || chosen->refused;
    s.value = chosen->value;
    return s;
}

static sample sample_tree(uint64_t *random, int depth) {
    const uint64_t kind = gf_random_bits(random) % 8;
    if (depth == 0 || kind == 0)
        return sample_number(random);
    const sample a = sample_tree(random, depth - 1), b = sample_tree(random, depth - 1);
    if (kind == 1) {
        const sample c = sample_tree(random, depth - 1);
        return sample_choice(&a, &b, &c);
    }
    if (kind == 2) {
        sample s = {.value = -a.value, .refused = a.refused || is_beyond(-a.value), .cut = a.cut};
        write_sample(&s, "-(%s)", a.text);
        return s;
    }
    return sample_binary(random, &a, &b);
}

Test(expression, random_ones_agree_with_128_bits) {
    uint64_t random = 20261129;
    size_t right = 0, refused = 0;
    for (int i = 0; i < 200000; i++) {
        const sample s = sample_tree(&random, 3);
        if (s.cut)
            continue;
        gf_expression *expression = compile(s.text);
        gf_error error = GF_ERROR_INIT;
        gf_number number = gf_number_whole(0);
        const gf_status status = gf_expression_evaluate(expression, NULL, &number, &error);
        cr_assert_eq(status, s.refused ? GF_USAGE : GF_OK, "%s: %s", s.text, error.text);
        cr_assert(s.refused || (number.is_whole && number.whole == (int64_t)s.value),
                  "%s is %lld, not %lld", s.text, (long long)number.whole, (long long)s.value);
        right += !s.refused;
        refused += s.refused;
        gf_expression_destroy(expression);
    }
    cr_expect_gt(right, 50000, "only %zu values", right);
    cr_expect_gt(refused, 10000, "only %zu refusals", refused);
}
