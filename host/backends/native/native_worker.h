/* The native device in a process of its own, gpufare-native, where code that a workload brings can
 * do no harm: it may crash, hang, or take what memory there is. */
#pragma once

#include "device/backend.h"

extern const gf_backend gf_backend_native; /* the device of this process */

typedef struct gf_native_worker gf_native_worker;

/* Starts the process and adds its device to the sink. `local`: gf_device.state of the native device
 * in this process; outlives the worker. *worker stays NULL, with GF_OK, where the program is not
 * found. */
gf_status gf_native_worker_create(const gf_session_options *options, void *local,
                                  const gf_device_sink *sink, gf_native_worker **worker,
                                  gf_error *error);
/* Accepts NULL. */
void gf_native_worker_destroy(gf_native_worker *worker);

/* In that process: serves its device to the parent behind the socket. Returns the exit status.
 * `options`: thread_count, isa and deadline_s of the parent's session; `computes`: as in
 * gf_service.
 */
int gf_native_serve(const gf_session_options *options, int socket,
                    void (*computes)(const gf_program *program, bool ends));
