/* Comparing elements with a tolerance. */
#include <criterion/criterion.h>
#include <math.h>

#include "problem/elements.h"

static uint64_t mismatches(gf_type type, const void *a, const void *b, size_t count,
                           gf_tolerance tolerance) {
    gf_difference difference = {0, 0, 0};
    gf_compare_within(type, a, b, count, &tolerance, &difference);
    cr_expect_eq(difference.compared, count);
    return difference.mismatches;
}

Test(elements, units_in_the_last_place_are_of_the_larger_one) {
    const float one = 1.0f, after = nextafterf(1.0f, 2), third = nextafterf(after, 2);
    cr_expect_eq(mismatches(GF_TYPE_F32, &one, &after, 1, (gf_tolerance){.ulps = 1}), 0);
    cr_expect_eq(mismatches(GF_TYPE_F32, &after, &one, 1, (gf_tolerance){.ulps = 1}), 0);
    cr_expect_eq(mismatches(GF_TYPE_F32, &one, &third, 1, (gf_tolerance){.ulps = 1}), 1);
    cr_expect_eq(mismatches(GF_TYPE_F32, &one, &third, 1, (gf_tolerance){.ulps = 2}), 0);
    cr_expect_eq(mismatches(GF_TYPE_F32, &one, &after, 1, (gf_tolerance){.ulps = 0}), 1);
    const double big = 0x1p60, next = nextafter(0x1p60, INFINITY), least = 0x1p-1074, none = 0;
    cr_expect_eq(mismatches(GF_TYPE_F64, &big, &next, 1, (gf_tolerance){.ulps = 1}), 0);
    cr_expect_eq(mismatches(GF_TYPE_F64, &big, &next, 1, (gf_tolerance){.ulps = 0.5}), 1);
    cr_expect_eq(mismatches(GF_TYPE_F64, &least, &none, 1, (gf_tolerance){.ulps = 1}), 0);
    const double negative = -1, positive = 1;
    cr_expect_eq(mismatches(GF_TYPE_F64, &negative, &positive, 1, (gf_tolerance){.ulps = 4}), 1);
}

Test(elements, a_relative_error_is_of_the_larger_magnitude) {
    const double a[] = {100, -100, 0, 1e-300}, b[] = {101, -99, 1, 2e-300};
    cr_expect_eq(mismatches(GF_TYPE_F64, a, b, 1, (gf_tolerance){.relative_error = 0.0099}), 1);
    cr_expect_eq(mismatches(GF_TYPE_F64, a, b, 2, (gf_tolerance){.relative_error = 0.01}), 0);
    cr_expect_eq(mismatches(GF_TYPE_F64, a, b, 4, (gf_tolerance){.relative_error = 0.01}), 2);
    cr_expect_eq(
        mismatches(GF_TYPE_F64, a, b, 4, (gf_tolerance){.relative_error = 0.01, .abs_error = 1}), 0,
        "the largest limit counts");
    const int32_t x[] = {-7, 1000}, y[] = {-8, 1001};
    cr_expect_eq(mismatches(GF_TYPE_I32, x, y, 2, (gf_tolerance){.relative_error = 0.01}), 1);
    cr_expect_eq(mismatches(GF_TYPE_I32, x, y, 2, (gf_tolerance){.ulps = 1}), 2,
                 "whole numbers have no last place");
}

/* No tolerance lets a NaN pass for a number, or an infinity for a large number. */
Test(elements, what_is_no_number_is_no_result) {
    const float a[] = {NAN, 1, INFINITY, INFINITY, -INFINITY},
                b[] = {1, NAN, 3e38f, -INFINITY, -INFINITY};
    const gf_tolerance wide = {.ulps = 1e6, .relative_error = 0.5, .abs_error = 1e30};
    cr_expect_eq(mismatches(GF_TYPE_F32, a, b, 5, wide), 4);
    cr_expect_eq(mismatches(GF_TYPE_F32, a, a, 5, (gf_tolerance){.ulps = 0}), 0,
                 "equal bits are equal results");
}
