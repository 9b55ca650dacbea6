/* What each device of a set does of a problem that they compute together. */
#pragma once

#include "gpufare.h"

/* Most devices of a set. */
#define GF_MOST_MEMBERS 8

/* Of one launch. The phases and the idle time add up to its wall time. */
typedef struct gf_member_share {
    const gf_device_info *device;
    const char *variant;
    double alone_ns;    /* what the problem takes on it alone */
    uint64_t h2d_ns;    /* inputs copied, also on the host, and uploaded */
    uint64_t launch_ns; /* waiting for kernels to begin and to be reported */
    uint64_t kernel_ns;
    uint64_t d2h_ns;  /* results downloaded, and copied to the whole */
    uint64_t halo_ns; /* rows exchanged with neighbours */
    uint64_t idle_ns; /* waiting for other members */
    uint64_t units;   /* rows or blocks that it has computed */
    uint64_t bands;   /* launches that they took */
} gf_member_share;

typedef struct gf_shares {
    gf_member_share members[GF_MOST_MEMBERS];
    uint32_t count;
    uint64_t wall_ns;     /* of the launch; 0: there was none yet */
    uint64_t units;       /* of the whole problem */
    uint64_t visit_steps; /* steps between two exchanges of rows; 0: none are exchanged */
    double ceiling_ns;  /* no division takes less: 1 / sum(1 / alone_ns), each chip counted once */
    uint32_t best;      /* the member that takes the least alone */
    bool divided;       /* false: that one computes all */
    char forecast[480]; /* the ceiling, and whether it is worth it, in words */
} gf_shares;
