#include "os/arithmetic/denormals.h"

#include <float.h>
#include <pthread.h>
#include <stdint.h>

#include "base/clock.h"

#define PRODUCTS 500
#define TRIES    9
#define SLOW     8

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool slow;

/* The least time of some products, in ns. */
static uint64_t time_products(double first, double second) {
    const gf_clock clock = gf_clock_monotonic();
    volatile double a = first, b = second, product;
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < TRIES; i++) {
        const uint64_t start_ns = gf_clock_now(&clock);
        for (int k = 0; k < PRODUCTS; k++)
            product = a * b;
        const uint64_t ns = gf_clock_now(&clock) - start_ns;
        least = ns < least ? ns : least;
    }
    (void)product;
    return least;
}

static void measure(void) {
    const uint64_t normal_ns = time_products(3, 0.1);
    slow = time_products(3 * DBL_MIN, 0.1) > SLOW * normal_ns ||
           time_products(DBL_MIN / 4, 0.9) > SLOW * normal_ns;
}

bool gf_denormals_are_slow(void) {
    (void)pthread_once(&once, measure);
    return slow;
}
