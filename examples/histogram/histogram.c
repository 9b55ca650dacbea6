/* Each thread counts in histograms of its own: four, since a processor can't add to a bin before
 * the addition before it has reached the cache. */
#include <stddef.h>

void histogram(size_t n, const unsigned char *restrict values, unsigned *restrict bins) {
#pragma omp parallel
    {
        unsigned counts[4][256] = {{0}};
#pragma omp for nowait
        for (size_t i = 0; i < n / 4; i++)
            for (size_t k = 0; k < 4; k++)
                counts[k][values[4 * i + k]]++;
#pragma omp critical(add)
        for (size_t bin = 0; bin < 256; bin++)
            bins[bin] += counts[0][bin] + counts[1][bin] + counts[2][bin] + counts[3][bin];
    }
    for (size_t i = n / 4 * 4; i < n; i++)
        bins[values[i]]++;
}
