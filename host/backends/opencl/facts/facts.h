/* What small kernels find out about an OpenCL device, once for each device and driver. */
#pragma once

#include "backends/opencl/facts/fact_run.h"

/* Sets the claims of the driver; nothing is tried yet. */
void gf_facts_read_claims(cl_device_id id, const gf_device_info *device, gf_fact *facts);
/* Adds what an earlier process has found. Returns true if nothing is left to be tried. */
bool gf_facts_load(const gf_device_info *device, gf_fact *facts);
/* Tries all that is not known, on an open device, and keeps it. A fact whose trial ended the
 * driver's process before counts as unknown and is not tried again. Ends early, without a result
 * for the rest, when `cancel`, which may be NULL, is set. */
void gf_facts_find(const gf_fact_bench *bench, const gf_device_info *device,
                   const volatile sig_atomic_t *cancel, gf_fact *facts);
/* Lowers limits that the device does not hold to those that it does. */
void gf_facts_apply(const gf_fact *facts, gf_device_info *device);
