/* How much of the machine's processors works, whoever uses them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct gf_processor_times {
    bool known;
    uint64_t busy_ticks; /* summed over all hardware threads, since the system started */
} gf_processor_times;

gf_processor_times gf_processor_times_read(void);
/* The hardware threads that worked on average in the `ns` since then; below 0: not known. */
double gf_processors_busy(const gf_processor_times *before, uint64_t ns);
