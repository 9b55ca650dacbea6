#define _GNU_SOURCE 1 /* dlinfo */

#include "backends/opencl/doctor/setup.h"

#include "backends/opencl/doctor/setup_system.h"
#include "backends/opencl/drivers/probe_cache.h"
#include "base/error.h"

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

/* ---- The environment --------------------------------------------------- */

static void find_variables(gf_opencl_setup *facts) {
    static const char *const names[] = {"OCL_ICD_VENDORS",
                                        "OPENCL_VENDOR_PATH",
                                        "OCL_ICD_FILENAMES",
                                        "OCL_ICD_ASSUME_ICD_EXTENSION",
                                        "OCL_ICD_PLATFORM_SORT",
                                        "OCL_ICD_DEFAULT_PLATFORM",
                                        "OPENCL_LAYERS",
                                        "OPENCL_LAYER_PATH",
                                        "POCL_CACHE_DIR",
                                        "POCL_DEVICES",
                                        "POCL_KERNEL_CACHE",
                                        "POCL_MAX_PTHREAD_COUNT",
                                        "POCL_AFFINITY",
                                        "POCL_DEBUG",
                                        "RUSTICL_ENABLE",
                                        "RUSTICL_FEATURES",
                                        "LD_LIBRARY_PATH",
                                        "LD_PRELOAD",
                                        "CUDA_VISIBLE_DEVICES",
                                        "NVIDIA_VISIBLE_DEVICES",
                                        "NVIDIA_DRIVER_CAPABILITIES",
                                        "ROCR_VISIBLE_DEVICES",
                                        "HIP_VISIBLE_DEVICES",
                                        "GPU_DEVICE_ORDINAL",
                                        "HSA_OVERRIDE_GFX_VERSION",
                                        "ZE_AFFINITY_MASK",
                                        "GPUFARE_DEVICE",
                                        "GPUFARE_ISA",
                                        "GPUFARE_PROBE",
                                        "GPUFARE_PROBE_TIMEOUT"};
    _Static_assert(sizeof names / sizeof *names <= GF_MAX_VARIABLES, "room for every variable");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value == NULL || value[0] == '\0')
            continue;
        gf_variable *found = &facts->variables[facts->variable_count++];
        found->name = names[i];
        snprintf(found->value, sizeof found->value, "%s", value);
    }
}

const char *gf_setup_variable(const gf_opencl_setup *facts, const char *name) {
    for (size_t i = 0; i < facts->variable_count; i++)
        if (strcmp(facts->variables[i].name, name) == 0)
            return facts->variables[i].value;
    return "";
}

bool gf_setup_is_pocl(const gf_icd_driver *driver) {
    return strstr(driver->library, "pocl") != NULL;
}

/* ---- The loader -------------------------------------------------------- */

/* Loading the loader loads no driver: that waits for its first call. */
static void find_loader(gf_opencl_setup *facts) {
    void *handle = dlopen("libOpenCL.so.1", RTLD_LAZY | RTLD_LOCAL);
    struct link_map *map = NULL;
    if (handle == NULL)
        return;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map != NULL) {
        char *real = realpath(map->l_name, NULL);
        snprintf(facts->loader, sizeof facts->loader, "%s", real != NULL ? real : map->l_name);
        free(real);
    }
    (void)dlclose(handle);
}

/* ---- All facts --------------------------------------------------------- */

gf_status gf_setup_collect(const char *root, gf_opencl_setup *facts, gf_error *error) {
    *facts = (gf_opencl_setup){0};
    gf_status status = gf_icd_find(root, &facts->set, error);
    if (status != GF_OK)
        return status;
    facts->probes = calloc(facts->set.count + 1, sizeof *facts->probes);
    if (facts->probes == NULL) {
        gf_icd_set_clear(&facts->set);
        return gf_error_no_memory(error, "driver probes", facts->set.count);
    }
    find_loader(facts);
    find_variables(facts);
    gf_setup_find_nodes(root, facts);
    gf_setup_find_cache(facts);
    gf_setup_find_machine(root, &facts->machine);
    return GF_OK;
}

void gf_setup_clear(gf_opencl_setup *facts) {
    for (size_t i = 0; facts->probes != NULL && i < facts->set.count; i++)
        gf_probe_result_clear(&facts->probes[i]);
    free(facts->probes);
    gf_probe_result_clear(&facts->together);
    gf_icd_set_clear(&facts->set);
    *facts = (gf_opencl_setup){0};
}

/* ---- Probing ----------------------------------------------------------- */

/* What is about to be tested anew must not be believed from before. */
static void forget(const gf_icd_driver *drivers, size_t count) {
    char *key = gf_probe_cache_key(drivers, count);
    if (key != NULL)
        gf_probe_cache_invalidate(key);
    free(key);
}

static gf_status probe_each(gf_opencl_setup *facts, const char *program, gf_error *error) {
    const size_t count = facts->set.count;
    gf_probe_request *requests = calloc(count + 1, sizeof *requests);
    if (requests == NULL)
        return gf_error_no_memory(error, "driver probes", count * sizeof *requests);
    for (size_t i = 0; i < count; i++) {
        const gf_icd_driver *driver = &facts->set.drivers[i];
        forget(driver, 1);
        requests[i] = (gf_probe_request){
            .drivers = driver, .count = driver->library[0] != '\0' ? 1 : 0, .fresh = true};
    }
    const gf_status status = gf_probe_run(program, requests, count, facts->probes, error);
    free(requests);
    return status;
}

static gf_status probe_together(gf_opencl_setup *facts, const char *program, gf_error *error) {
    gf_icd_driver *safe = calloc(facts->set.count + 1, sizeof *safe);
    if (safe == NULL)
        return gf_error_no_memory(error, "driver probes", facts->set.count * sizeof *safe);
    size_t count = 0;
    for (size_t i = 0; i < facts->set.count; i++)
        if (facts->probes[i].end == GF_PROBE_FINISHED)
            safe[count++] = facts->set.drivers[i];
    gf_status status = GF_OK;
    if (count > 1) {
        const gf_probe_request request = {.drivers = safe, .count = count, .list_only = true};
        forget(safe, count);
        status = gf_probe_run(program, &request, 1, &facts->together, error);
    }
    free(safe);
    return status;
}

void gf_setup_probe(gf_opencl_setup *facts) {
    char *program = gf_probe_program();
    if (program == NULL) {
        snprintf(facts->probe_error, sizeof facts->probe_error,
                 "the program gpufare-probe was not found");
        return;
    }
    gf_error cause = GF_ERROR_INIT;
    gf_status status = probe_each(facts, program, &cause);
    if (status == GF_OK)
        status = probe_together(facts, program, &cause);
    facts->can_probe = status == GF_OK;
    if (status != GF_OK)
        snprintf(facts->probe_error, sizeof facts->probe_error, "%s", cause.text);
    gf_error_clear(&cause);
    free(program);
}
