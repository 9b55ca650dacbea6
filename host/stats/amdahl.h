/* Amdahl's law fitted to the times of one kernel with different numbers of threads. */
#pragma once

#include "stats/samples.h"

/* T(n) = T1 (s + (1 - s) / n) (G. Amdahl, 1967): threads don't shorten a share s. */
typedef struct gf_amdahl {
    bool fitted;      /* false: fewer than two numbers of threads have times */
    double serial;    /* s, 0 to 1; 0 also for a speed-up above the number of threads, 1 also
                         where more threads take longer */
    double low, high; /* interval of s that holds it in GF_CONFIDENCE of all cases */
    double single_ns; /* T1 */
    double
        worst_deviation; /* largest relative distance of a median from the fitted curve; NAN: too
                            few medians to check it, since a curve of two numbers meets any two */
} gf_amdahl;

/* Least squares of the relative errors, because times scatter in proportion to their length. The
 * interval is a bootstrap over the samples of each number of threads. samples[i] belongs to
 * threads[i]; entries without samples are skipped. Equal seeds give equal results. GF_FAILED: no
 * memory. */
gf_status gf_amdahl_fit(const double *threads, const gf_samples *samples, size_t count,
                        uint64_t seed, gf_amdahl *fit, gf_error *error);
