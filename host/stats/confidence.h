/* How reliable the intervals of predictions and crossovers are. */
#pragma once

/* The share of cases in which an interval should hold the truth, and the share outside each end. */
#define GF_CONFIDENCE 0.9
#define GF_OUTSIDE    ((1 - GF_CONFIDENCE) / 2)
/* Half the interval of a normal distribution, in standard deviations: its quantile of
 * 1 - GF_OUTSIDE. */
#define GF_CONFIDENCE_DEVIATIONS 1.6448536269514722

/* Standard deviation of the logarithm of a steady time from one process to another, even where the
 * samples of each process hardly spread: about 3 % on an idle machine (docs/how-well-we-predict.md,
 * one round predicted from another). */
#define GF_PROCESS_DEVIATION 0.03
/* The same where a driver computes on the host's cores, in profiles that do not have it measured:
 * its threads sleep, and wake on other cores (docs/how-we-predict.md). */
#define GF_DRIVER_DEVIATION 0.2

/* Correlation of the errors of two predictions for one problem, over the devices and kernels of
 * docs/how-well-we-predict.md: an unusual problem is unusual on both devices. */
#define GF_ERRORS_ALIKE 0.6
