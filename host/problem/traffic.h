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

/* The least share of the present computing between two stops, which does `work` in all: one unit of
 * work for each item. */
double gf_problem_least_share(const gf_problem *problem, double work);

/* ---- Transfers that overlap kernels ------------------------------------ */

/* Whether a round trip waits for each of its transfers. */
typedef enum gf_schedule {
    GF_SCHEDULE_SERIAL,   /* uploads, kernels, downloads, one after the other */
    GF_SCHEDULE_PIPELINED /* in parts, whose transfers overlap the kernels of other parts */
} gf_schedule;

const char *gf_schedule_name(gf_schedule schedule); /* "pipelined" */

/* How a pipelined round trip is cut into parts. */
typedef struct gf_overlap {
    uint64_t parts;    /* bands of rows, or segments; 0: nothing can overlap */
    uint64_t launches; /* in each part; at least 1 */
    bool at_stops;     /* parts are segments. The inputs go up before the first one; a stop's result
                          comes down during the first launch of the next segment, because the second
                          one overwrites it. false: the inputs go up in parts as well */
} gf_overlap;

/* The number of bands that the rows of a problem without steps should be cut into, if its kernel
 * permits it. 0: its buffers don't. */
size_t gf_problem_bands(const gf_problem *problem);
/* Whether the result of each stop may come down during the steps towards the next. */
bool gf_problem_overlaps_at_stops(const gf_problem *problem);

/* What a pipelined round trip takes whose parts are alike (docs/how-we-predict.md derives it).
 * `up`: the upload of one part; of all inputs if the parts are segments. `kernel`, `down`: of one
 * part. */
double gf_overlap_ns(const gf_overlap *overlap, double up, double kernel, double down);
