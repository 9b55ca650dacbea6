#include "manifest/expression/parser.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "manifest/expression/c_type.h"
#include "problem/problem.h"

#define MOST_DEPTH 60 /* of parentheses, and of operators before a number */

typedef struct parser {
    const char *text, *at;
    const gf_expression_names *names;
    gf_parsed_expression *parsed;
    gf_error *error;
    uint32_t depth;
} parser;

/* Each returns false after it has set the error. */
static bool parse_choice(parser *p, uint32_t *node);
static bool parse_unary(parser *p, uint32_t *node);

static uint32_t column_of(const parser *p, const char *at) {
    return (uint32_t)(at - p->text) + 1;
}

static bool fail(parser *p, const char *at, const char *format, ...) GF_PRINTF(3, 4);
static bool fail(parser *p, const char *at, const char *format, ...) {
    char what[GF_ERROR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    gf_error_set(p->error, GF_USAGE, "column %u: %s", column_of(p, at), what);
    return false;
}

static bool is_word_start(char c) {
    return isalpha((unsigned char)c) || c == '_';
}

static void skip_blanks(parser *p) {
    while (*p->at == ' ' || *p->at == '\t')
        p->at++;
}

static size_t word_length(const char *at) {
    size_t length = 0;
    while (gf_is_word(at[length]))
        length++;
    return length;
}

static uint32_t add_node(parser *p, gf_node node) {
    p->parsed->nodes[p->parsed->count] = node;
    return p->parsed->count++;
}

/* ---- Numbers ----------------------------------------------------------- */

static bool add_number(parser *p, const char *at, gf_number number, uint32_t *node) {
    *node = add_node(
        p, (gf_node){.kind = GF_NODE_NUMBER, .column = column_of(p, at), .number = number});
    return true;
}

static bool refuse_ending(parser *p, const char *begin) {
    const int length = (int)(p->at - begin);
    static const char suffixes[] = "fFlLuU";
    if (strspn(p->at, suffixes) == word_length(p->at))
        return fail(p, begin, "%.*s has a suffix; write %.*s", length + (int)word_length(p->at),
                    begin, length, begin);
    return fail(p, begin, "%.*s runs into a name; write %.*s * %.*s",
                length + (int)word_length(p->at), begin, length, begin, (int)word_length(p->at),
                p->at);
}

static bool parse_whole(parser *p, uint32_t *node) {
    const char *begin = p->at;
    const bool hex = begin[0] == '0' && (begin[1] == 'x' || begin[1] == 'X') &&
                     isxdigit((unsigned char)begin[2]);
    if (!hex && begin[0] == '0' && isdigit((unsigned char)begin[1]))
        return fail(p, begin, "numbers don't begin with 0; write them without it");
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(begin, &end, hex ? 16 : 10);
    p->at = end;
    if (errno != 0 || value > INT64_MAX)
        return fail(p, begin,
                    "%.*s is beyond 2^63 - 1; use a smaller number, or a real such as "
                    "1e20",
                    (int)(p->at - begin), begin);
    if (gf_is_word(*p->at))
        return refuse_ending(p, begin);
    return add_number(p, begin, gf_number_whole((int64_t)value), node);
}

static bool parse_real(parser *p, uint32_t *node) {
    const char *begin = p->at;
    char *end = NULL;
    const double value = strtod(begin, &end);
    p->at = end;
    if (!isfinite(value))
        return fail(p, begin, "%.*s is beyond the reals; use a smaller number",
                    (int)(p->at - begin), begin);
    if (*p->at == '.')
        return fail(p, begin, "%.*s is no number; write it with one point",
                    (int)strspn(begin, "0123456789.eE"), begin);
    if (gf_is_word(*p->at))
        return refuse_ending(p, begin);
    return add_number(p, begin, gf_number_real(value), node);
}

/* At a digit, or a point before a digit. */
static bool parse_number(parser *p, uint32_t *node) {
    const bool hex = p->at[0] == '0' && (p->at[1] == 'x' || p->at[1] == 'X');
    const char *behind = p->at;
    while (isdigit((unsigned char)*behind))
        behind++;
    const bool exponent =
        (*behind == 'e' || *behind == 'E') &&
        (isdigit((unsigned char)behind[1]) ||
         ((behind[1] == '-' || behind[1] == '+') && isdigit((unsigned char)behind[2])));
    return !hex && (*behind == '.' || exponent) ? parse_real(p, node) : parse_whole(p, node);
}

/* ---- Names and functions ----------------------------------------------- */

static bool refuse_name(parser *p, const char *begin, size_t length) {
    const char *nearest = NULL, *nearest_function = NULL;
    size_t distance = SIZE_MAX;
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)(length < 60 ? length : 60), begin);
    for (size_t i = 0; i < p->names->count; i++) {
        if (p->names->names[i] != NULL && (p->names->allowed >> i & 1) != 0)
            gf_text_find_nearest(word, p->names->names[i], &nearest, &distance);
    }
    if (p->names->count == 0)
        return fail(p, begin, "%s is a name, which can't be used here; write a number", word);
    if (gf_find_function(begin, length, &nearest_function) != NULL)
        return fail(p, begin, "%s is a function; write %s(...)", word, word);
    if (nearest != NULL)
        return fail(p, begin, "%s is none of the %s; did you mean %s?", word, p->names->what,
                    nearest);
    return fail(p, begin, "%s is none of the %s; define [parameter %s], or write a number", word,
                p->names->what, word);
}

static bool parse_name(parser *p, const char *begin, size_t length, uint32_t *node) {
    for (size_t i = 0; i < p->names->count; i++) {
        const char *name = p->names->names[i];
        if (name == NULL || strlen(name) != length || memcmp(name, begin, length) != 0)
            continue;
        if ((p->names->allowed >> i & 1) == 0)
            return fail(p, begin, "%s has no value here; use the %s", name, p->names->what);
        p->parsed->uses |= UINT64_C(1) << i;
        *node = add_node(
            p,
            (gf_node){.kind = GF_NODE_NAME, .column = column_of(p, begin), .place = (uint32_t)i});
        return true;
    }
    return refuse_name(p, begin, length);
}

/* Behind "sizeof(": the name of a type and ")". */
static bool parse_sizeof(parser *p, const char *begin, uint32_t *node) {
    char name[32];
    gf_text text = gf_text_in(name, sizeof name);
    const char *type_begin = p->at;
    for (skip_blanks(p); gf_is_word(*p->at); skip_blanks(p)) {
        const size_t length = word_length(p->at);
        gf_text_add(&text, "%s%.*s", text.used > 0 ? " " : "", (int)length, p->at);
        p->at += length;
    }
    gf_c_type found;
    if (text.cut || !gf_c_type_find(name, &found))
        return fail(p, type_begin,
                    "sizeof(%s) is not known; write a type of OpenCL C, such as "
                    "sizeof(float4)",
                    name);
    if (*p->at != ')')
        return fail(p, p->at, "sizeof( is not closed; write sizeof(%s)", name);
    p->at++;
    const size_t bytes = found.components * gf_type_size(found.type);
    return add_number(p, begin, gf_number_whole((int64_t)bytes), node);
}

static uint32_t add_operation(parser *p, const char *at, const gf_operation *operation,
                              uint32_t first, uint32_t second) {
    return add_node(p, (gf_node){.kind = GF_NODE_OPERATION,
                                 .column = column_of(p, at),
                                 .operation = operation,
                                 .operands = {first, second}});
}

/* Behind "NAME(": arguments and ")". Of more than two, each operation takes the result so far. */
static bool parse_arguments(parser *p, const char *begin, const gf_operation *function,
                            uint32_t *node) {
    uint32_t count = 0, argument = 0, first = 0;
    for (;;) {
        if (!parse_choice(p, &argument))
            return false;
        count++;
        if (count == 1)
            first = argument;
        else if (count <= function->most)
            first = add_operation(p, begin, function, first, argument);
        if (*p->at != ',')
            break;
        p->at++;
    }
    if (*p->at != ')')
        return fail(p, p->at, "%s( is not closed; write ) here", function->name);
    if (count < function->least || count > function->most)
        return fail(p, begin, "%s takes %u number%s%s, not %u", function->name, function->least,
                    function->least == 1 ? "" : "s",
                    function->most > function->least ? " or more" : "", count);
    p->at++;
    *node = function->least > 1 ? first : add_operation(p, begin, function, first, 0);
    return true;
}

static bool parse_word(parser *p, uint32_t *node) {
    const char *begin = p->at, *nearest = NULL;
    const size_t length = word_length(begin);
    p->at += length;
    skip_blanks(p);
    if (*p->at != '(')
        return parse_name(p, begin, length, node);
    p->at++;
    if (length == 6 && memcmp(begin, "sizeof", 6) == 0)
        return parse_sizeof(p, begin, node);
    const gf_operation *function = gf_find_function(begin, length, &nearest);
    if (function == NULL)
        return fail(p, begin, "there is no function %.*s%s%s%s", (int)(length < 60 ? length : 60),
                    begin,
                    nearest == NULL ? "; docs/your-own-kernel.md lists them" : "; did you mean ",
                    nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
    return parse_arguments(p, begin, function, node);
}

/* ---- Operators --------------------------------------------------------- */

static bool parse_operand(parser *p, uint32_t *node) {
    const char *begin = p->at;
    if (isdigit((unsigned char)*begin) || (*begin == '.' && isdigit((unsigned char)begin[1])))
        return parse_number(p, node);
    if (is_word_start(*begin))
        return parse_word(p, node);
    if (*begin == '(') {
        p->at++;
        if (!parse_choice(p, node))
            return false;
        if (*p->at == ',')
            return fail(p, begin, "brackets hold one number; write lists without them: a, b");
        if (*p->at != ')')
            return fail(p, begin, "this ( is not closed; write the missing )");
        p->at++;
        return true;
    }
    if (*begin == '\0')
        return fail(p, begin, "the expression ends where a number or a name should be");
    return fail(p, begin, "%c stands where a number or a name should be",
                isprint((unsigned char)*begin) ? *begin : '?');
}

static bool parse_unary(parser *p, uint32_t *node) {
    skip_blanks(p);
    const char *begin = p->at;
    const gf_operation *operation = gf_find_unary(begin);
    bool good = true;
    if (p->depth == MOST_DEPTH)
        return fail(p, begin, "the expression is nested deeper than %d; split it", MOST_DEPTH);
    p->depth++;
    if (operation == NULL) {
        good = parse_operand(p, node);
    } else {
        uint32_t operand = 0;
        p->at++;
        good = parse_unary(p, &operand);
        if (good)
            *node = add_operation(p, begin, operation, operand, 0);
    }
    p->depth--;
    skip_blanks(p);
    return good;
}

/* Operators that bind at least as tightly as `rank`, from left to right. */
static bool parse_binary(parser *p, uint32_t rank, uint32_t *node) {
    if (!parse_unary(p, node))
        return false;
    for (;;) {
        const char *begin = p->at;
        const gf_operation *operation = gf_find_binary(begin);
        if (operation == NULL || operation->rank < rank)
            return true;
        p->at += strlen(operation->name);
        if (strcmp(operation->name, "*") == 0 && *p->at == '*')
            return fail(p, begin, "** is no operator; write pow(a, b)");
        uint32_t second = 0;
        if (!parse_binary(p, operation->rank + 1, &second))
            return false;
        *node = add_operation(p, begin, operation, *node, second);
    }
}

/* The whole of an expression in parentheses, of an argument or of the text. */
static bool parse_choice(parser *p, uint32_t *node) {
    uint32_t condition = 0, yes = 0, no = 0;
    if (!parse_binary(p, 1, &condition))
        return false;
    *node = condition;
    if (*p->at != '?')
        return true;
    const char *begin = p->at++;
    if (!parse_choice(p, &yes))
        return false;
    if (*p->at != ':')
        return fail(p, begin, "this ? has no :; write condition ? a : b");
    p->at++;
    if (!parse_choice(p, &no))
        return false;
    *node = add_node(p, (gf_node){.kind = GF_NODE_CHOICE,
                                  .column = column_of(p, begin),
                                  .operands = {condition, yes, no}});
    return true;
}

static bool refuse_rest(parser *p) {
    const char c = *p->at;
    if (c == '^')
        return fail(p, p->at, "^ is no operator; write pow(a, b) for a power");
    if (c == ')')
        return fail(p, p->at, "this ) closes nothing; remove it");
    if (c == ';')
        return fail(p, p->at, "; ends nothing here; remove it, or write a blank before a comment");
    if (c == '=')
        return fail(p, p->at, "= gives no value here; write == to compare");
    if (gf_is_word(c))
        return fail(p, p->at, "an operator is missing before %.*s", (int)word_length(p->at), p->at);
    return fail(p, p->at, "%c can't be here; write one expression",
                isprint((unsigned char)c) ? c : '?');
}

gf_status gf_expression_parse(const char *text, const gf_expression_names *names,
                              gf_parsed_expression *parsed, gf_error *error) {
    parser p = {.text = text, .at = text, .names = names, .parsed = parsed, .error = error};
    parsed->count = 0;
    parsed->uses = 0;
    if (!parse_choice(&p, &parsed->root))
        return error->status;
    if (*p.at != '\0')
        return refuse_rest(&p) ? GF_OK : error->status;
    return GF_OK;
}
