/* A device that is put under a trace of another one: what its transfers and launches take, between
 * two values. Those of a model are bounds from its data sheet, those of a profile are predicted
 * from measurements. Numbers only, so that it can be copied. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A time of a + b * bytes, in ns. */
typedef struct gf_cost_line {
    double a_ns, b_ns;
} gf_cost_line;

typedef struct gf_cost_range {
    bool known;
    gf_cost_line best, worst;
} gf_cost_range;

typedef struct gf_other_device {
    char name[128];
    char basis[160];              /* "data sheet", "profile of 2026-11-30" */
    bool bounded;                 /* by a data sheet: no time can be outside; false: predicted */
    bool shared;                  /* one memory with the host */
    uint64_t memory_bytes;        /* 0: not known */
    gf_cost_range up[2], down[2]; /* of pageable memory, of pinned */
    gf_cost_range copy;           /* on the device, for each byte copied */
    gf_cost_range launch;         /* of an empty kernel, start to end; `b_ns` is 0 */
    double touch_ns;     /* a byte of the device's memory, at its best rate; 0: not known */
    double cached_bytes; /* up to which its last cache may hold all, */
    double cached_ns;    /* and what a byte takes then; 0: not known */
} gf_other_device;
