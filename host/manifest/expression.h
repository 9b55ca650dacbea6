/* Expressions of manifests, such as `ceil_div(n, 4) * 2`: compiled once, evaluated for many values
 * of their names.
 *
 * Operators are those of C with C's precedence, + - * / % << >> & | ~ ! < <= > >= == != && || ?:,
 * without ^, which many read as a power; and parentheses. As in C, whole numbers divided by whole
 * numbers give whole numbers, rounded towards zero, and a whole number with a real gives a real.
 * Unlike in C nothing wraps: whole numbers are exact from -2^63 to 2^63 - 1, and what leaves that
 * range is refused, as is a division by zero and a real that is not finite.
 *
 * Functions: abs, ceil, ceil_div, exp, floor, ilog2, log, log2, max, min, pow, pow2_ceil, round,
 * round_down, round_up, sqrt; `sizeof(TYPE)` of the types of OpenCL C, vectors among them.
 */
#pragma once

#include "manifest/expression/terms.h"

typedef struct gf_expression gf_expression;

/* GF_USAGE when the text is no expression: the error gives the column, counted from 1, what is
 * wrong there and what to write instead. The names may go when this returns. */
gf_status gf_expression_compile(const char *text, const gf_expression_names *names,
                                gf_expression **expression, gf_error *error);
void gf_expression_destroy(gf_expression *expression);

/* The text that it was compiled from, without blanks around it. */
const char *gf_expression_text(const gf_expression *expression);
uint32_t gf_expression_line(const gf_expression *expression);
/* The names that it uses: bit i for names[i]. */
uint64_t gf_expression_uses(const gf_expression *expression);

/* `values`: one for each name that the expression uses, at the name's place. GF_USAGE when a number
 * leaves its range or is divided by zero: the error shows the operation, its numbers and its
 * column. Allocates nothing, and may be called from several threads. */
gf_status gf_expression_evaluate(const gf_expression *expression, const gf_number *values,
                                 gf_number *number, gf_error *error);
/* The same as a whole number from `least` to `most`. A real is accepted if it is whole, such as
 * log2(1024). */
gf_status gf_expression_whole(const gf_expression *expression, const gf_number *values,
                              int64_t least, int64_t most, int64_t *number, gf_error *error);
/* The same as a real: whole numbers are rounded to the nearest one. */
gf_status gf_expression_real(const gf_expression *expression, const gf_number *values,
                             double *number, gf_error *error);
