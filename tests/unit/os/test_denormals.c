/* Whether denormals are slow is found as another measurement finds it: products in float.
 */
#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <time.h>

#include "os/arithmetic/denormals.h"

TestSuite(denormals, .timeout = 60);

#define COUNT 256

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The least time of many products with `factor`, in s. */
static double time_products(float value, float factor) {
    static volatile float from[COUNT], to[COUNT];
    double least = INFINITY;
    for (int i = 0; i < COUNT; i++)
        from[i] = value;
    for (int k = 0; k < 200; k++) {
        const double start = seconds();
        for (int i = 0; i < COUNT; i++)
            to[i] = from[i] * factor;
        least = fmin(least, seconds() - start);
    }
    cr_assert(to[0] != 0, "denormals are flushed to zero here");
    return least;
}

/* Between the two, either answer is right. */
Test(denormals, are_slow_where_they_take_many_times_as_long) {
    const double ratio = time_products(3 * FLT_MIN, 0.1F) / time_products(3, 0.1F);
    const bool slow = gf_denormals_are_slow();
    cr_expect_eq(gf_denormals_are_slow(), slow, "measured once");
    cr_expect(slow ? ratio > 3 : ratio < 24, "%g times as long, and %s", ratio,
              slow ? "slow" : "fast");
}
