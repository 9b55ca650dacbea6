/* The state of a program that takes a problem through a device band by band, which the files of
 * this folder share. */
#pragma once

#include "backends/device_set/member.h"
#include "backends/out_of_core/visiting.h"
#include "backends/out_of_core/whole_rows.h"
#include "base/clock.h"
#include "device/trip.h"
#include "problem/parts/visit_plan.h"

struct gf_program {
    gf_visiting *visiting;
    const gf_problem *problem; /* the whole */
    gf_division division;
    gf_visit_plan plan;
    gf_set_member band;  /* the device with the buffers of a band */
    gf_set_member other; /* the same with a second set of buffers, if the plan has two */
    gf_host_array staged[2][GF_MAX_BUFFERS]; /* then: what goes up next, for each set */
    gf_visits visits; /* as planned until the first round trip; then what the latest one made */
    /* First contents of the buffers that every band has all of and that kernels change; NULL: the
     * others. Owned. */
    void *common[GF_MAX_BUFFERS];
    gf_round_trip times; /* of the latest launch */
    bool swapped;        /* after it */
};

/* The walk through the bands. Units that read others have two whole arrays: bands come from one,
 * and their results go to the other. */
typedef struct gf_visit_walk {
    gf_program *program;
    const gf_launch *launch;
    gf_round_trip *times;
    gf_clock clock;
    uint32_t array; /* 0: the pair's content is in the result's array, 1: in the partner's */
    bool common_is_up;
    gf_error *error;
} gf_visit_walk;

static inline gf_whole_rows gf_walk_rows(const gf_visit_walk *w, uint32_t index, uint64_t row) {
    const size_t row_bytes = gf_row_bytes(&w->program->problem->buffers[index]);
    return gf_whole_rows_at(&w->launch->buffers[index], (size_t)row * row_bytes);
}

/* The buffer whose array has the state, or gets the next one. */
static inline uint32_t gf_walk_array(const gf_visit_walk *w, bool next) {
    return (w->array == 1) != next ? w->program->problem->partner : w->program->problem->result;
}

static inline uint64_t gf_walk_now(const gf_visit_walk *w) {
    return gf_device_now(w->program->band.device, &w->clock);
}
