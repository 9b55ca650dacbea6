/* From the text of an expression to its tree. */
#pragma once

#include "manifest/expression/tree.h"

typedef struct gf_parsed_expression {
    gf_node nodes[GF_EXPRESSION_LENGTH + 1]; /* each stands for a character of its own, or more */
    uint32_t count, root;
    uint64_t uses;
} gf_parsed_expression;

/* `text` without blanks at its ends; at most GF_EXPRESSION_LENGTH characters. GF_USAGE as
 * gf_expression_compile says. */
gf_status gf_expression_parse(const char *text, const gf_expression_names *names,
                              gf_parsed_expression *parsed, gf_error *error);
