/* Keeping the process safe from OpenCL drivers.
 *
 * A driver is a library that the ICD loader loads into this process; one that crashes, hangs or
 * calls exit() takes the process with it. The guard tries each driver in a child process first
 * and hides the dangerous ones from the loader.
 */
#pragma once

#include "backends/opencl/drivers/icd_examine.h"
#include "device/backend.h"

typedef struct gf_icd_guard gf_icd_guard;

/* Call before the first OpenCL call of the process. Probes every installed driver, all at the same
 * time, or takes a recent result from $XDG_CACHE_HOME/gpufare; adds one warning to the sink for
 * each that crashes, hangs or fails. If one is dangerous, points OCL_ICD_VENDORS at a private
 * directory that shows the others. Without a probe program drivers load unprobed.
 * GF_INTERRUPTED: `cancel` (may be NULL) was set meanwhile.
 * Changes the environment (setenv): no other thread may read it meanwhile. */
gf_status gf_icd_guard_create(const gf_device_sink *sink, const volatile sig_atomic_t *cancel,
                              gf_icd_guard **guard, gf_error *error);

/* Number of warnings that the sink got. */
size_t gf_icd_guard_warnings(const gf_icd_guard *guard);
/* Number of drivers that are installed, sound or not. */
size_t gf_icd_guard_drivers(const gf_icd_guard *guard);

/* Removes the directory and restores the environment. The loader reads both during the first
 * OpenCL call only, so that the guard may go right after it. Accepts NULL. */
void gf_icd_guard_destroy(gf_icd_guard *guard);

/* For drivers that run in workers: examines each alone and adds a warning for each that crashes,
 * hangs or fails. Nothing is hidden. */
gf_status gf_icd_examine_for_workers(gf_icd_examination *e, const char *program,
                                     const gf_device_sink *sink, gf_error *error);
