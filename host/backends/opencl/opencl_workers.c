#include "backends/opencl/opencl_workers.h"

#include <stdlib.h>
#include <string.h>

#include "backends/opencl/drivers/driver_failure.h"
#include "backends/opencl/drivers/icd.h"
#include "backends/opencl/drivers/icd_examine.h"
#include "backends/opencl/drivers/probe.h"
#include "backends/opencl/facts/fact_store.h"
#include "backends/opencl/runtime/cl_enumerate.h"
#include "backends/opencl/simulator/simulator.h"
#include "base/error.h"
#include "worker/proxy/proxy.h"
#include "worker/server/server.h"

/* A driver that was probed before loads within a second; GPUs take up to 5 to wake. */
#define LIST_S 60.0

typedef struct start {
    const gf_icd_driver *driver;
    const char *program;
    char *directory; /* the private one that shows the worker its driver */
    const char *log; /* NULL, or where a simulator writes what it finds */
} start;

struct gf_opencl_workers {
    char *program;
    gf_icd_examination examination;
    gf_icd_driver simulator; /* its texts are static or owned: library */
    start *starts;           /* one for each driver */
    gf_proxy *proxy;
};

/* ---- Starting workers -------------------------------------------------- */

static gf_status begin_start(void *context, const char *arguments[GF_LAUNCHER_ARGUMENTS],
                             gf_error *error) {
    start *s = context;
    gf_status status = gf_private_directory_create(&s->directory, error);
    if (status == GF_OK)
        status = gf_icd_show(s->driver, s->directory, error);
    if (status != GF_OK) {
        gf_private_directory_remove(s->directory);
        s->directory = NULL;
        return status;
    }
    size_t used = 0;
    arguments[used++] = s->program;
    arguments[used++] = "vendors";
    arguments[used++] = s->directory;
    if (s->log != NULL) {
        arguments[used++] = "simulate";
        arguments[used++] = s->log;
    }
    arguments[used++] = "serve";
    arguments[used] = NULL;
    return GF_OK;
}

static void end_start(void *context) {
    start *s = context;
    gf_private_directory_remove(s->directory);
    s->directory = NULL;
}

static void save_failure(void *context, const char *reason) {
    gf_driver_failure_save(((const start *)context)->driver, reason);
}

static void note_end(void *context, pid_t process) {
    (void)context;
    gf_fact_note_end(process);
}

static gf_launcher launcher_of(start *s) {
    gf_launcher launcher = {.begin = begin_start,
                            .end = end_start,
                            .failed = save_failure,
                            .context = s,
                            .ended_by_facts = note_end};
    gf_icd_format_driver(s->driver, launcher.subject, sizeof launcher.subject);
    return launcher;
}

/* A driver that fails is a warning; the others are still used. */
static gf_status add_driver(gf_opencl_workers *workers, size_t index, uint32_t *next_platform,
                            const gf_device_sink *sink, gf_error *error) {
    start *s = &workers->starts[index];
    *s = (start){&workers->examination.set.drivers[index], workers->program, NULL, NULL};
    const gf_launcher launcher = launcher_of(s);
    gf_error failure = GF_ERROR_INIT;
    bool own = false;
    const gf_status status =
        gf_proxy_add(workers->proxy, &launcher, LIST_S, next_platform, sink, &own, &failure);
    if (status == GF_OK)
        return GF_OK;
    if (status == GF_INTERRUPTED) {
        gf_error_clear(&failure);
        return gf_error_interrupted(error);
    }
    ++*next_platform; /* the ids of the others are the same when it works */
    char line[GF_ERROR_TEXT + 64];
    snprintf(line, sizeof line, "%s; not used; run `gpufare doctor`", failure.text);
    gf_error_clear(&failure);
    return sink->add_failure(sink->context, line, error);
}

static bool is_usable(const gf_icd_examination *e, size_t index) {
    return !e->verdicts[index].hidden && e->set.drivers[index].library[0] != '\0';
}

static gf_status add_drivers(gf_opencl_workers *workers, const gf_device_sink *sink,
                             gf_error *error) {
    gf_icd_examination *e = &workers->examination;
    gf_status status = gf_icd_examine_for_workers(e, workers->program, sink, error);
    uint32_t next_platform = 0;
    for (size_t i = 0; status == GF_OK && i < e->set.count; i++) {
        if (is_usable(e, i))
            status = add_driver(workers, i, &next_platform, sink, error);
    }
    return status;
}

/* ---- All workers ------------------------------------------------------- */

/* Counts what goes into the sink. */
typedef struct counter {
    const gf_device_sink *sink;
    size_t devices, warnings;
} counter;

static gf_status count_device(void *context, const gf_device *device, gf_error *error) {
    counter *c = context;
    c->devices++;
    return c->sink->add_device(c->sink->context, device, error);
}

static gf_status count_warning(void *context, const char *line, gf_error *error) {
    counter *c = context;
    c->warnings++;
    return c->sink->add_warning(c->sink->context, line, error);
}

static gf_status count_failure(void *context, const char *line, gf_error *error) {
    counter *c = context;
    c->warnings++;
    return c->sink->add_failure(c->sink->context, line, error);
}

static gf_status find_devices(gf_opencl_workers *workers, const gf_device_sink *sink,
                              gf_error *error) {
    counter counted = {sink, 0, 0};
    const gf_device_sink counting = {&counted, count_device, count_warning, count_failure};
    gf_status status = add_drivers(workers, &counting, error);
    if (status != GF_OK || counted.devices > 0 || counted.warnings > 0)
        return status;
    return gf_cl_report_no_platforms(sink, workers->examination.set.count, error);
}

/* The simulator alone, which needs no probe: it is no driver of the system's. */
static gf_status add_simulator(gf_opencl_workers *workers, const char *log,
                               const gf_device_sink *sink, gf_error *error) {
    static char label[] = "oclgrind", path[] = "";
    gf_icd_driver *driver = &workers->simulator;
    *driver = (gf_icd_driver){.path = path, .label = label, .library = gf_simulator_find(error)};
    if (driver->library == NULL)
        return error->status;
    start *s = &workers->starts[0];
    *s = (start){driver, workers->program, NULL, log};
    gf_launcher launcher = {
        .begin = begin_start, .end = end_start, .context = s, .culprit = "the simulator of"};
    snprintf(launcher.subject, sizeof launcher.subject, "kernels");
    uint32_t next_platform = 0;
    bool own = false;
    return gf_proxy_add(workers->proxy, &launcher, LIST_S, &next_platform, sink, &own, error);
}

gf_status gf_opencl_workers_create(const gf_session_options *options, const gf_device_sink *sink,
                                   gf_opencl_workers **workers, gf_error *error) {
    char *program = gf_worker_program();
    if (program == NULL)
        return GF_OK;
    gf_opencl_workers *made = calloc(1, sizeof *made);
    if (made == NULL) {
        free(program);
        return gf_error_no_memory(error, "workers", sizeof *made);
    }
    made->program = program;
    gf_status status = gf_icd_examination_create(&made->examination, error);
    made->examination.cancel = options->cancel;
    if (status == GF_OK) {
        made->starts = calloc(made->examination.set.count + 1, sizeof *made->starts);
        if (made->starts == NULL)
            status = gf_error_no_memory(error, "workers", sizeof *made->starts);
    }
    if (status == GF_OK)
        status = gf_proxy_create(&gf_backend_opencl, options, &made->proxy, error);
    if (status == GF_OK)
        status = options->simulator_log != NULL
                     ? add_simulator(made, options->simulator_log, sink, error)
                     : find_devices(made, sink, error);
    /* Devices that are in the sink already refer to the workers. */
    *workers = made;
    return status;
}

void gf_opencl_workers_destroy(gf_opencl_workers *workers) {
    if (workers == NULL)
        return;
    gf_proxy_destroy(workers->proxy);
    gf_icd_examination_clear(&workers->examination);
    free(workers->simulator.library);
    free(workers->starts);
    free(workers->program);
    free(workers);
}

/* ---- In the worker ----------------------------------------------------- */

/* The parent says it when no driver has a device. */
static gf_status enumerate(uint32_t first_platform, const gf_device_sink *sink, void **state,
                           gf_error *error) {
    const gf_cl_search where = {1, 1, first_platform};
    gf_cl_device *devices = NULL;
    const gf_status status = gf_cl_enumerate(sink, &where, &devices, error);
    *state = devices;
    return status;
}

static void shut_down(void *state) {
    gf_cl_devices_free(state);
}

int gf_opencl_serve(int socket, void (*parent_gone)(void)) {
    const gf_service service = {.backend = &gf_backend_opencl,
                                .enumerate = enumerate,
                                .shut_down = shut_down,
                                .parent_gone = parent_gone};
    return gf_serve(&service, socket);
}
