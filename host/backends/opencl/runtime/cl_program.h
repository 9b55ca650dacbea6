/* Making a kernel ready for one problem: what the device must have, the plan, the sizes. */
#pragma once

#include "device/backend.h"

void gf_cl_tunables(const gf_device *device, const gf_problem *problem, const char *variant,
                    gf_tuning *tuning);
bool gf_cl_tuning_key(const gf_device *device, const gf_problem *problem, char *text, size_t size);
gf_status gf_cl_prepare(gf_device *device, const gf_problem *problem, const char *variant,
                        const gf_tuning *tuning, gf_program **program, gf_error *error);
void gf_cl_program_release(gf_program *program);
const char *gf_cl_program_note(const gf_program *program);
char *gf_cl_build_record(const gf_program *program);
gf_lane_group gf_cl_lane_group(const gf_program *program);
void gf_cl_build_history(gf_program *program, uint64_t build_ns, gf_build_history *history);
