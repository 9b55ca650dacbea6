/* The inside of a compiled expression. */
#pragma once

#include "manifest/expression/arithmetic.h"

typedef enum gf_node_kind {
    GF_NODE_NUMBER,
    GF_NODE_NAME,
    GF_NODE_OPERATION, /* operands[0] and, of two, operands[1] */
    GF_NODE_CHOICE     /* operands[0] ? operands[1] : operands[2] */
} gf_node_kind;

typedef struct gf_node {
    gf_node_kind kind;
    uint32_t column; /* of the text, from 1 */
    uint32_t place;  /* NAME: of its value */
    uint32_t operands[3];
    gf_number number; /* NUMBER */
    const gf_operation *operation;
} gf_node;

typedef struct gf_expression gf_expression;

struct gf_expression {
    uint64_t uses;
    const char *text; /* behind the nodes */
    uint32_t root, count, line;
    gf_node nodes[];
};
