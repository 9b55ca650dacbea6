/* Operations on the numbers of expressions, whole ones exact to 2^63. */
#pragma once

#include "manifest/expression/terms.h"

typedef struct gf_operation {
    const char *name;     /* "+", "ceil_div" */
    uint32_t rank;        /* of a binary operator: how tightly it binds, from 1; 0: a function, or
                             an operator of one number */
    uint32_t least, most; /* arguments; UINT32_MAX: as many as one likes, taken two by two */
    /* NULL: the result is in *number. Otherwise what is wrong, to go behind the operation and its
     * numbers: "divides by zero". NULL in the table: the tree decides what is evaluated. */
    const char *(*apply)(const gf_number *arguments, gf_number *number);
} gf_operation;

/* Names of the operations that the tree itself evaluates. */
#define GF_OPERATION_AND "&&"
#define GF_OPERATION_OR  "||"

/* NULL if there is none. `text` begins with the operator; of "<<" and "<" the longer one. */
const gf_operation *gf_find_binary(const char *text);
const gf_operation *gf_find_unary(const char *text);
/* The name of the index-th function; NULL beyond the last. */
const char *gf_function_name(size_t index);
/* A function of this name; NULL, and the nearest name or NULL, if there is none. */
const gf_operation *gf_find_function(const char *name, size_t length, const char **nearest);

double gf_number_as_real(gf_number number);
bool gf_number_is_true(gf_number number);
/* "3", "2.5" */
void gf_number_format(gf_number number, char *text, size_t size);
/* false: it is not whole, or beyond 2^53, where neighbouring reals differ by more than 1. */
bool gf_number_as_whole(gf_number number, int64_t *whole);
