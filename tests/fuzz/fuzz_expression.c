/* Expressions of manifests: any text of them. The first byte picks the values of the names. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/expression.h"
#include "memory_files.h"

enum { NAMES = 4 };

static const char *const name_list[NAMES] = {"n", "a", NULL, "step"};
static const gf_expression_names names = {
    .names = name_list, .count = NAMES, .allowed = 3, .what = "parameters"};
static const gf_number values[3][NAMES] = {
    {{.is_whole = true, .whole = 0}, {.real = -0.5}},
    {{.is_whole = true, .whole = INT64_MAX}, {.real = 1e300}},
    {{.is_whole = true, .whole = INT64_MIN}, {.real = 3}},
};

/* "column C: ..." within the text, or behind its end. */
static void check_column(const gf_error *error, size_t length) {
    fuzz_check_error(error);
    if (strncmp(error->text, "column ", 7) != 0)
        fuzz_fail("an error has no column");
    const unsigned long column = strtoul(error->text + 7, NULL, 10);
    if (column < 1 || column > length + 1)
        fuzz_fail("a column is outside the text");
}

static gf_status evaluate(const gf_expression *expression, const gf_number *of, gf_number *number) {
    gf_error error = GF_ERROR_INIT;
    const gf_status status = gf_expression_evaluate(expression, of, number, &error);
    if (status != GF_OK)
        check_column(&error, strlen(gf_expression_text(expression)));
    else if (!number->is_whole && !isfinite(number->real))
        fuzz_fail("a value is not finite");
    gf_error_clear(&error);
    return status;
}

/* An expression in brackets has the same value. */
static void check_in_brackets(const gf_expression *expression, const gf_number *of) {
    char text[GF_EXPRESSION_LENGTH + 8];
    gf_expression *again = NULL;
    gf_error error = GF_ERROR_INIT;
    gf_number first = gf_number_whole(0), second = gf_number_whole(0);
    snprintf(text, sizeof text, "(%s)", gf_expression_text(expression));
    if (gf_expression_compile(text, &names, &again, &error) == GF_OK) {
        if (evaluate(expression, of, &first) != evaluate(again, of, &second) ||
            first.is_whole != second.is_whole || first.whole != second.whole ||
            first.real != second.real)
            fuzz_fail("brackets change a value");
        if (gf_expression_uses(expression) != gf_expression_uses(again))
            fuzz_fail("brackets change the names");
    }
    gf_expression_destroy(again);
    gf_error_clear(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    char text[GF_EXPRESSION_LENGTH + 4];
    gf_expression *expression = NULL;
    gf_error error = GF_ERROR_INIT;
    if (size < 1 || size > sizeof text || memchr(bytes, '\0', size) != NULL)
        return 0;
    memcpy(text, bytes + 1, size - 1);
    text[size - 1] = '\0';
    if (gf_expression_compile(text, &names, &expression, &error) == GF_OK) {
        if ((gf_expression_uses(expression) & ~names.allowed) != 0)
            fuzz_fail("a name is used that is not allowed");
        check_in_brackets(expression, values[bytes[0] % 3]);
    } else {
        check_column(&error, size);
    }
    gf_expression_destroy(expression);
    gf_error_clear(&error);
    return 0;
}
