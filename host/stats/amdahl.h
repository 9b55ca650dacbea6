/* Amdahl's law fitted to the times of one kernel with different numbers of threads. */
#ifndef GF_AMDAHL_H
#define GF_AMDAHL_H

#include "stats/samples.h"

/* T(n) = T1 (s + (1 - s) / n) (G. Amdahl, 1967): a share s of the time of one thread does not get
 * shorter with more. */
typedef struct gf_amdahl {
    bool fitted;            /* false: fewer than two numbers of threads have times */
    double serial;          /* s, from 0 (also when more threads bring more than their number) to 1
                               (also when they take longer) */
    double low, high;       /* the interval that should hold it in GF_CONFIDENCE of the cases */
    double single_ns;       /* T1 */
    double worst_deviation; /* of a median from the fitted curve, as a share; NAN: nothing is left
                               to check it, for a curve with two numbers goes through two medians */
} gf_amdahl;

/* Fits by least squares of the relative errors, for times scatter in proportion to their length;
 * the interval comes from a bootstrap, which draws the samples of each number of threads again.
 * samples[i] belongs to threads[i]; without samples it is left out. Equal seeds give equal results.
 * GF_FAILED without memory. */
gf_status gf_amdahl_fit(const double *threads, const gf_samples *samples, size_t count,
                        uint64_t seed, gf_amdahl *fit, gf_error *error);

#endif
