/* Whether other programs take the cores that this process wants. */
#ifndef GF_CORES_H
#define GF_CORES_H

#include <stdint.h>

/* As Linux tells in /proc; 0 where it doesn't. */
typedef struct gf_cores {
    uint64_t waited_ns; /* how long the present threads of this process were ready to run and waited
                           for a core, each since it began, summed (task/N/schedstat) */
    uint32_t others;    /* threads of other programs that are ready to run or running (loadavg) */
} gf_cores;

gf_cores gf_cores_read(void);

#endif
