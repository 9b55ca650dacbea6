/* The guard: which drivers are safe, and hiding the others from the loader. */
#define _GNU_SOURCE 1 /* strdup with any language level */

#include "backends/opencl/drivers/icd.h"

#include "backends/opencl/drivers/icd_find.h"
#include "backends/opencl/drivers/probe.h"
#include "backends/opencl/drivers/probe_cache.h"
#include "backends/opencl/drivers/probe_text.h"
#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VENDORS "OCL_ICD_VENDORS"

struct gf_icd_guard {
    char *directory;   /* NULL: nothing is hidden */
    char *old_vendors; /* the variable's value before; NULL: it was not set */
};

/* What is known of one driver. */
typedef struct verdict {
    char *key;     /* in the cache; NULL: memory was out, nothing is remembered */
    char *library; /* its real path; NULL: not known */
    bool known;    /* from the cache or from a probe */
    bool hidden;
    char problem[GF_PROBE_PROBLEM]; /* one line, or "" */
} verdict;

typedef struct examination {
    const char *program;
    gf_icd_set set;
    verdict *verdicts; /* set.count of them */
    bool any_probed;   /* false: all is known from the cache */
    const gf_device_sink *sink;
} examination;

/* ---- From a probe to a line -------------------------------------------- */

/* "OpenCL driver libpocl.so.2 (pocl.icd)" */
static void name_driver(const gf_icd_driver *driver, char *text, size_t bytes) {
    const char *slash = strrchr(driver->library, '/');
    const char *library = slash != NULL ? slash + 1 : driver->library;
    if (library[0] != '\0')
        snprintf(text, bytes, "OpenCL driver %s (%s)", library, driver->label);
    else
        snprintf(text, bytes, "OpenCL driver file %s", driver->label);
}

static void set_problem(verdict *v, const gf_icd_driver *driver, const char *what, bool used) {
    char name[200];
    name_driver(driver, name, sizeof name);
    snprintf(v->problem, sizeof v->problem, "%s: %.300s; %srun `gpufare doctor`", name, what,
             used ? "" : "not used; ");
}

/* The first device that failed its test; NULL if all works. */
static const json_t *failed_device(const json_t *report) {
    size_t i, j;
    const json_t *platform, *device;
    json_array_foreach(json_object_get(report, "platforms"), i, platform) {
        json_array_foreach(json_object_get(platform, "devices"), j, device) {
            if (json_object_get(device, "error") != NULL)
                return device;
        }
    }
    return NULL;
}

/* Empty platforms and old versions are not told here: who lists the devices sees those too. */
static void judge(verdict *v, const gf_icd_driver *driver, const gf_probe_result *result) {
    char what[300], reason[256];
    const json_t *error = json_object_get(result->report, "error");
    const json_t *device = failed_device(result->report);
    v->known = result->end != GF_PROBE_NOT_RUN;
    v->hidden = gf_probe_is_dangerous(result);
    if (v->hidden) {
        gf_probe_format_end(result, what, sizeof what);
        set_problem(v, driver, what, false);
    } else if (error != NULL && strcmp(gf_probe_text(error, "stage"), "load") == 0) {
        gf_probe_format_error(error, reason, sizeof reason);
        snprintf(what, sizeof what, "its library can't be loaded: %s", reason);
        set_problem(v, driver, what, false);
    } else if (device != NULL) {
        gf_probe_format_error(json_object_get(device, "error"), reason, sizeof reason);
        snprintf(what, sizeof what, "device \"%.80s\" failed a test: %.180s",
                 gf_probe_text(device, "name"), reason);
        set_problem(v, driver, what, true);
    }
    const char *library = gf_probe_text(result->report, "library");
    if (library[0] != '\0')
        v->library = strdup(library);
}

static void remember(const verdict *v) {
    const char *const libraries[] = {v->library};
    if (v->key != NULL && v->library != NULL && v->known && !v->hidden)
        gf_probe_cache_store(v->key, libraries, 1, v->problem);
}

/* ---- Each driver alone ------------------------------------------------- */

/* What needs no child: a remembered result, or a file that names no library. */
static void judge_unprobed(examination *e, size_t index) {
    const gf_icd_driver *driver = &e->set.drivers[index];
    verdict *v = &e->verdicts[index];
    v->key = gf_probe_cache_key(driver, 1);
    if (driver->library[0] == '\0') {
        char what[200];
        snprintf(what, sizeof what, "%s",
                 driver->read_error != 0 ? strerror(driver->read_error) : "it names no library");
        v->known = true;
        set_problem(v, driver, what, false);
    } else if (v->key != NULL && gf_probe_cache_load(v->key, v->problem)) {
        v->known = true;
    }
}

static gf_status probe_unknown(examination *e, gf_error *error) {
    const size_t count = e->set.count;
    gf_probe_request *requests = calloc(count + 1, sizeof *requests);
    gf_probe_result *results = calloc(count + 1, sizeof *results);
    gf_status status = GF_OK;
    if (requests == NULL || results == NULL) {
        status = gf_error_no_memory(error, "driver probes", count * sizeof *results);
    } else {
        for (size_t i = 0; i < count; i++)
            requests[i] = (gf_probe_request){.drivers = &e->set.drivers[i],
                                             .count = e->verdicts[i].known ? 0 : 1};
        status = gf_probe_run(e->program, requests, count, results, error);
    }
    for (size_t i = 0; status == GF_OK && i < count; i++) {
        if (e->verdicts[i].known)
            continue;
        e->any_probed = true;
        judge(&e->verdicts[i], &e->set.drivers[i], &results[i]);
        remember(&e->verdicts[i]);
        gf_probe_result_clear(&results[i]);
    }
    free(requests);
    free(results);
    return status;
}

static gf_status examine_each(examination *e, gf_error *error) {
    bool all_known = true;
    for (size_t i = 0; i < e->set.count; i++) {
        judge_unprobed(e, i);
        all_known = all_known && e->verdicts[i].known;
    }
    return all_known ? GF_OK : probe_unknown(e, error);
}

/* ---- All drivers together ---------------------------------------------- */

/* Drivers that are fine alone can kill the process together, as two do that hold the same LLVM.
 * Lists `count` drivers in one child, unless they are known to agree and none is new. */
static gf_status survive_together(const examination *e, const gf_icd_driver *drivers, size_t count,
                                  gf_probe_result *result, gf_error *error) {
    const gf_probe_request request = {.drivers = drivers, .count = count, .list_only = true};
    char *key = gf_probe_cache_key(drivers, count);
    char problem[GF_PROBE_PROBLEM];
    *result = (gf_probe_result){0};
    gf_status status = GF_OK;
    if (key == NULL || e->any_probed || !gf_probe_cache_load(key, problem)) {
        status = gf_probe_run(e->program, &request, 1, result, error);
        if (status == GF_OK && !gf_probe_is_dangerous(result) && key != NULL)
            gf_probe_cache_store(key, NULL, 0, "");
    }
    free(key);
    return status;
}

/* Adds one driver after the other and hides each that brings the others down. */
static gf_status find_conflicts(examination *e, gf_icd_driver *together, gf_error *error) {
    size_t count = 0;
    gf_status status = GF_OK;
    for (size_t i = 0; i < e->set.count && status == GF_OK; i++) {
        if (e->verdicts[i].hidden)
            continue;
        together[count++] = e->set.drivers[i];
        gf_probe_result result = {0};
        if (count > 1)
            status = survive_together(e, together, count, &result, error);
        if (status == GF_OK && gf_probe_is_dangerous(&result)) {
            char end[160], what[300];
            gf_probe_format_end(&result, end, sizeof end);
            snprintf(what, sizeof what, "%s together with %s", end, together[count - 2].label);
            set_problem(&e->verdicts[i], &e->set.drivers[i], what, false);
            e->verdicts[i].hidden = true;
            count--;
        }
        gf_probe_result_clear(&result);
    }
    return status;
}

static gf_status examine_together(examination *e, gf_error *error) {
    gf_icd_driver *together = calloc(e->set.count + 1, sizeof *together);
    if (together == NULL)
        return gf_error_no_memory(error, "driver probes", e->set.count * sizeof *together);
    size_t count = 0;
    for (size_t i = 0; i < e->set.count; i++)
        if (!e->verdicts[i].hidden)
            together[count++] = e->set.drivers[i];
    gf_status status = GF_OK;
    gf_probe_result result = {0};
    if (count > 1)
        status = survive_together(e, together, count, &result, error);
    if (status == GF_OK && gf_probe_is_dangerous(&result))
        status = find_conflicts(e, together, error);
    gf_probe_result_clear(&result);
    free(together);
    return status;
}

/* ---- The guard --------------------------------------------------------- */

static gf_status tell(const examination *e, gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; i < e->set.count && status == GF_OK; i++)
        if (e->verdicts[i].problem[0] != '\0')
            status = e->sink->add_warning(e->sink->context, e->verdicts[i].problem, error);
    return status;
}

/* Nothing to be found where a variable points: the cause is the variable. */
static gf_status tell_nothing_found(const examination *e, gf_error *error) {
    const char *name = gf_icd_source_name(e->set.source);
    if (e->set.count > 0 || name[0] == '\0')
        return GF_OK;
    char line[GF_PROBE_PROBLEM];
    snprintf(line, sizeof line, "no OpenCL driver: %s=%.300s %s; unset %s", name, e->set.where,
             e->set.place == GF_ICD_NOWHERE ? "names nothing that can be read"
                                            : "has no .icd file in it",
             name);
    return e->sink->add_warning(e->sink->context, line, error);
}

static gf_status hide(gf_icd_guard *guard, const examination *e, gf_error *error) {
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

/* A probe that can't be started (no room for its directory, no process left) must not take away
 * drivers that work: they are loaded as without a guard. */
static gf_status examine(gf_icd_guard *guard, examination *e, gf_error *error) {
    gf_status status = tell_nothing_found(e, error);
    if (status != GF_OK || e->program == NULL || e->set.count == 0)
        return status;
    gf_error cause = GF_ERROR_INIT;
    if (examine_each(e, &cause) != GF_OK || examine_together(e, &cause) != GF_OK) {
        char line[GF_PROBE_PROBLEM];
        snprintf(line, sizeof line, "OpenCL drivers are loaded untested: %.500s", cause.text);
        gf_error_clear(&cause);
        return e->sink->add_warning(e->sink->context, line, error);
    }
    status = hide(guard, e, error);
    return status == GF_OK ? tell(e, error) : status;
}

static void examination_clear(examination *e) {
    for (size_t i = 0; e->verdicts != NULL && i < e->set.count; i++) {
        free(e->verdicts[i].key);
        free(e->verdicts[i].library);
    }
    free(e->verdicts);
    gf_icd_set_clear(&e->set);
}

gf_status gf_icd_guard_create(const gf_device_sink *sink, gf_icd_guard **guard, gf_error *error) {
    gf_icd_guard *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "the driver guard", sizeof *made);
    char *program = gf_probe_program();
    examination e = {.program = program, .sink = sink};
    gf_status status = gf_icd_find("", &e.set, error);
    if (status == GF_OK) {
        e.verdicts = calloc(e.set.count + 1, sizeof *e.verdicts);
        status = e.verdicts == NULL ? gf_error_no_memory(error, "the driver guard", 0)
                                    : examine(made, &e, error);
    }
    examination_clear(&e);
    free(program);
    if (status == GF_OK) {
        *guard = made;
        return GF_OK;
    }
    gf_icd_guard_destroy(made);
    return status;
}

void gf_icd_guard_destroy(gf_icd_guard *guard) {
    if (guard == NULL)
        return;
    if (guard->directory != NULL) {
        /* Put back only what is still the guard's own. */
        const char *now = getenv(VENDORS);
        const bool own = now != NULL && strcmp(now, guard->directory) == 0;
        if (own && guard->old_vendors != NULL)
            (void)setenv(VENDORS, guard->old_vendors, 1);
        else if (own)
            (void)unsetenv(VENDORS);
        gf_private_directory_remove(guard->directory);
    }
    free(guard->old_vendors);
    free(guard);
}
