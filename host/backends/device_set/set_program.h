/* A problem on a set of devices: the slots of its programs. */
#pragma once

#include "device/backend.h"

const char *gf_set_variant(const gf_device *device, const gf_workload *workload,
                           const gf_problem *problem, size_t index);
bool gf_set_knows_variant(const gf_workload *workload, const char *variant);
gf_status gf_set_prepare(gf_device *device, const gf_problem *problem, const char *variant,
                         const gf_tuning *tuning, gf_program **program, gf_error *error);
void gf_set_program_release(gf_program *program);
const char *gf_set_program_note(const gf_program *program);
gf_status gf_set_rehearse(gf_program *program, gf_buffer *buffers,
                          const volatile sig_atomic_t *cancel, gf_error *error);
void gf_set_settle(gf_program *program);
gf_status gf_set_launch(gf_program *program, const gf_launch *launch, gf_error *error);
gf_status gf_set_finish(gf_program *program, bool *swapped, gf_error *error);
bool gf_set_device_time(const gf_program *program, uint64_t *kernel_ns, const char **clock,
                        const char **reason);
const gf_shares *gf_set_shares(const gf_program *program);
