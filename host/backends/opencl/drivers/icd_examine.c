#define _GNU_SOURCE 1 /* strdup with any language level */

#include "backends/opencl/drivers/icd_examine.h"
#include "backends/opencl/drivers/probe.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* ---- From a probe to a line -------------------------------------------- */

void gf_icd_format_driver(const gf_icd_driver *driver, char *text, size_t bytes) {
    const char *slash = strrchr(driver->library, '/');
    const char *library = slash != NULL ? slash + 1 : driver->library;
    if (library[0] != '\0')
        snprintf(text, bytes, "OpenCL driver %s (%s)", library, driver->label);
    else
        snprintf(text, bytes, "OpenCL driver file %s", driver->label);
}

static void set_problem(gf_icd_verdict *v, const gf_icd_driver *driver, const char *what,
                        bool used) {
    char name[200];
    gf_icd_format_driver(driver, name, sizeof name);
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

/* Empty platforms and old versions are left to the function that lists the devices. */
static void judge_probe(gf_icd_verdict *v, const gf_icd_driver *driver,
                        const gf_probe_result *result) {
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

static void save_verdict(const gf_icd_verdict *v) {
    const char *const libraries[] = {v->library};
    if (v->key != NULL && v->library != NULL && v->known && !v->hidden)
        gf_probe_cache_store(v->key, libraries, 1, v->problem);
}

/* ---- Each driver alone ------------------------------------------------- */

/* Judges without a child, where it can: by a saved result, or when the file names no library. */
static void judge_unprobed(gf_icd_examination *e, size_t index) {
    const gf_icd_driver *driver = &e->set.drivers[index];
    gf_icd_verdict *v = &e->verdicts[index];
    v->key = gf_probe_cache_key(driver, 1);
    if (driver->library[0] == '\0') {
        char what[200];
        snprintf(what, sizeof what, "%s", gf_icd_read_problem(driver));
        v->known = true;
        set_problem(v, driver, what, false);
    } else if (v->key != NULL && gf_probe_cache_load(v->key, v->problem)) {
        v->known = true;
    }
}

static gf_status probe_unknown(gf_icd_examination *e, const char *program, gf_error *error) {
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
        status = gf_probe_run(program, requests, count, e->cancel, results, error);
    }
    for (size_t i = 0; results != NULL && i < count; i++) {
        if (status == GF_OK && !e->verdicts[i].known) {
            e->any_probed = true;
            judge_probe(&e->verdicts[i], &e->set.drivers[i], &results[i]);
            save_verdict(&e->verdicts[i]);
        }
        gf_probe_result_clear(&results[i]);
    }
    free(requests);
    free(results);
    return status;
}

gf_status gf_icd_examine_each(gf_icd_examination *e, const char *program, gf_error *error) {
    bool all_known = true;
    for (size_t i = 0; i < e->set.count; i++) {
        judge_unprobed(e, i);
        all_known = all_known && e->verdicts[i].known;
    }
    return all_known ? GF_OK : probe_unknown(e, program, error);
}

/* ---- All drivers together ---------------------------------------------- */

/* Drivers that work alone can kill the process together, such as two with the same LLVM in them.
 * Lists `count` drivers in one child, unless the cache knows that they agree and none is new. */
static gf_status probe_together(const gf_icd_examination *e, const char *program,
                                const gf_icd_driver *drivers, size_t count, gf_probe_result *result,
                                gf_error *error) {
    const gf_probe_request request = {.drivers = drivers, .count = count, .list_only = true};
    char *key = gf_probe_cache_key(drivers, count);
    char problem[GF_PROBE_PROBLEM];
    *result = (gf_probe_result){0};
    gf_status status = GF_OK;
    if (key == NULL || e->any_probed || !gf_probe_cache_load(key, problem)) {
        status = gf_probe_run(program, &request, 1, e->cancel, result, error);
        if (status == GF_OK && !gf_probe_is_dangerous(result) && key != NULL)
            gf_probe_cache_store(key, NULL, 0, "");
    }
    free(key);
    return status;
}

/* Probes drivers cumulatively; hides a driver that kills the process together with the earlier
 * ones. */
static gf_status find_conflicts(gf_icd_examination *e, const char *program, gf_icd_driver *together,
                                gf_error *error) {
    size_t count = 0;
    gf_status status = GF_OK;
    for (size_t i = 0; i < e->set.count && status == GF_OK; i++) {
        if (e->verdicts[i].hidden)
            continue;
        together[count++] = e->set.drivers[i];
        gf_probe_result result = {0};
        if (count > 1)
            status = probe_together(e, program, together, count, &result, error);
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

static gf_status examine_together(gf_icd_examination *e, const char *program, gf_error *error) {
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
        status = probe_together(e, program, together, count, &result, error);
    if (status == GF_OK && gf_probe_is_dangerous(&result))
        status = find_conflicts(e, program, together, error);
    gf_probe_result_clear(&result);
    free(together);
    return status;
}

gf_status gf_icd_examine(gf_icd_examination *e, const char *program, gf_error *error) {
    const gf_status status = gf_icd_examine_each(e, program, error);
    return status == GF_OK ? examine_together(e, program, error) : status;
}

gf_status gf_icd_examination_create(gf_icd_examination *made, gf_error *error) {
    *made = (gf_icd_examination){0};
    const gf_status status = gf_icd_find("", &made->set, error);
    if (status != GF_OK)
        return status;
    made->verdicts = calloc(made->set.count + 1, sizeof *made->verdicts);
    if (made->verdicts != NULL)
        return GF_OK;
    gf_icd_examination_clear(made);
    return gf_error_no_memory(error, "the driver guard", sizeof *made->verdicts);
}

void gf_icd_examination_clear(gf_icd_examination *e) {
    for (size_t i = 0; e->verdicts != NULL && i < e->set.count; i++) {
        free(e->verdicts[i].key);
        free(e->verdicts[i].library);
    }
    free(e->verdicts);
    gf_icd_set_clear(&e->set);
    *e = (gf_icd_examination){0};
}
