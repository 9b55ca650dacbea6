/* The state of a program, which the files of this folder share. */
#pragma once

#include "backends/opencl/cl/cl_device.h"
#include "backends/opencl/cl/cl_launches.h"
#include "backends/opencl/cl/signals.h"
#include "backends/opencl/programs/program_file.h"
#include "device/backend.h"

/* One launch of each step. */
typedef struct gf_cl_stage {
    gf_ndrange_plan plan;
    char *options;
    cl_program program;
    cl_kernel kernel;
    gf_program_key
        key;     /* of the saved binary; no bytes: an earlier stage has it, or there is none */
    bool loaded; /* from a binary */
    uint64_t build_ns; /* what compiling took, now or when the binary was saved */
} gf_cl_stage;

struct gf_program {
    gf_device *device;
    const gf_problem *problem; /* as prepared; after a launch of a part, `part` */
    gf_problem part;           /* the problem of the part that was launched last */
    const gf_ndrange_variant *variant;
    gf_cl_stage stages[GF_MAX_STAGES];
    uint32_t stage_count;
    bool launched;           /* false: the first launch, in which drivers may still compile */
    gf_cl_signals *signals;  /* saved at the first launch, until its finish */
    bool swapped;            /* the pair's state after the launches so far */
    uint64_t steps_launched; /* by these, unless they are a pipeline's */
    uint64_t launched_at_ns; /* by the host's clock */
    gf_cl_launches launches;
    gf_cl_handover down;     /* to the host, at the end of the launch under way */
    uint64_t up_ns, down_ns; /* what handing over took in the finished launch */
    char note[512];
};
