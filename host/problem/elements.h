/* Comparing arrays of elements of any type. */
#pragma once

#include "problem/workload.h"

/* The element of this index as f64. */
double gf_element(gf_type type, const void *data, size_t index);

/* Compares `count` elements and adds to *difference. A NaN differs from every number. */
void gf_compare_elements(gf_type type, const void *expected, const void *actual, size_t count,
                         double abs_error, gf_difference *difference);

/* Compares `count` elements of two types by value and adds to *difference. */
void gf_compare_numbers(gf_type a_type, const void *a, gf_type b_type, const void *b, size_t count,
                        gf_difference *difference);
