/* Quantiles of two distributions. */
#pragma once

#include <stdint.h>

/* The value that a standard normal number exceeds with the probability `above`, 0 < above <= 0.5.
 */
double gf_normal_quantile(double above);
/* The same of Student's t with 1 to 10000 degrees of freedom. */
double gf_t_quantile(double above, uint32_t degrees);
