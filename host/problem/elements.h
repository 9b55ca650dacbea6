/* Arrays of elements of any type. */
#pragma once

#include <assert.h>
#include <math.h>

#include "problem/workload.h"

/* An element as a real. Inline, because results have many. */
static inline double gf_element(gf_type type, const void *array, size_t index) {
    switch (type) {
    case GF_TYPE_U8:
        return ((const uint8_t *)array)[index];
    case GF_TYPE_U16:
        return ((const uint16_t *)array)[index];
    case GF_TYPE_U32:
        return ((const uint32_t *)array)[index];
    case GF_TYPE_U64:
        return (double)((const uint64_t *)array)[index];
    case GF_TYPE_F32:
        return (double)((const float *)array)[index];
    case GF_TYPE_F64:
        return ((const double *)array)[index];
    case GF_TYPE_I8:
        return ((const int8_t *)array)[index];
    case GF_TYPE_I16:
        return ((const int16_t *)array)[index];
    case GF_TYPE_I32:
        return ((const int32_t *)array)[index];
    case GF_TYPE_I64:
        return (double)((const int64_t *)array)[index];
    case GF_TYPE_COUNT:
        break;
    }
    assert(false);
    return NAN;
}

/* Sets an element of type f32 or f64. */
static inline void gf_put_real(gf_type type, void *array, size_t index, double value) {
    if (type == GF_TYPE_F64)
        ((double *)array)[index] = value;
    else
        ((float *)array)[index] = (float)value;
}

/* Reverses the order of the first rows of an array. */
void gf_reverse_rows(void *array, size_t rows, size_t row_bytes);

/* A hash of an array's bytes, at the speed of memory. */
uint64_t gf_hash_array(const void *array, size_t bytes);

/* Compares `count` elements and adds to *difference. A NaN differs from every number. */
void gf_compare_elements(gf_type type, const void *expected, const void *actual, size_t count,
                         double abs_error, gf_difference *difference);

/* The same with all limits that the tolerance has for elements. */
void gf_compare_within(gf_type type, const void *expected, const void *actual, size_t count,
                       const gf_tolerance *tolerance, gf_difference *difference);

/* Compares `count` elements of two types by value and adds to *difference. */
void gf_compare_numbers(gf_type a_type, const void *a, gf_type b_type, const void *b, size_t count,
                        gf_difference *difference);
