#define _GNU_SOURCE 1 /* dlinfo, memmem */

#include "backends/opencl/doctor/setup.h"
#include "backends/opencl/drivers/probe.h"
#include "backends/opencl/drivers/probe_cache.h"
#include "base/array.h"
#include "base/error.h"
#include "os/environment/steering.h"

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- The environment and the loader ------------------------------------ */

const char *gf_setup_variable(const gf_opencl_setup *setup, const char *name) {
    for (size_t i = 0; i < setup->variable_count; i++)
        if (strcmp(setup->variables[i].name, name) == 0)
            return setup->variables[i].value;
    return "";
}

bool gf_setup_switches_off(const char *value) {
    static const char *const words[] = {"0", "false", "no", "off"};
    for (size_t i = 0; i < GF_COUNT_OF(words); i++)
        if (strcasecmp(value, words[i]) == 0)
            return true;
    return false;
}

/* By a text that each has in it: a call that asked would load all drivers into this process. */
static void find_loader_maker(gf_opencl_setup *setup) {
    static const struct {
        const char *text, *maker;
    } makers[] = {{"OCL Icd free software", "ocl-icd"}, {"Khronos Group", "Khronos"}};
    enum { MOST = 4 << 20 };
    FILE *file = fopen(setup->loader, "re");
    char *content = file != NULL ? malloc(MOST) : NULL;
    const size_t length = content != NULL ? fread(content, 1, MOST, file) : 0;
    for (size_t i = 0; length > 0 && i < GF_COUNT_OF(makers) && setup->loader_maker[0] == '\0'; i++)
        if (memmem(content, length, makers[i].text, strlen(makers[i].text)) != NULL)
            snprintf(setup->loader_maker, sizeof setup->loader_maker, "%s", makers[i].maker);
    free(content);
    if (file != NULL)
        fclose(file);
}

/* Loading the loader loads no driver yet: its first call does. */
static void find_loader(gf_opencl_setup *setup) {
    void *handle = dlopen("libOpenCL.so.1", RTLD_LAZY | RTLD_LOCAL);
    struct link_map *map = NULL;
    if (handle == NULL)
        return;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map != NULL) {
        char *real = realpath(map->l_name, NULL);
        snprintf(setup->loader, sizeof setup->loader, "%s", real != NULL ? real : map->l_name);
        free(real);
    }
    (void)dlclose(handle);
    find_loader_maker(setup);
}

/* ---- Collecting -------------------------------------------------------- */

static bool has_pocl(const gf_icd_set *set) {
    for (size_t i = 0; i < set->count; i++)
        if (gf_setup_is_pocl(&set->drivers[i]))
            return true;
    return false;
}

gf_status gf_setup_collect(const char *root, gf_opencl_setup *setup, gf_error *error) {
    *setup = (gf_opencl_setup){0};
    gf_status status = gf_icd_find(root, &setup->set, error);
    if (status != GF_OK)
        return status;
    setup->probes = calloc(setup->set.count + 1, sizeof *setup->probes);
    setup->failures = calloc(setup->set.count + 1, sizeof *setup->failures);
    if (setup->probes == NULL || setup->failures == NULL)
        status = gf_error_no_memory(error, "driver probes", setup->set.count);
    else
        status = gf_steering_variables(&setup->variables, &setup->variable_count, error);
    if (status != GF_OK) {
        gf_setup_clear(setup);
        return status;
    }
    find_loader(setup);
    setup->node_count = gf_setup_find_nodes(root, setup->nodes, GF_MAX_NODES);
    if (has_pocl(&setup->set))
        gf_setup_find_cache(&setup->cache);
    gf_setup_find_conditions(root, &setup->machine);
    return GF_OK;
}

void gf_setup_clear(gf_opencl_setup *setup) {
    for (size_t i = 0; setup->probes != NULL && i < setup->set.count; i++)
        gf_probe_result_clear(&setup->probes[i]);
    free(setup->probes);
    free(setup->failures);
    free(setup->variables);
    gf_probe_result_clear(&setup->together);
    gf_icd_set_clear(&setup->set);
    *setup = (gf_opencl_setup){0};
}

/* ---- Probing ----------------------------------------------------------- */

/* A driver that is about to be probed again must not be trusted for its last result. */
static void invalidate_cache(const gf_icd_driver *drivers, size_t count) {
    char *key = gf_probe_cache_key(drivers, count);
    if (key != NULL)
        gf_probe_cache_invalidate(key);
    free(key);
}

static gf_status probe_each(gf_opencl_setup *setup, const char *program,
                            const volatile sig_atomic_t *cancel, gf_error *error) {
    const size_t count = setup->set.count;
    gf_probe_request *requests = calloc(count + 1, sizeof *requests);
    if (requests == NULL)
        return gf_error_no_memory(error, "driver probes", count * sizeof *requests);
    for (size_t i = 0; i < count; i++) {
        const gf_icd_driver *driver = &setup->set.drivers[i];
        invalidate_cache(driver, 1);
        requests[i] = (gf_probe_request){
            .drivers = driver, .count = driver->library[0] != '\0' ? 1 : 0, .fresh = true};
    }
    const gf_status status = gf_probe_run(program, requests, count, cancel, setup->probes, error);
    free(requests);
    return status;
}

static gf_status probe_together(gf_opencl_setup *setup, const char *program,
                                const volatile sig_atomic_t *cancel, gf_error *error) {
    gf_icd_driver *safe = calloc(setup->set.count + 1, sizeof *safe);
    if (safe == NULL)
        return gf_error_no_memory(error, "driver probes", setup->set.count * sizeof *safe);
    size_t count = 0;
    for (size_t i = 0; i < setup->set.count; i++)
        if (setup->probes[i].end == GF_PROBE_FINISHED)
            safe[count++] = setup->set.drivers[i];
    gf_status status = GF_OK;
    if (count > 1) {
        const gf_probe_request request = {.drivers = safe, .count = count, .list_only = true};
        invalidate_cache(safe, count);
        status = gf_probe_run(program, &request, 1, cancel, &setup->together, error);
    }
    free(safe);
    return status;
}

static void load_failures(gf_opencl_setup *setup) {
    for (size_t i = 0; i < setup->set.count; i++)
        (void)gf_driver_failure_load(&setup->set.drivers[i],
                                     gf_probe_text(setup->probes[i].report, "library"),
                                     &setup->failures[i]);
}

void gf_setup_probe(gf_opencl_setup *setup, const volatile sig_atomic_t *cancel) {
    char *program = gf_worker_program();
    if (program == NULL) {
        snprintf(setup->probe_error, sizeof setup->probe_error,
                 "the program gpufare-worker was not found");
        return;
    }
    gf_error cause = GF_ERROR_INIT;
    gf_status status = probe_each(setup, program, cancel, &cause);
    if (status == GF_OK)
        status = probe_together(setup, program, cancel, &cause);
    load_failures(setup);
    setup->can_probe = status == GF_OK;
    setup->interrupted = status == GF_INTERRUPTED;
    if (status != GF_OK)
        snprintf(setup->probe_error, sizeof setup->probe_error, "%s", cause.text);
    gf_error_clear(&cause);
    free(program);
}

/* ---- Questions about a set-up ------------------------------------------ */

bool gf_setup_knows_driver(const gf_opencl_setup *setup, size_t index) {
    return !setup->interrupted || setup->probes[index].end != GF_PROBE_NOT_RUN ||
           setup->set.drivers[index].library[0] == '\0';
}

bool gf_setup_is_pocl(const gf_icd_driver *driver) {
    return strstr(driver->library, "pocl") != NULL;
}

size_t gf_setup_usable_devices(const gf_opencl_setup *setup) {
    size_t count = 0;
    for (size_t i = 0; i < setup->set.count; i++)
        if (setup->probes[i].end == GF_PROBE_FINISHED)
            count += gf_probe_device_count(&setup->probes[i], true);
    return count;
}

bool gf_setup_cache_is_broken(const gf_opencl_setup *setup) {
    return setup->cache.path[0] != '\0' &&
           (setup->cache.write_error != 0 || setup->cache.free_bytes < GF_POCL_FREE_BYTES);
}

bool gf_setup_node_denied(const gf_opencl_setup *setup, uint32_t vendor) {
    for (size_t i = 0; i < setup->node_count; i++)
        if (!setup->nodes[i].accessible && (vendor == 0 || setup->nodes[i].vendor == vendor))
            return true;
    return false;
}

bool gf_setup_has_platform(const gf_opencl_setup *setup, const char *word) {
    size_t j;
    const json_t *platform;
    for (size_t i = 0; i < setup->set.count; i++) {
        json_array_foreach(json_object_get(setup->probes[i].report, "platforms"), j, platform) {
            if (strstr(gf_probe_text(platform, "name"), word) != NULL)
                return true;
        }
    }
    return false;
}

bool gf_setup_has_gpu(const gf_opencl_setup *setup) {
    size_t j, k;
    const json_t *platform, *device;
    for (size_t i = 0; i < setup->set.count; i++) {
        json_array_foreach(json_object_get(setup->probes[i].report, "platforms"), j, platform) {
            json_array_foreach(json_object_get(platform, "devices"), k, device) {
                if (strcmp(gf_probe_text(device, "type"), "gpu") == 0)
                    return true;
            }
        }
    }
    return false;
}
