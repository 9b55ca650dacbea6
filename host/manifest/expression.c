#include "manifest/expression.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "manifest/expression/parser.h"

/* ---- Compiling --------------------------------------------------------- */

static gf_expression *make_expression(const gf_parsed_expression *parsed, const char *text,
                                      uint32_t line) {
    const size_t nodes = parsed->count * sizeof(gf_node), length = strlen(text);
    gf_expression *expression = malloc(sizeof *expression + nodes + length + 1);
    if (expression == NULL)
        return NULL;
    char *own_text = (char *)expression->nodes + nodes;
    memcpy(expression->nodes, parsed->nodes, nodes);
    memcpy(own_text, text, length + 1);
    expression->text = own_text;
    expression->root = parsed->root;
    expression->count = parsed->count;
    expression->uses = parsed->uses;
    expression->line = line;
    return expression;
}

gf_status gf_expression_compile(const char *text, const gf_expression_names *names,
                                gf_expression **expression, gf_error *error) {
    char own[GF_EXPRESSION_LENGTH + 1];
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    if (length > GF_EXPRESSION_LENGTH)
        return gf_error_set(error, GF_USAGE,
                            "column 1: an expression of %zu characters; give at most %d", length,
                            GF_EXPRESSION_LENGTH);
    memcpy(own, text, length);
    own[length] = '\0';
    gf_parsed_expression *parsed = malloc(sizeof *parsed);
    if (parsed == NULL)
        return gf_error_no_memory(error, "an expression", sizeof *parsed);
    gf_status status = gf_expression_parse(own, names, parsed, error);
    gf_expression *made = status == GF_OK ? make_expression(parsed, own, names->line) : NULL;
    free(parsed);
    if (status == GF_OK && made == NULL)
        status = gf_error_no_memory(error, "an expression", length);
    if (status == GF_OK)
        *expression = made;
    return status;
}

void gf_expression_destroy(gf_expression *expression) {
    free(expression);
}

const char *gf_expression_text(const gf_expression *expression) {
    return expression->text;
}

uint32_t gf_expression_line(const gf_expression *expression) {
    return expression->line;
}

uint64_t gf_expression_uses(const gf_expression *expression) {
    return expression->uses;
}

/* ---- Evaluating -------------------------------------------------------- */

typedef struct evaluation {
    const gf_expression *expression;
    const gf_number *values;
    gf_error *error;
} evaluation;

/* "column 3: 7 / 0 divides by zero", "column 1: sqrt(-1.0) is no finite number" */
static bool refuse(const evaluation *e, const gf_node *node, const gf_number *numbers,
                   const char *wrong) {
    char first[40], second[40];
    const gf_operation *operation = node->operation;
    const bool infix = operation->rank > 0, one = operation->least == 1;
    gf_number_format(numbers[0], first, sizeof first);
    gf_number_format(one ? numbers[0] : numbers[1], second, sizeof second);
    if (infix)
        gf_error_set(e->error, GF_USAGE, "column %u: %s %s %s %s", node->column, first,
                     operation->name, second, wrong);
    else
        gf_error_set(e->error, GF_USAGE, "column %u: %s(%s%s%s) %s", node->column, operation->name,
                     first, one ? "" : ", ", one ? "" : second, wrong);
    return false;
}

static bool evaluate(const evaluation *e, uint32_t index, gf_number *number);

/* && and ||: the second number is looked at only if it matters. */
static bool evaluate_logic(const evaluation *e, const gf_node *node, gf_number *number) {
    if (!evaluate(e, node->operands[0], number))
        return false;
    const bool is_and = strcmp(node->operation->name, GF_OPERATION_AND) == 0;
    if (gf_number_is_true(*number) == is_and && !evaluate(e, node->operands[1], number))
        return false;
    *number = gf_number_whole(gf_number_is_true(*number));
    return true;
}

static bool evaluate_operation(const evaluation *e, const gf_node *node, gf_number *number) {
    gf_number numbers[2] = {{0}};
    for (uint32_t i = 0; i < (node->operation->least == 1 ? 1 : 2); i++) {
        if (!evaluate(e, node->operands[i], &numbers[i]))
            return false;
    }
    const char *wrong = node->operation->apply(numbers, number);
    return wrong == NULL || refuse(e, node, numbers, wrong);
}

static bool evaluate(const evaluation *e, uint32_t index, gf_number *number) {
    const gf_node *node = &e->expression->nodes[index];
    switch (node->kind) {
    case GF_NODE_NUMBER:
        *number = node->number;
        return true;
    case GF_NODE_NAME:
        *number = e->values[node->place];
        return true;
    case GF_NODE_OPERATION:
        return node->operation->apply == NULL ? evaluate_logic(e, node, number)
                                              : evaluate_operation(e, node, number);
    case GF_NODE_CHOICE:
        return evaluate(e, node->operands[0], number) &&
               evaluate(e, node->operands[gf_number_is_true(*number) ? 1 : 2], number);
    }
    return false;
}

gf_status gf_expression_evaluate(const gf_expression *expression, const gf_number *values,
                                 gf_number *number, gf_error *error) {
    const evaluation e = {expression, values, error};
    gf_number result = gf_number_whole(0);
    if (!evaluate(&e, expression->root, &result))
        return error->status;
    *number = result;
    return GF_OK;
}

gf_status gf_expression_whole(const gf_expression *expression, const gf_number *values,
                              int64_t least, int64_t most, int64_t *number, gf_error *error) {
    gf_number result;
    char shown[40];
    const gf_status status = gf_expression_evaluate(expression, values, &result, error);
    if (status != GF_OK)
        return status;
    gf_number_format(result, shown, sizeof shown);
    int64_t whole = 0;
    if (!gf_number_as_whole(result, &whole))
        return gf_error_set(error, GF_USAGE,
                            "%s is %s, not a whole number below 2^53; use floor, ceil or round",
                            expression->text, shown);
    if (whole < least || whole > most) {
        char limit[40];
        gf_number_format(gf_number_whole(whole < least ? least : most), limit, sizeof limit);
        return gf_error_set(error, GF_USAGE, "%s is %s; it must be at %s %s", expression->text,
                            shown, whole < least ? "least" : "most", limit);
    }
    *number = whole;
    return GF_OK;
}

gf_status gf_expression_real(const gf_expression *expression, const gf_number *values,
                             double *number, gf_error *error) {
    gf_number result;
    const gf_status status = gf_expression_evaluate(expression, values, &result, error);
    if (status == GF_OK)
        *number = gf_number_as_real(result);
    return status;
}
