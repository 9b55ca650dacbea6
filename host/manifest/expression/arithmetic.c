#include "manifest/expression/arithmetic.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

#define BEYOND   "is beyond the whole numbers from -2^63 to 2^63 - 1"
#define NOT_REAL "is no finite number"
#define BY_ZERO  "divides by zero"
#define NEEDS    "needs whole numbers"

/* ---- Numbers ----------------------------------------------------------- */

double gf_number_as_real(gf_number number) {
    return number.is_whole ? (double)number.whole : number.real;
}

bool gf_number_is_true(gf_number number) {
    return number.is_whole ? number.whole != 0 : number.real != 0;
}

bool gf_number_as_whole(gf_number number, int64_t *whole) {
    if (number.is_whole) {
        *whole = number.whole;
        return true;
    }
    if (fabs(number.real) > 0x1p53 || number.real != trunc(number.real))
        return false;
    *whole = (int64_t)number.real;
    return true;
}

/* The fewest digits that give the same real again, and a sign that it is one. */
void gf_number_format(gf_number number, char *text, size_t size) {
    if (number.is_whole) {
        snprintf(text, size, "%" PRId64, number.whole);
        return;
    }
    char digits[40];
    for (int precision = 6; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, number.real);
        if (strtod(digits, NULL) == number.real)
            break;
    }
    snprintf(text, size, "%s%s", digits, strpbrk(digits, ".e") == NULL ? ".0" : "");
}

static const char *set_whole(int64_t value, gf_number *number) {
    *number = gf_number_whole(value);
    return NULL;
}

static const char *set_real(double value, gf_number *number) {
    *number = gf_number_real(value);
    return isfinite(value) ? NULL : NOT_REAL;
}

/* A real that was rounded to a whole number. */
static const char *set_rounded(double value, gf_number *number) {
    if (!(value >= -0x1p63 && value < 0x1p63))
        return BEYOND;
    return set_whole((int64_t)value, number);
}

static bool both_whole(const gf_number *a) {
    return a[0].is_whole && a[1].is_whole;
}

#define REAL(i) gf_number_as_real(a[i])

/* ---- Operators --------------------------------------------------------- */

static const char *add(const gf_number *a, gf_number *number) {
    int64_t whole = 0;
    if (!both_whole(a))
        return set_real(REAL(0) + REAL(1), number);
    return __builtin_add_overflow(a[0].whole, a[1].whole, &whole) ? BEYOND
                                                                  : set_whole(whole, number);
}

static const char *subtract(const gf_number *a, gf_number *number) {
    int64_t whole = 0;
    if (!both_whole(a))
        return set_real(REAL(0) - REAL(1), number);
    return __builtin_sub_overflow(a[0].whole, a[1].whole, &whole) ? BEYOND
                                                                  : set_whole(whole, number);
}

static const char *multiply(const gf_number *a, gf_number *number) {
    int64_t whole = 0;
    if (!both_whole(a))
        return set_real(REAL(0) * REAL(1), number);
    return __builtin_mul_overflow(a[0].whole, a[1].whole, &whole) ? BEYOND
                                                                  : set_whole(whole, number);
}

static const char *divide(const gf_number *a, gf_number *number) {
    if (!gf_number_is_true(a[1]))
        return BY_ZERO;
    if (!both_whole(a))
        return set_real(REAL(0) / REAL(1), number);
    if (a[0].whole == INT64_MIN && a[1].whole == -1)
        return BEYOND;
    return set_whole(a[0].whole / a[1].whole, number);
}

static const char *remainder_of(const gf_number *a, gf_number *number) {
    if (!both_whole(a))
        return NEEDS;
    if (a[1].whole == 0)
        return BY_ZERO;
    return set_whole(a[1].whole == -1 ? 0 : a[0].whole % a[1].whole, number);
}

static const char *shift_left(const gf_number *a, gf_number *number) {
    int64_t whole = 0;
    if (!both_whole(a))
        return NEEDS;
    if (a[1].whole < 0 || a[1].whole > 62)
        return a[0].whole == 0 && a[1].whole > 62 ? set_whole(0, number)
               : a[1].whole < 0                   ? "shifts by less than 0"
                                                  : BEYOND;
    if (__builtin_mul_overflow(a[0].whole, INT64_C(1) << a[1].whole, &whole))
        return BEYOND;
    return set_whole(whole, number);
}

static const char *shift_right(const gf_number *a, gf_number *number) {
    if (!both_whole(a))
        return NEEDS;
    if (a[1].whole < 0)
        return "shifts by less than 0";
    return set_whole(a[0].whole >> (a[1].whole > 63 ? 63 : a[1].whole), number);
}

static const char *bit_and(const gf_number *a, gf_number *number) {
    return both_whole(a) ? set_whole(a[0].whole & a[1].whole, number) : NEEDS;
}

static const char *bit_or(const gf_number *a, gf_number *number) {
    return both_whole(a) ? set_whole(a[0].whole | a[1].whole, number) : NEEDS;
}

static const char *bit_not(const gf_number *a, gf_number *number) {
    return a[0].is_whole ? set_whole(~a[0].whole, number) : NEEDS;
}

static const char *not_true(const gf_number *a, gf_number *number) {
    return set_whole(!gf_number_is_true(a[0]), number);
}

static const char *negate(const gf_number *a, gf_number *number) {
    if (!a[0].is_whole)
        return set_real(-a[0].real, number);
    return a[0].whole == INT64_MIN ? BEYOND : set_whole(-a[0].whole, number);
}

static const char *keep(const gf_number *a, gf_number *number) {
    *number = a[0];
    return NULL;
}

/* As in C, a whole number is compared with a real as a real. */
static int compare(const gf_number *a) {
    if (both_whole(a))
        return (a[0].whole > a[1].whole) - (a[0].whole < a[1].whole);
    return (REAL(0) > REAL(1)) - (REAL(0) < REAL(1));
}

static const char *less(const gf_number *a, gf_number *number) {
    return set_whole(compare(a) < 0, number);
}

static const char *at_most(const gf_number *a, gf_number *number) {
    return set_whole(compare(a) <= 0, number);
}

static const char *greater(const gf_number *a, gf_number *number) {
    return set_whole(compare(a) > 0, number);
}

static const char *at_least(const gf_number *a, gf_number *number) {
    return set_whole(compare(a) >= 0, number);
}

static const char *equal(const gf_number *a, gf_number *number) {
    return set_whole(compare(a) == 0, number);
}

static const char *not_equal(const gf_number *a, gf_number *number) {
    return set_whole(compare(a) != 0, number);
}

/* ---- Functions --------------------------------------------------------- */

static const char *absolute(const gf_number *a, gf_number *number) {
    const bool negative = a[0].is_whole ? a[0].whole < 0 : a[0].real < 0;
    return negative ? negate(a, number) : keep(a, number);
}

static const char *smaller(const gf_number *a, gf_number *number) {
    const gf_number chosen = a[compare(a) <= 0 ? 0 : 1];
    *number = both_whole(a) ? chosen : gf_number_real(gf_number_as_real(chosen));
    return NULL;
}

static const char *larger(const gf_number *a, gf_number *number) {
    const gf_number chosen = a[compare(a) >= 0 ? 0 : 1];
    *number = both_whole(a) ? chosen : gf_number_real(gf_number_as_real(chosen));
    return NULL;
}

/* Why two numbers are no number and a unit that it is counted in; NULL: they are. */
static const char *refuse_unit(const gf_number *a) {
    if (!both_whole(a))
        return NEEDS;
    if (a[1].whole == 0)
        return BY_ZERO;
    return a[1].whole < 0 ? "needs a second number above 0" : NULL;
}

/* The quotient rounded down; b > 0. */
static int64_t floor_divide(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

static const char *ceil_divide(const gf_number *a, gf_number *number) {
    const char *wrong = refuse_unit(a);
    if (wrong != NULL)
        return wrong;
    const int64_t down = floor_divide(a[0].whole, a[1].whole);
    return set_whole(down + (a[0].whole % a[1].whole != 0), number);
}

static const char *round_down(const gf_number *a, gf_number *number) {
    const char *wrong = refuse_unit(a);
    if (wrong != NULL)
        return wrong;
    const gf_number factors[] = {gf_number_whole(floor_divide(a[0].whole, a[1].whole)), a[1]};
    return multiply(factors, number);
}

static const char *round_up(const gf_number *a, gf_number *number) {
    gf_number factors[2] = {a[0], a[1]};
    const char *wrong = ceil_divide(a, &factors[0]);
    return wrong != NULL ? wrong : multiply(factors, number);
}

static const char *floor_of(const gf_number *a, gf_number *number) {
    return a[0].is_whole ? keep(a, number) : set_rounded(floor(a[0].real), number);
}

static const char *ceil_of(const gf_number *a, gf_number *number) {
    return a[0].is_whole ? keep(a, number) : set_rounded(ceil(a[0].real), number);
}

static const char *round_of(const gf_number *a, gf_number *number) {
    return a[0].is_whole ? keep(a, number) : set_rounded(round(a[0].real), number);
}

static const char *square_root(const gf_number *a, gf_number *number) {
    return set_real(sqrt(REAL(0)), number);
}

static const char *exponential(const gf_number *a, gf_number *number) {
    return set_real(exp(REAL(0)), number);
}

static const char *natural_log(const gf_number *a, gf_number *number) {
    return set_real(log(REAL(0)), number);
}

static const char *binary_log(const gf_number *a, gf_number *number) {
    return set_real(log2(REAL(0)), number);
}

static const char *whole_log(const gf_number *a, gf_number *number) {
    if (!a[0].is_whole)
        return NEEDS;
    if (a[0].whole < 1)
        return "needs a number above 0";
    return set_whole(63 - __builtin_clzll((unsigned long long)a[0].whole), number);
}

static const char *power_of_two(const gf_number *a, gf_number *number) {
    if (!a[0].is_whole)
        return NEEDS;
    int64_t power = 1;
    while (power < a[0].whole)
        if (__builtin_mul_overflow(power, 2, &power))
            return BEYOND;
    return set_whole(power, number);
}

/* Whole numbers to a whole power are exact, by squaring. */
static const char *power(const gf_number *a, gf_number *number) {
    if (!both_whole(a) || a[1].whole < 0)
        return set_real(pow(REAL(0), REAL(1)), number);
    int64_t result = 1, base = a[0].whole;
    bool beyond = false; /* of `base`, which matters only where it is a factor */
    for (int64_t rest = a[1].whole; rest > 0; rest >>= 1) {
        if ((rest & 1) != 0 && (beyond || __builtin_mul_overflow(result, base, &result)))
            return BEYOND;
        beyond = beyond || __builtin_mul_overflow(base, base, &base);
    }
    return set_whole(result, number);
}

/* ---- Tables ------------------------------------------------------------ */

/* Of two operators of which one begins the other, the longer one comes first. */
static const gf_operation binary_operators[] = {
    {GF_OPERATION_OR, 1, 2, 2, NULL},
    {GF_OPERATION_AND, 2, 2, 2, NULL},
    {"==", 5, 2, 2, equal},
    {"!=", 5, 2, 2, not_equal},
    {"<<", 7, 2, 2, shift_left},
    {">>", 7, 2, 2, shift_right},
    {"<=", 6, 2, 2, at_most},
    {">=", 6, 2, 2, at_least},
    {"<", 6, 2, 2, less},
    {">", 6, 2, 2, greater},
    {"|", 3, 2, 2, bit_or},
    {"&", 4, 2, 2, bit_and},
    {"+", 8, 2, 2, add},
    {"-", 8, 2, 2, subtract},
    {"*", 9, 2, 2, multiply},
    {"/", 9, 2, 2, divide},
    {"%", 9, 2, 2, remainder_of},
};

static const gf_operation unary_operators[] = {
    {"-", 0, 1, 1, negate},
    {"+", 0, 1, 1, keep},
    {"!", 0, 1, 1, not_true},
    {"~", 0, 1, 1, bit_not},
};

static const gf_operation functions[] = {
    {"abs", 0, 1, 1, absolute},
    {"ceil", 0, 1, 1, ceil_of},
    {"ceil_div", 0, 2, 2, ceil_divide},
    {"exp", 0, 1, 1, exponential},
    {"floor", 0, 1, 1, floor_of},
    {"ilog2", 0, 1, 1, whole_log},
    {"log", 0, 1, 1, natural_log},
    {"log2", 0, 1, 1, binary_log},
    {"max", 0, 2, UINT32_MAX, larger},
    {"min", 0, 2, UINT32_MAX, smaller},
    {"pow", 0, 2, 2, power},
    {"pow2_ceil", 0, 1, 1, power_of_two},
    {"round", 0, 1, 1, round_of},
    {"round_down", 0, 2, 2, round_down},
    {"round_up", 0, 2, 2, round_up},
    {"sqrt", 0, 1, 1, square_root},
};

static const gf_operation *find_operator(const gf_operation *table, size_t count,
                                         const char *text) {
    for (size_t i = 0; i < count; i++) {
        if (strncmp(text, table[i].name, strlen(table[i].name)) == 0)
            return &table[i];
    }
    return NULL;
}

const gf_operation *gf_find_binary(const char *text) {
    return find_operator(binary_operators, GF_COUNT_OF(binary_operators), text);
}

const gf_operation *gf_find_unary(const char *text) {
    return find_operator(unary_operators, GF_COUNT_OF(unary_operators), text);
}

const gf_operation *gf_find_function(const char *name, size_t length, const char **nearest) {
    char word[32];
    size_t distance = SIZE_MAX;
    *nearest = NULL;
    snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word), name);
    for (size_t i = 0; i < GF_COUNT_OF(functions); i++) {
        if (strlen(functions[i].name) == length && memcmp(functions[i].name, name, length) == 0)
            return &functions[i];
        gf_text_find_nearest(word, functions[i].name, nearest, &distance);
    }
    return NULL;
}

const char *gf_function_name(size_t index) {
    return index < GF_COUNT_OF(functions) ? functions[index].name : NULL;
}
