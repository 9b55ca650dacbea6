/* Times that are sums of parts, each of which grows with one quantity, such as a straight line. */
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

#define GF_MOST_PARTS 6

/* One measured time, and the quantities that its parts grow with. */
typedef struct gf_parted_time {
    double ns;
    double known_ns;         /* the part of it that is known */
    double x[GF_MOST_PARTS]; /* 0 where there are fewer */
} gf_parted_time;

/* Fits t = known + sum of ns[part] * x[part], in the same way. A part that is in no time, or that
 * the others can stand for, is 0. */
void gf_parts_fit(const gf_parted_time *times, uint32_t count, double ns[GF_MOST_PARTS]);
