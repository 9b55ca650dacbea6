/* Tunables: parameters of a kernel that change the time and never the result, such as the size of a
 * tile or the steps in one pass. A user sets a tunable by its name; otherwise a search may. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"

/* Of one kernel. */
#define GF_MAX_TUNABLES 8

/* How many tunables a table has. One that is too long does not compile. */
#define GF_TUNABLE_COUNT(table) GF_TUNABLE_COUNT_BESIDE(table, 0)
/* The same for a CPU kernel, which may have the threads beside its own. */
#define GF_CPU_TUNABLE_COUNT(table) GF_TUNABLE_COUNT_BESIDE(table, 1)
#define GF_TUNABLE_COUNT_BESIDE(table, others)                                                     \
    (GF_COUNT_OF(table) +                                                                          \
     0 * sizeof(struct {                                                                           \
         _Static_assert(GF_COUNT_OF(table) + (others) <= GF_MAX_TUNABLES,                          \
                        "too many tunables for one kernel: raise GF_MAX_TUNABLES");                \
         char unused;                                                                              \
     }))

/* The threads with which a kernel of the CPU computes, where a search may use fewer than there are.
 */
#define GF_THREADS_TUNABLE "threads"

typedef struct gf_tunable {
    const char *name;           /* "steps-per-pass": as users, reports and kernels name it */
    const char *help;           /* one line */
    uint32_t min, max;          /* inclusive; a kernel reduces a value to what fits its problem */
    const uint32_t *candidates; /* values that a search tries, ended by 0; NULL: not searched */
} gf_tunable;

/* Facts from which the defaults of a CPU kernel's tunables are derived. */
typedef struct gf_cpu_resources {
    uint32_t threads;                       /* of the run */
    uint32_t lanes;                         /* of one vector, in the problem's precision */
    uint64_t l1d_bytes, l2_bytes, l3_bytes; /* of one cache; 0: none or not known */
    bool slow_denormals;                    /* numbers below the normal range cost far more */
} gf_cpu_resources;
