/* The state of a program of a set, which the files of this folder share. */
#pragma once

#include "backends/device_set/band_queue.h"
#include "backends/device_set/crew.h"
#include "backends/device_set/member.h"
#include "backends/device_set/row_split.h"
#include "backends/device_set/set_device.h"

struct gf_program {
    gf_set *set;
    const gf_problem *problem;
    gf_division division;
    bool chooses; /* whether to divide at all */
    gf_crew *crew;
    gf_set_member members[GF_MOST_MEMBERS];
    uint32_t count;      /* of those that were made */
    gf_set_member alone; /* the best one for the whole problem, where it is chosen and needs no
                            copies; device NULL: there is none */
    gf_shares shares;
    char note[320];
    /* What the rehearsal found out. */
    double rates[GF_MOST_MEMBERS];    /* units in a ns */
    double fixed_ns[GF_MOST_MEMBERS]; /* of a band, or of an exchange of rows */
    uint64_t visit_steps;
    /* First contents of the buffers that every part has all of and that kernels change; NULL: the
     * others. Owned. */
    void *common[GF_MAX_BUFFERS];
    bool swapped; /* after the launch */
};

/* One launch of the whole problem on some of the members. */
typedef struct gf_set_run {
    gf_program *program;
    const gf_launch *launch;
    double rates[GF_MOST_MEMBERS]; /* 0: the member takes no part */
    uint64_t start_ns;
} gf_set_run;
