/* How long something was waited for, on a machine that other programs may use as well: while more
 * threads want to run than there are cores, time counts only for the share that one gets. */
#pragma once

#include <stdint.h>

typedef struct gf_patience {
    uint64_t start_ns, seen_ns;
    double counted_s;
} gf_patience;

gf_patience gf_patience_begin(void);
/* The seconds that count so far. Cheap when called often. */
double gf_patience_seconds(gf_patience *patience);
