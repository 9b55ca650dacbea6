/* A trend: how the time of one leg grows with what it does. */
#ifndef GF_TREND_H
#define GF_TREND_H

#include <stdint.h>

/* What a leg does, in the order in which a fit takes them up. */
typedef enum gf_term {
    GF_TERM_OPERATIONS, /* divided by the SIMD efficiency */
    GF_TERM_ONE,        /* launching */
    GF_TERM_ITEMS,      /* every item is begun and ended once */
    GF_TERM_FOOTPRINT,  /* bytes of the buffers that the caches do not hold */
    GF_TERM_BYTES,      /* bytes moved, as far as the caches do not hold the buffers */
    GF_TERM_COUNT
} gf_term;

typedef struct gf_leg {
    double terms[GF_TERM_COUNT];
} gf_leg;

/* ns per unit of each term, none negative. */
typedef struct gf_trend {
    double coefficients[GF_TERM_COUNT];
} gf_trend;

/* Non-negative least squares of the relative errors over `count` legs that took `ns` each. */
void gf_trend_fit(gf_trend *trend, const gf_leg *legs, const double *ns, uint32_t count);
double gf_trend_ns(const gf_trend *trend, const gf_leg *leg);

#endif
