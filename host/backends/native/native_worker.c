#include "backends/native/native_worker.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "worker/program.h"
#include "worker/proxy/proxy.h"
#include "worker/server/server.h"

/* The process has no driver to load. */
#define LIST_S 60.0

struct gf_native_worker {
    char *program;
    char threads[16], deadline[32];
    const char *isa; /* NULL: the best */
    gf_proxy *proxy;
};

/* ---- Starting ---------------------------------------------------------- */

static gf_status begin_start(void *context, const char *arguments[GF_LAUNCHER_ARGUMENTS],
                             gf_error *error) {
    const gf_native_worker *worker = context;
    size_t used = 0;
    (void)error; /* nothing here can fail */
    arguments[used++] = worker->program;
    arguments[used++] = "threads";
    arguments[used++] = worker->threads;
    arguments[used++] = "deadline";
    arguments[used++] = worker->deadline;
    if (worker->isa != NULL) {
        arguments[used++] = "isa";
        arguments[used++] = worker->isa;
    }
    arguments[used] = NULL;
    return GF_OK;
}

static void end_start(void *context) {
    (void)context;
}

static char *find_program(void) {
#ifdef GF_NATIVE_PATH
    return gf_helper_program("gpufare-native", "GPUFARE_NATIVE", GF_NATIVE_PATH);
#else
    return gf_helper_program("gpufare-native", "GPUFARE_NATIVE", NULL);
#endif
}

static gf_status add_device(gf_native_worker *worker, void *local, const gf_device_sink *sink,
                            gf_error *error) {
    const gf_launcher launcher = {.begin = begin_start,
                                  .end = end_start,
                                  .context = worker,
                                  .subject = "device native",
                                  .culprit = "the CPU kernel of",
                                  .id = "native",
                                  .local_state = local};
    uint32_t next_platform = 0;
    bool own = false;
    return gf_proxy_add(worker->proxy, &launcher, LIST_S, &next_platform, sink, &own, error);
}

gf_status gf_native_worker_create(const gf_session_options *options, void *local,
                                  const gf_device_sink *sink, gf_native_worker **worker,
                                  gf_error *error) {
    char *program = find_program();
    if (program == NULL)
        return GF_OK;
    gf_native_worker *made = calloc(1, sizeof *made);
    if (made == NULL) {
        free(program);
        return gf_error_no_memory(error, "the native worker", sizeof *made);
    }
    made->program = program;
    made->isa = options->isa;
    snprintf(made->threads, sizeof made->threads, "%u", options->thread_count);
    snprintf(made->deadline, sizeof made->deadline, "%.3f", options->deadline_s);
    gf_status status = gf_proxy_create(&gf_backend_native, options, &made->proxy, error);
    if (status == GF_OK)
        status = add_device(made, local, sink, error);
    /* A device that is in the sink already refers to the worker. */
    *worker = made;
    return status;
}

void gf_native_worker_destroy(gf_native_worker *worker) {
    if (worker == NULL)
        return;
    gf_proxy_destroy(worker->proxy);
    free(worker->program);
    free(worker);
}

/* ---- In the process ---------------------------------------------------- */

static gf_session_options served; /* of the one parent that a process has */

static gf_status enumerate(uint32_t first_platform, const gf_device_sink *sink, void **state,
                           gf_error *error) {
    (void)first_platform; /* the native device has no platform number */
    return gf_backend_native.enumerate(&served, sink, state, error);
}

int gf_native_serve(const gf_session_options *options, int socket,
                    void (*computes)(const gf_program *program, bool ends)) {
    served = *options;
    served.in_process = served.loads_kernels = true;
    const gf_service service = {.backend = &gf_backend_native,
                                .enumerate = enumerate,
                                .shut_down = gf_backend_native.shut_down,
                                .computes = computes};
    return gf_serve(&service, socket);
}
