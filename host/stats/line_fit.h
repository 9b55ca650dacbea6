/* A straight line through times. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A time that grows with bytes: t = a + b * bytes. */
typedef struct gf_line {
    double a_ns, b_ns;  /* a: latency; b: per byte, the inverse of a bandwidth */
    double spread;      /* relative standard deviation of the measurements around the line */
    double least, most; /* measured range of bytes */
    uint32_t count;     /* measurements; 0: no line */
} gf_line;

/* Least squares of the errors of the logarithms, with a and b at least 0: relative errors count the
 * same from 4 KiB to 64 MiB. `count` 0: no line. */
gf_line gf_line_fit(const double *bytes, const double *ns, uint32_t count);

/* Whether a time can be read off the line: not where the measurements lie so far around it that its
 * interval of 90 % is wider than a factor of 4 to each side. */
bool gf_line_usable(const gf_line *line);
