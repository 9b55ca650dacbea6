/* Each thread adds up its part, learns what comes before it, and then writes the sums. */
#include <omp.h>
#include <stddef.h>

#define MOST_THREADS 512

static unsigned parts[MOST_THREADS];

void prefix_sum(size_t n, const unsigned *restrict x, unsigned *restrict sums) {
    const int most = omp_get_max_threads();
#pragma omp parallel num_threads(most < MOST_THREADS ? most : MOST_THREADS)
    {
        const size_t thread = (size_t)omp_get_thread_num();
        const size_t threads = (size_t)omp_get_num_threads();
        const size_t begin = n / threads * thread;
        const size_t end = thread + 1 < threads ? begin + n / threads : n;
        unsigned sum = 0;
        for (size_t i = begin; i < end && threads > 1; i++)
            sum += x[i];
        parts[thread] = sum;
#pragma omp barrier
        sum = 0;
        for (size_t i = 0; i < thread; i++)
            sum += parts[i];
        for (size_t i = begin; i < end; i++) {
            sum += x[i];
            sums[i] = sum;
        }
    }
}
