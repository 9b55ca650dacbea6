/* OpenCL's devices in workers, one for each driver (docs/workers.md). */
#pragma once

#include "device/backend.h"

extern const gf_backend gf_backend_opencl; /* the devices of this process */

typedef struct gf_opencl_workers gf_opencl_workers;

/* Finds the drivers, starts a worker for each that is not known to fail, and adds its devices to
 * the sink; a driver that fails is a warning. *workers stays NULL, with GF_OK, when the program of
 * the workers is not found. */
gf_status gf_opencl_workers_create(const gf_session_options *options, const gf_device_sink *sink,
                                   gf_opencl_workers **workers, gf_error *error);
/* Accepts NULL. */
void gf_opencl_workers_destroy(gf_opencl_workers *workers);

/* In a worker: serves the requests that come from the socket. Returns the exit status.
 * `parent_gone`: as in gf_service. */
int gf_opencl_serve(int socket, void (*parent_gone)(void));
