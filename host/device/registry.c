/* Public access to the table of workloads. */
#include "device/registry.h"

#include <string.h>

#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "user/user_workload.h"

#define TEXT_OF(number)                   #number
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *gf_version(void) {
    return VERSION_TEXT(GPUFARE_VERSION_MAJOR, GPUFARE_VERSION_MINOR, GPUFARE_VERSION_PATCH);
}

size_t gf_workload_count(void) {
    return gf_workloads_length;
}

const gf_workload *gf_workload_at(size_t index) {
    return index < gf_workloads_length ? gf_workloads[index] : NULL;
}

const gf_workload *gf_workload_find(const char *name, gf_error *error) {
    GF_ENTER(error);
    char buffer[256];
    gf_text names = gf_text_in(buffer, sizeof buffer);
    for (size_t i = 0; i < gf_workloads_length; i++) {
        const gf_workload *workload = gf_workloads[i];
        if (strcmp(workload->name, name) == 0 ||
            (workload->alias != NULL && strcmp(workload->alias, name) == 0))
            return workload;
        gf_text_add(&names, "%s%s", i == 0 ? "" : ", ", workload->name);
    }
    if (gf_is_user_workload(name))
        return gf_user_workload_find(name, error);
    gf_error_set(
        error, GF_USAGE,
        "unknown workload '%.200s'; there are: %s; or give the path of a manifest, such as "
        "./NAME",
        name, names.text);
    return NULL;
}

const char *gf_workload_name(const gf_workload *workload) {
    return workload->name;
}

const char *gf_workload_summary(const gf_workload *workload) {
    return workload->summary;
}

bool gf_workload_loads_kernels(const gf_workload *workload) {
    return workload->load_cpu_kernel != NULL;
}

bool gf_workload_has_picture(const gf_workload *workload) {
    return workload->render != NULL;
}

const gf_param *gf_workload_params(const gf_workload *workload, size_t *count) {
    *count = workload->param_count;
    return workload->params;
}

static gf_tunable_info tunable_info(const char *kernel, const gf_tunable *tunable) {
    return (gf_tunable_info){kernel, tunable->name, tunable->help, tunable->min, tunable->max};
}

bool gf_workload_tunable(const gf_workload *workload, size_t index, gf_tunable_info *info) {
    if (index < workload->cpu_tunable_count) {
        *info = tunable_info("the CPU kernel", &workload->cpu_tunables[index]);
        return true;
    }
    index -= workload->cpu_tunable_count;
    for (uint32_t i = 0; i < workload->ndrange_variant_count; i++) {
        const gf_ndrange_variant *variant = &workload->ndrange_variants[i];
        if (index < variant->tunable_count) {
            *info = tunable_info(variant->name, &variant->tunables[index]);
            return true;
        }
        index -= variant->tunable_count;
    }
    return false;
}
