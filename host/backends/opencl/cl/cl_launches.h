/* Launches under way, and the device's times of the finished ones. A ring of events bounds how far
 * the host runs ahead of the device, so that memory stays bounded and a cancelled run ends soon.
 *
 * A driver may take longer for a launch whose times it keeps: on an NVIDIA H200 12.2 instead of
 * 5.1 us (docs/gpus.md). So that a long row of short launches takes as long there as in a program
 * that asks for no times, only its first rounds, every 16th and the last one are timed; each of the
 * others counts as the mean of the typical ones. A kept time may be longer than the launch takes
 * otherwise (10.9 instead of 7.8 us there), so that all together count as no more than the row
 * took.
 */
#pragma once

#include "backends/opencl/cl/cl_floor.h"
#include "gpufare.h"
#include "problem/ndrange_plan.h"

/* Most launches that may be under way at once. */
#define GF_CL_RING 128

/* All zero: none was launched. */
typedef struct gf_cl_launches {
    cl_event ring[GF_CL_RING];
    bool in_typical[GF_CL_RING];      /* whether the launch of this event is of a typical round */
    uint8_t stages[GF_CL_RING];       /* of these launches, in a step of several kernels */
    uint32_t first, count;            /* of the ring's used part */
    uint64_t enqueued;                /* launches */
    uint64_t harvested;               /* launches whose times were read */
    uint64_t kernel_ns;               /* sum of END - START of the harvested launches */
    uint64_t stage_ns[GF_MAX_STAGES]; /* the same of each stage */
    uint64_t rounds, untimed_rounds;  /* begun; of these, without events */
    uint64_t typical_rounds, typical_launches, typical_ns; /* timed ones that others are like */
    uint64_t row_ns; /* from the first launch to the end by the host's clock; 0: not measured */
    double event_ns; /* what it costs to time a launch (cl_audition.h) */
    bool untimed, typical;             /* the round that was begun last is */
    uint64_t latest_start, latest_end; /* of the harvested ones, by the device's clock */
    const char *unusable;              /* NULL, or why the device's times can't be used */
    cl_int failure;                    /* CL_SUCCESS, or the code that a kernel ended with */
} gf_cl_launches;

/* Begins a round of launches, which does as much as any other of this row, or, if it is the last of
 * some, less. Without rounds, every launch is timed. */
void gf_cl_launches_begin_round(gf_cl_launches *launches, bool last);
/* Waits until there is room for one more launch. *event is the place for its event, or NULL when it
 * has none. False: a launch has failed. */
bool gf_cl_launches_next(gf_cl_launches *launches, cl_event **event);
/* Counts the launch of a stage. True when the queue is to be flushed. */
bool gf_cl_launches_add(gf_cl_launches *launches, uint32_t stage);
/* The event of the latest launch, which was of no round or of a last one; valid until the next
 * launch. */
cl_event gf_cl_launches_last(const gf_cl_launches *launches);
/* Waits for every launch under way. */
void gf_cl_launches_finish(gf_cl_launches *launches);
/* The time of all finished launches, those without times included. False: it can't be used, and
 * *reason says why. */
bool gf_cl_launches_time(const gf_cl_launches *launches, uint64_t *kernel_ns, const char **reason);
