/* Whether other programs use the cores that this process needs. */
#pragma once

#include <stdint.h>

/* From /proc; 0 where that does not say. */
typedef struct gf_contention {
    uint64_t waited_ns; /* time that the present threads of this process were ready to run and
                           waited for a core, summed over their lives (task/N/schedstat) */
    uint32_t others;    /* threads of other programs that are ready to run or running (loadavg) */
} gf_contention;

gf_contention gf_contention_read(void);
