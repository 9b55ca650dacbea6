/* The same keys sorted as one would on a processor: by digits of 8 bits, the lowest first, with
 * counts of each thread. Memory for the keys of every other pass is kept for the next call. */
#include <omp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS       256
#define MOST_THREADS 512

static unsigned *spare;
static size_t spare_keys;
static size_t places[MOST_THREADS][DIGITS];

/* Counts become the places where the keys of each thread and digit begin. */
static void begin_places(size_t threads) {
    size_t sum = 0;
    for (size_t digit = 0; digit < DIGITS; digit++)
        for (size_t t = 0; t < threads; t++) {
            const size_t count = places[t][digit];
            places[t][digit] = sum;
            sum += count;
        }
}

static void one_pass(size_t n, unsigned shift, const unsigned *restrict from,
                     unsigned *restrict to) {
    const size_t thread = (size_t)omp_get_thread_num(), threads = (size_t)omp_get_num_threads();
    const size_t begin = n / threads * thread, end = thread + 1 < threads ? begin + n / threads : n;
    size_t at[DIGITS] = {0};
    for (size_t i = begin; i < end; i++)
        at[from[i] >> shift & (DIGITS - 1)]++;
    memcpy(places[thread], at, sizeof at);
#pragma omp barrier
#pragma omp single
    begin_places(threads);
    memcpy(at, places[thread], sizeof at);
    for (size_t i = begin; i < end; i++)
        to[at[from[i] >> shift & (DIGITS - 1)]++] = from[i];
#pragma omp barrier
}

void bitonic_sort(size_t n, unsigned *keys) {
    const int most = omp_get_max_threads();
    if (spare_keys < n) {
        free(spare);
        spare = malloc(n * sizeof *spare);
        if (spare == NULL)
            abort();
        spare_keys = n;
    }
#pragma omp parallel num_threads(most < MOST_THREADS ? most : MOST_THREADS)
    for (unsigned shift = 0; shift < 32; shift += 16) {
        one_pass(n, shift, keys, spare);
        one_pass(n, shift + 8, spare, keys);
    }
}
