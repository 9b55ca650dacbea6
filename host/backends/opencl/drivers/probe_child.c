#include "backends/opencl/drivers/probe_child.h"
#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REPORT_LIMIT ((size_t)4 << 20) /* a child that writes more is ended */

gf_probe_child gf_probe_child_new(gf_probe_result *result) {
    return (gf_probe_child){.process = gf_child_new(), .report_fd = -1, .result = result};
}

gf_status gf_probe_child_start(gf_probe_child *child, const char *const *arguments,
                               gf_error *error) {
    int report[2];
    if (!gf_child_pipe(report))
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot make a pipe");
    child->patience = gf_patience_begin();
    const gf_status status = gf_child_start(&child->process, arguments, report[1], error);
    close(report[1]);
    if (status == GF_OK)
        child->report_fd = report[0];
    else
        close(report[0]);
    return status;
}

/* ---- Reading ----------------------------------------------------------- */

static bool keep_report(gf_probe_child *child, const char *bytes, size_t count) {
    if (count > REPORT_LIMIT - child->report_length)
        return false;
    const size_t needed = child->report_length + count + 1;
    if (needed > child->report_capacity) {
        char *grown = realloc(child->report, needed * 2);
        if (grown == NULL)
            return false;
        child->report = grown;
        child->report_capacity = needed * 2;
    }
    memcpy(child->report + child->report_length, bytes, count);
    child->report_length += count;
    child->report[child->report_length] = '\0';
    return true;
}

/* Reads what has arrived; closes the pipe at its end. */
static void drain_report(gf_probe_child *child) {
    char bytes[4096];
    while (child->report_fd >= 0) {
        const ssize_t count = read(child->report_fd, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            return;
        if (count > 0 && keep_report(child, bytes, (size_t)count))
            continue;
        close(child->report_fd);
        child->report_fd = -1;
    }
}

static void drain_both(gf_probe_child *child) {
    drain_report(child);
    gf_child_drain(&child->process);
}

/* The last complete line is the newest report. */
static void parse_report(gf_probe_child *child) {
    if (child->report == NULL)
        return;
    char *end = strrchr(child->report, '\n');
    if (end == NULL)
        return;
    *end = '\0';
    const char *before = strrchr(child->report, '\n');
    child->result->report = json_loads(before != NULL ? before + 1 : child->report, 0, NULL);
}

/* ---- Ending ------------------------------------------------------------ */

/* A process that ignores SIGCHLD does not learn how the child ended; the report alone then decides.
 */
static void complete_result(gf_probe_child *child) {
    gf_probe_result *result = child->result;
    drain_report(child);
    parse_report(child);
    memcpy(result->noise, child->process.noise, sizeof result->noise);
    result->seconds = gf_patience_seconds(&child->patience);
    if (result->end == GF_PROBE_TIMED_OUT)
        return;
    result->code = child->process.code;
    if (child->process.end == GF_CHILD_KILLED)
        result->end = GF_PROBE_CRASHED;
    else
        result->end =
            gf_probe_flag(result->report, "complete") ? GF_PROBE_FINISHED : GF_PROBE_EXITED;
}

bool gf_probe_child_runs(gf_probe_child *child, double limit) {
    drain_both(child);
    const bool late = gf_patience_seconds(&child->patience) > limit;
    if (!gf_child_reap(&child->process)) {
        if (!late)
            return true;
        child->result->end = GF_PROBE_TIMED_OUT;
        gf_child_kill(&child->process);
    }
    complete_result(child);
    return false;
}

void gf_probe_child_clear(gf_probe_child *child) {
    gf_child_clear(&child->process);
    if (child->report_fd >= 0)
        close(child->report_fd);
    free(child->report);
}
