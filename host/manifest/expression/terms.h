/* What expressions are made of: numbers and names. */
#pragma once

#include "gpufare.h"

/* Longer texts are refused. */
#define GF_EXPRESSION_LENGTH 500
/* Names that an expression may use; a set of them is a bit mask. */
#define GF_EXPRESSION_NAMES 64

typedef struct gf_number {
    bool is_whole;
    int64_t whole; /* if is_whole */
    double real;   /* otherwise; finite */
} gf_number;

static inline gf_number gf_number_whole(int64_t value) {
    return (gf_number){.is_whole = true, .whole = value};
}

static inline gf_number gf_number_real(double value) {
    return (gf_number){.real = value};
}

/* The names that a text may use. Values are given in the same order. */
typedef struct gf_expression_names {
    const char *const *names; /* `count` of them, at most GF_EXPRESSION_NAMES; NULL: unused place */
    size_t count;
    uint64_t allowed; /* the names that this text may use: bit i for names[i] */
    /* Says in an error which names these are: "parameters". */
    const char *what;
    uint32_t line; /* of a file, which gf_expression_line gives back; 0: none */
} gf_expression_names;
