#include "backends/opencl/drivers/probe.h"
#include "backends/opencl/drivers/probe_child.h"
#include "base/array.h"
#include "base/cancel.h"
#include "base/error.h"
#include "worker/program.h"

#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_LIMIT 10.0 /* seconds; GPU drivers take up to 5 to wake a sleeping device */
#define MAX_LIMIT     3600.0
#define MAX_STREAMS   128 /* of one poll: two for each child */

/* ---- The program ------------------------------------------------------- */

char *gf_worker_program(void) {
#ifdef GF_WORKER_PATH
    return gf_helper_program("gpufare-worker", "GPUFARE_WORKER", GF_WORKER_PATH);
#else
    return gf_helper_program("gpufare-worker", "GPUFARE_WORKER", NULL);
#endif
}

bool gf_probe_read_limit(const char *text, double *seconds) {
    *seconds = DEFAULT_LIMIT;
    if (text == NULL || text[0] == '\0')
        return true;
    char *end;
    const double given = strtod(text, &end);
    if (*end != '\0' || !isfinite(given) || given <= 0)
        return false;
    *seconds = fmin(given, MAX_LIMIT);
    return true;
}

static double time_limit(void) {
    double seconds = 0;
    (void)gf_probe_read_limit(getenv("GPUFARE_PROBE_TIMEOUT"), &seconds);
    return seconds;
}

gf_status gf_probe_check_environment(gf_error *error) {
    double seconds = 0;
    if (!gf_probe_read_limit(getenv("GPUFARE_PROBE_TIMEOUT"), &seconds))
        return gf_error_set(error, GF_USAGE,
                            "GPUFARE_PROBE_TIMEOUT %s: give seconds, more than 0 and up to %.0f",
                            getenv("GPUFARE_PROBE_TIMEOUT"), MAX_LIMIT);
    const char *chosen = getenv("GPUFARE_WORKER");
    char *program = gf_worker_program();
    const bool found = program != NULL || chosen == NULL || chosen[0] == '\0';
    free(program);
    if (found)
        return GF_OK;
    return gf_error_set(error, GF_USAGE,
                        "GPUFARE_WORKER %s: no program of that name can be run; unset it, or give "
                        "the path of gpufare-worker",
                        chosen);
}

/* ---- Running children --------------------------------------------------- */

typedef struct probe_run {
    gf_probe_child child;
    char *directory; /* the private one that shows the child its drivers */
} probe_run;

static gf_status show_drivers(probe_run *started, const gf_probe_request *request,
                              gf_error *error) {
    gf_status status = gf_private_directory_create(&started->directory, error);
    for (size_t i = 0; i < request->count && status == GF_OK; i++)
        status = gf_icd_show(&request->drivers[i], started->directory, error);
    return status;
}

static gf_status start_child(probe_run *started, const char *program,
                             const gf_probe_request *request, gf_error *error) {
    const gf_status status = show_drivers(started, request, error);
    if (status != GF_OK)
        return status;
    const char *arguments[8] = {program, "vendors", started->directory};
    size_t used = 3;
    if (request->list_only)
        arguments[used++] = "list";
    if (request->fresh)
        arguments[used++] = "fresh";
    if (request->count == 1) {
        arguments[used++] = "library";
        arguments[used++] = request->drivers[0].library;
    }
    return gf_probe_child_start(&started->child, arguments, error);
}

/* Waits until a child writes something, but only briefly, because no descriptor shows the end of a
 * child that passed its pipes on to processes that live on. */
static void wait_for_output(const probe_run *runs, size_t count) {
    struct pollfd streams[MAX_STREAMS];
    nfds_t used = 0;
    bool ending = false;
    for (size_t i = 0; i < count; i++) {
        const gf_probe_child *child = &runs[i].child;
        const int descriptors[2] = {child->report_fd, child->process.noise_fd};
        if (child->process.pid == 0)
            continue;
        ending = ending || child->report_fd < 0;
        for (size_t j = 0; j < 2 && used < MAX_STREAMS; j++)
            if (descriptors[j] >= 0)
                streams[used++] = (struct pollfd){descriptors[j], POLLIN, 0};
    }
    (void)poll(streams, used, ending ? 1 : 20);
}

/* Whether a child runs on. One that is ended because of `cancel` has no result. */
static bool runs_on(gf_probe_child *child, double limit, bool cancelled) {
    if (child->process.pid == 0)
        return false;
    if (gf_probe_child_runs(child, cancelled ? 0 : limit))
        return true;
    if (cancelled && child->result->end == GF_PROBE_TIMED_OUT)
        gf_probe_result_clear(child->result);
    return false;
}

static void wait_for_all(probe_run *runs, size_t count, double limit,
                         const volatile sig_atomic_t *cancel) {
    for (bool waiting = true; waiting;) {
        wait_for_output(runs, count);
        const bool cancelled = gf_cancelled(cancel);
        waiting = false;
        for (size_t i = 0; i < count; i++)
            waiting = runs_on(&runs[i].child, limit, cancelled) || waiting;
    }
}

gf_status gf_probe_run(const char *program, const gf_probe_request *requests, size_t count,
                       const volatile sig_atomic_t *cancel, gf_probe_result *results,
                       gf_error *error) {
    for (size_t i = 0; i < count; i++)
        results[i] = (gf_probe_result){0};
    probe_run *runs = calloc(count + 1, sizeof *runs);
    if (runs == NULL)
        return gf_error_no_memory(error, "driver probes", count * sizeof *runs);
    const double limit = time_limit();
    gf_status status = GF_OK;
    for (size_t i = 0; i < count; i++) {
        runs[i].child = gf_probe_child_new(&results[i]);
        if (status == GF_OK && requests[i].count > 0)
            status = start_child(&runs[i], program, &requests[i], error);
    }
    wait_for_all(runs, count, status == GF_OK ? limit : 0.0, cancel);
    if (status == GF_OK && gf_cancelled(cancel))
        status = gf_error_interrupted(error);
    for (size_t i = 0; i < count; i++) {
        gf_probe_child_clear(&runs[i].child);
        gf_private_directory_remove(runs[i].directory);
        if (status != GF_OK && status != GF_INTERRUPTED)
            gf_probe_result_clear(&results[i]);
    }
    free(runs);
    return status;
}
