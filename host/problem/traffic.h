/* What a round trip moves between the host and a device. The runs, the reports and the predictions
 * all follow these rules. */
#pragma once

#include "problem/workload.h"

/* Of one round trip, all stops together. Byte counts beyond 64 bits are UINT64_MAX. */
typedef struct gf_traffic {
    uint64_t bytes_up, bytes_down;
    uint64_t uploads, downloads; /* transfers of whole buffers */
} gf_traffic;

/* How often the computing of one round trip stops: once, or after each steps_per_transfer steps and
 * at the end. */
uint64_t gf_problem_stops(const gf_problem *problem);

/* Whether buffer `index` goes up before the steps that lead to a stop. Inputs go up before the
 * first one; those that also come down go up before the others, too, if the problem says so. */
static inline bool gf_uploads_before_stop(const gf_problem *problem, uint32_t index, bool first) {
    const gf_access access = problem->buffers[index].access;
    return first ? gf_goes_up(access) : problem->upload_again && access == GF_ACCESS_INOUT;
}

/* Whether buffer `index` comes down: then it does so at every stop. */
static inline bool gf_downloads_at_stop(const gf_problem *problem, uint32_t index) {
    return gf_comes_down(problem->buffers[index].access);
}

gf_traffic gf_problem_traffic(const gf_problem *problem);
