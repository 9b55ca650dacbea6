/* How sure the intervals of predictions and thresholds are. */
#ifndef GF_CONFIDENCE_H
#define GF_CONFIDENCE_H

/* The share of cases in which an interval is to hold the truth, and what it leaves out at each end.
 */
#define GF_CONFIDENCE 0.9
#define GF_OUTSIDE    ((1 - GF_CONFIDENCE) / 2)
/* So many standard deviations to each side of the mean hold that share of a normal distribution:
 * its quantile of 1 - GF_OUTSIDE. */
#define GF_CONFIDENCE_DEVIATIONS 1.6448536269514722

/* Standard deviation of the logarithm of a steady time between two processes, however little its
 * samples spread within each: about 3 % on an idle machine (docs/how-well-we-predict.md: one round
 * told by another). */
#define GF_PROCESS_DEVIATION 0.03

/* Correlation of the errors of two predictions for the same problem, over the devices and kernels
 * of docs/how-well-we-predict.md: what is unusual about a problem is so for both. */
#define GF_ERRORS_ALIKE 0.6

#endif
