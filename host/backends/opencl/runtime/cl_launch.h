/* Launching a program's kernel and waiting for it. */
#pragma once

#include "backends/opencl/cl/cl_floor.h"
#include "backends/opencl/runtime/stage/cl_program_state.h"

/* A part of the plan's NDRange. */
typedef struct gf_cl_band {
    size_t offset[3], global[3];
} gf_cl_band;

/* Starts a series of launches: none is under way, and the pair is in this state. */
void gf_cl_launch_begin(gf_program *program, bool swapped);

/* Enqueues one launch of a stage, of the band (NULL: of the whole NDRange), that also waits for
 * `after`, if not NULL. */
gf_status gf_cl_enqueue(gf_program *program, const gf_cl_stage *stage, const gf_cl_band *band,
                        cl_event after, gf_error *error);

/* Enqueues all stages once. */
gf_status gf_cl_enqueue_stages(gf_program *program, const cl_mem *memories, gf_error *error);

/* Enqueues `step_count` steps from step `first` on. `readers`: NULL, or for each buffer the event
 * of a transfer from it that may be under way (or NULL): the launch that overwrites the buffer
 * waits for the transfer and releases the event. */
gf_status gf_cl_enqueue_steps(gf_program *program, uint64_t first, uint64_t step_count,
                              const cl_mem *memories, cl_event *readers,
                              const volatile sig_atomic_t *cancel, gf_error *error);

/* Waits for launches under way and forgets them. For release and after errors. */
void gf_cl_launch_drop(gf_program *program);

/* Releases an event, if there is one. */
void gf_cl_release_event(cl_event *event);

/* Slots of the backend. */
gf_status gf_cl_launch(gf_program *program, const gf_launch *launch, gf_error *error);
gf_status gf_cl_finish(gf_program *program, bool *swapped, gf_error *error);
void gf_cl_transfer_times(const gf_program *program, uint64_t *up_ns, uint64_t *down_ns);
void gf_cl_settle(gf_program *program);
uint32_t gf_cl_stage_times(const gf_program *program, uint64_t stage_ns[GF_MAX_STAGES]);
bool gf_cl_device_time(const gf_program *program, uint64_t *kernel_ns, const char **clock,
                       const char **reason);
