#include "stats/sort.h"

#include <stdlib.h>

static int compare_u64(const void *a, const void *b) {
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static int compare_reals(const void *a, const void *b) {
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

void gf_sort_u64(uint64_t *numbers, size_t count) {
    qsort(numbers, count, sizeof *numbers, compare_u64);
}

void gf_sort_reals(double *numbers, size_t count) {
    qsort(numbers, count, sizeof *numbers, compare_reals);
}

double gf_sort_median(double *numbers, size_t count) {
    gf_sort_reals(numbers, count);
    return 0.5 * (numbers[(count - 1) / 2] + numbers[count / 2]);
}
