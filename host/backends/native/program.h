/* Running a kernel of the generated table: slots of the backend. */
#pragma once

#include "device/backend.h"

void gf_native_tunables(const gf_device *device, const gf_problem *problem, const char *variant,
                        gf_tuning *tuning);
bool gf_native_tuning_key(const gf_device *device, const gf_problem *problem, char *text,
                          size_t size);
gf_status gf_native_prepare(gf_device *device, const gf_problem *problem, const char *variant,
                            const gf_tuning *tuning, gf_program **program, gf_error *error);
void gf_native_program_release(gf_program *program);
const char *gf_native_program_note(const gf_program *program);
void gf_native_build_history(gf_program *program, uint64_t build_ns, gf_build_history *history);
gf_lane_group gf_native_lane_group(const gf_program *program);
gf_status gf_native_launch(gf_program *program, const gf_launch *launch, gf_error *error);
void gf_native_settle(gf_program *program);
gf_status gf_native_finish(gf_program *program, bool *swapped, gf_error *error);

/* gf_service.computes: limits the time of processors that a round trip takes, of this process. */
void gf_native_limit_time(const gf_program *program, bool ends);
