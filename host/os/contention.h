/* Whether other programs take the cores that this process wants. */
#ifndef GF_CONTENTION_H
#define GF_CONTENTION_H

#include <stdint.h>

/* As Linux tells in /proc; 0 where it doesn't. */
typedef struct gf_contention {
    uint64_t waited_ns; /* how long the present threads of this process were ready to run and waited
                           for a core, each since it began, summed (task/N/schedstat) */
    uint32_t others;    /* threads of other programs that are ready to run or running (loadavg) */
} gf_contention;

gf_contention gf_contention_read(void);

#endif
