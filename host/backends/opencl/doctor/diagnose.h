/* Walking the rules of the diagnosis over a set-up. */
#pragma once

#include "backends/opencl/doctor/setup.h"
#include "device/backend.h"

/* Evaluates all groups of rules in the report's order and puts their rows in the sink.
 * GF_NO_DEVICE: no OpenCL device is usable. GF_INTERRUPTED: not all drivers were probed, and the
 * rows are those that do not depend on the others. */
gf_status gf_diagnose_setup(const gf_opencl_setup *setup, const gf_diagnosis_sink *sink,
                            gf_error *error);

/* The diagnose slot of the OpenCL backend: examines loader, drivers, devices, permissions, kernel
 * cache, environment and machine; always probes. GF_OK: a device is usable; GF_NO_DEVICE: none is,
 * and the rows say why; GF_INTERRUPTED: as above; else the examination itself failed. */
gf_status gf_opencl_diagnose(const volatile sig_atomic_t *cancel, const gf_diagnosis_sink *sink,
                             gf_error *error);
