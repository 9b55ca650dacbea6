#include <float.h>
#include <math.h>
#include <string.h>

#include "problem/elements.h"
#include "problem/problem.h"
#include "problem/workload.h"

/* The bits decide whether elements differ: +0 and -0, or u64 values above 2^53, may be equal as
 * doubles. Their difference counts as the smallest double. */
static double element_error(gf_type type, const void *expected, const void *actual, size_t index) {
    const size_t size = gf_type_size(type);
    if (memcmp((const char *)expected + index * size, (const char *)actual + index * size, size) ==
        0)
        return 0;
    const double difference =
        fabs(gf_element(type, expected, index) - gf_element(type, actual, index));
    if (isnan(difference))
        return HUGE_VAL;
    return difference > 0 ? difference : DBL_TRUE_MIN;
}

/* The distance of a real of this magnitude from the next larger one. */
static double ulp_of(gf_type type, double magnitude) {
    if (type == GF_TYPE_F32)
        return (double)nextafterf((float)magnitude, HUGE_VALF) - magnitude;
    return type == GF_TYPE_F64 ? nextafter(magnitude, HUGE_VAL) - magnitude : 0;
}

/* The deviation that one element may have. */
static double limit_of(gf_type type, const void *expected, const void *actual, size_t index,
                       const gf_tolerance *tolerance) {
    double limit = tolerance->abs_error;
    if (tolerance->relative_error <= 0 && tolerance->ulps <= 0)
        return limit;
    const double magnitude =
        fmax(fabs(gf_element(type, expected, index)), fabs(gf_element(type, actual, index)));
    if (!isfinite(magnitude))
        return limit;
    limit = fmax(limit, tolerance->relative_error * magnitude);
    return tolerance->ulps > 0 ? fmax(limit, tolerance->ulps * ulp_of(type, magnitude)) : limit;
}

void gf_compare_within(gf_type type, const void *expected, const void *actual, size_t count,
                       const gf_tolerance *tolerance, gf_difference *difference) {
    difference->compared += count;
    /* The common case runs at the speed of memory. NaNs of equal bits are equal results. */
    if (memcmp(expected, actual, count * gf_type_size(type)) == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        const double deviation = element_error(type, expected, actual, i);
        if (deviation > 0 && deviation > limit_of(type, expected, actual, i, tolerance))
            difference->mismatches++;
        if (deviation > difference->max_abs_error)
            difference->max_abs_error = deviation;
    }
}

void gf_compare_elements(gf_type type, const void *expected, const void *actual, size_t count,
                         double abs_error, gf_difference *difference) {
    const gf_tolerance tolerance = {.abs_error = abs_error};
    gf_compare_within(type, expected, actual, count, &tolerance, difference);
}

/* Four chains hide the latency of multiplications. Each word goes through a multiplication by an
 * odd number and a shift that brings upper bits down, both of which can be undone: words that
 * differ in one place give other hashes. */
#define CHAINS 4
#define FACTOR UINT64_C(0x9e3779b97f4a7c15) /* 2^64 divided by the golden ratio, rounded to odd */

static uint64_t mixed(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * FACTOR;
    return hash ^ hash >> 29;
}

uint64_t gf_hash_array(const void *array, size_t bytes) {
    const char *const from = array;
    uint64_t chains[CHAINS] = {1, 2, 3, 4}, words[CHAINS];
    size_t at = 0;
    for (; bytes - at >= sizeof words; at += sizeof words) {
        memcpy(words, from + at, sizeof words);
        for (int i = 0; i < CHAINS; i++)
            chains[i] = mixed(chains[i], words[i]);
    }
    memset(words, 0, sizeof words);
    memcpy(words, from + at, bytes - at);
    uint64_t hash = bytes;
    for (int i = 0; i < CHAINS; i++)
        hash = mixed(mixed(hash, mixed(chains[i], words[i])), (uint64_t)i);
    return hash;
}

void gf_compare_numbers(gf_type a_type, const void *a, gf_type b_type, const void *b, size_t count,
                        gf_difference *difference) {
    difference->compared += count;
    for (size_t i = 0; i < count; i++) {
        const double deviation = fabs(gf_element(a_type, a, i) - gf_element(b_type, b, i));
        if (deviation != 0) /* also for NaN */
            difference->mismatches++;
        if (deviation > difference->max_abs_error)
            difference->max_abs_error = deviation;
    }
}

void gf_reverse_rows(void *array, size_t rows, size_t row_bytes) {
    unsigned char piece[512], *bytes = array;
    for (size_t row = 0; row < rows / 2; row++) {
        unsigned char *above = bytes + row * row_bytes;
        unsigned char *below = bytes + (rows - 1 - row) * row_bytes;
        for (size_t at = 0; at < row_bytes; at += sizeof piece) {
            const size_t size = row_bytes - at < sizeof piece ? row_bytes - at : sizeof piece;
            memcpy(piece, above + at, size);
            memcpy(above + at, below + at, size);
            memcpy(below + at, piece, size);
        }
    }
}
