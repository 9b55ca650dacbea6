/* A program on one device, with the arrays of whoever calls it. */
#pragma once

#include "measure/round_trip.h"

/* One of the problem's buffers. */
typedef struct gf_call_array {
    void *memory;            /* what the caller bound; NULL: none */
    gf_host_array allocated; /* what gf_call_allocate made */
    bool is_shared;  /* the device knows `allocated`: it was not opened anew since that was made */
    bool has_buffer; /* of the device, made for `memory` */
    bool is_staged;  /* its transfers go from and to memory of the run's, not to `memory` */
} gf_call_array;

struct gf_call {
    gf_run_options options;
    gf_problem *problem;
    gf_truth truth; /* of the problem alone: a call proves nothing */
    gf_run run;     /* its device, program, buffers, and the host memory of what is staged */
    char variant[32];
    char label[64];
    bool is_ready; /* the device is open and has the program */
    bool is_apart; /* the device takes no memory of the caller's in place */
    gf_call_array arrays[GF_MAX_BUFFERS];
};
