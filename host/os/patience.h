/* How long something was waited for, on a machine that other programs may use as well: while more
 * threads want to run than there are cores, or a quota pays for less than one, time counts only for
 * the share of a core that one thread gets. */
#pragma once

#include <stdint.h>

typedef struct gf_patience {
    uint64_t start_ns, seen_ns;
    double counted_s;
    double quota; /* of the control groups, in cores; 0: none; negative: not read yet */
} gf_patience;

gf_patience gf_patience_begin(void);
/* The seconds that count so far. Cheap when called often. */
double gf_patience_seconds(gf_patience *patience);

/* How much of a core one of `running` threads gets; `quota`: as above. */
double gf_patience_share(uint32_t running, uint32_t cores, double quota);
