#define _GNU_SOURCE 1 /* strdup with any language level */

#include "backends/opencl/drivers/icd.h"
#include "backends/opencl/drivers/icd_examine.h"
#include "backends/opencl/drivers/probe.h"
#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VENDORS "OCL_ICD_VENDORS"

struct gf_icd_guard {
    char *directory;            /* NULL: nothing is hidden */
    char *old_vendors;          /* the variable's value before; NULL: it was not set */
    const gf_device_sink *sink; /* during gf_icd_guard_create */
    size_t warnings, drivers;
};

static gf_status report_problems(const gf_icd_examination *e, const gf_device_sink *sink,
                                 gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; i < e->set.count && status == GF_OK; i++)
        if (e->verdicts[i].problem[0] != '\0')
            status = sink->add_warning(sink->context, e->verdicts[i].problem, error);
    return status;
}

/* When a variable leads to a place without drivers, the variable is the cause. */
static gf_status report_misleading_variable(const gf_icd_set *set, const gf_device_sink *sink,
                                            gf_error *error) {
    const char *name = gf_icd_source_name(set->source);
    if (set->count > 0 || name[0] == '\0')
        return GF_OK;
    char line[GF_PROBE_PROBLEM];
    snprintf(line, sizeof line, "no OpenCL driver: %s=%.300s %s; unset %s", name, set->where,
             set->place == GF_ICD_NOWHERE ? "names nothing that can be read"
                                          : "has no .icd file in it",
             name);
    return sink->add_warning(sink->context, line, error);
}

static gf_status report_untested(const gf_error *cause, const gf_device_sink *sink,
                                 gf_error *error) {
    char line[GF_PROBE_PROBLEM];
    if (cause->status == GF_INTERRUPTED)
        return gf_error_interrupted(error);
    snprintf(line, sizeof line, "OpenCL drivers are loaded untested: %.500s", cause->text);
    return sink->add_warning(sink->context, line, error);
}

/* When a probe can't be started (no room for its directory, no process available) drivers that work
 * must stay usable. */
gf_status gf_icd_examine_for_workers(gf_icd_examination *e, const char *program,
                                     const gf_device_sink *sink, gf_error *error) {
    gf_status status = report_misleading_variable(&e->set, sink, error);
    if (status != GF_OK || e->set.count == 0)
        return status;
    gf_error cause = GF_ERROR_INIT;
    status = gf_icd_examine_each(e, program, &cause);
    if (status != GF_OK)
        status = report_untested(&cause, sink, error);
    else
        status = report_problems(e, sink, error);
    gf_error_clear(&cause);
    return status;
}

/* ---- The guard --------------------------------------------------------- */

/* Counts the warnings on their way to the sink. */
static gf_status add_warning(void *context, const char *line, gf_error *error) {
    gf_icd_guard *guard = context;
    guard->warnings++;
    return guard->sink->add_warning(guard->sink->context, line, error);
}

static gf_status hide_dangerous(gf_icd_guard *guard, const gf_icd_examination *e, gf_error *error) {
    bool any = false;
    for (size_t i = 0; i < e->set.count; i++)
        any = any || e->verdicts[i].hidden;
    if (!any)
        return GF_OK;
    gf_status status = gf_private_directory_create(&guard->directory, error);
    for (size_t i = 0; i < e->set.count && status == GF_OK; i++)
        if (!e->verdicts[i].hidden && e->set.drivers[i].library[0] != '\0')
            status = gf_icd_show(&e->set.drivers[i], guard->directory, error);
    const char *old = getenv(VENDORS);
    if (status == GF_OK && old != NULL && (guard->old_vendors = strdup(old)) == NULL)
        status = gf_error_no_memory(error, "an environment variable", strlen(old));
    if (status == GF_OK && setenv(VENDORS, guard->directory, 1) != 0)
        status = gf_error_set_errno(error, GF_FAILED, errno, "cannot set " VENDORS);
    if (status != GF_OK) {
        gf_private_directory_remove(guard->directory);
        guard->directory = NULL;
    }
    return status;
}

/* Without a probe drivers are loaded as without a guard. */
static gf_status guard_drivers(gf_icd_guard *guard, gf_icd_examination *e, const char *program,
                               gf_error *error) {
    const gf_device_sink counting = {guard, NULL, add_warning, NULL};
    gf_status status = report_misleading_variable(&e->set, &counting, error);
    if (status != GF_OK || program == NULL || e->set.count == 0)
        return status;
    gf_error cause = GF_ERROR_INIT;
    if (gf_icd_examine(e, program, &cause) != GF_OK) {
        status = report_untested(&cause, &counting, error);
        gf_error_clear(&cause);
        return status;
    }
    status = hide_dangerous(guard, e, error);
    return status == GF_OK ? report_problems(e, &counting, error) : status;
}

gf_status gf_icd_guard_create(const gf_device_sink *sink, const volatile sig_atomic_t *cancel,
                              gf_icd_guard **guard, gf_error *error) {
    gf_icd_guard *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "the driver guard", sizeof *made);
    made->sink = sink;
    gf_icd_examination e;
    gf_status status = gf_icd_examination_create(&e, error);
    if (status == GF_OK) {
        made->drivers = e.set.count;
        e.cancel = cancel;
        char *program = gf_worker_program();
        status = guard_drivers(made, &e, program, error);
        free(program);
    }
    gf_icd_examination_clear(&e);
    if (status == GF_OK)
        *guard = made;
    else
        gf_icd_guard_destroy(made);
    return status;
}

size_t gf_icd_guard_warnings(const gf_icd_guard *guard) {
    return guard->warnings;
}

size_t gf_icd_guard_drivers(const gf_icd_guard *guard) {
    return guard->drivers;
}

void gf_icd_guard_destroy(gf_icd_guard *guard) {
    if (guard == NULL)
        return;
    if (guard->directory != NULL) {
        /* Someone else's later value stays. */
        const char *now = getenv(VENDORS);
        const bool unchanged = now != NULL && strcmp(now, guard->directory) == 0;
        if (unchanged && guard->old_vendors != NULL)
            (void)setenv(VENDORS, guard->old_vendors, 1);
        else if (unchanged)
            (void)unsetenv(VENDORS);
        gf_private_directory_remove(guard->directory);
    }
    free(guard->old_vendors);
    free(guard);
}
