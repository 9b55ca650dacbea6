#include "os/environment/steering.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"

extern char **environ;

bool gf_steers_drivers(const char *entry) {
    static const char *const prefixes[] = {"OCL_",
                                           "OPENCL_",
                                           "POCL_",
                                           "RUSTICL_",
                                           "LD_",
                                           "MESA_",
                                           "LIBGL_",
                                           "GALLIUM_",
                                           "LP_",
                                           "CUDA_",
                                           "NVIDIA_",
                                           "ROCR_",
                                           "HIP_",
                                           "HSA_",
                                           "GPU_",
                                           "AMD_",
                                           "ZE_",
                                           "NEO_",
                                           "NEORead",
                                           "ONEAPI_",
                                           "IGC_",
                                           "CL_CONFIG_",
                                           "OverrideDefaultFP64Settings",
                                           "CONDA_PREFIX"};
    for (size_t i = 0; i < GF_COUNT_OF(prefixes); i++)
        if (strncmp(entry, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

/* Besides those that steer drivers: the native path's and gpufare's own. */
static bool is_listed(const char *entry) {
    static const char *const prefixes[] = {"GPUFARE_", "OMP_", "GOMP_", "KMP_"};
    for (size_t i = 0; i < GF_COUNT_OF(prefixes); i++)
        if (strncmp(entry, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return gf_steers_drivers(entry);
}

static int compare_names(const void *a, const void *b) {
    return strcmp(((const gf_variable *)a)->name, ((const gf_variable *)b)->name);
}

gf_status gf_steering_variables(gf_variable **variables, size_t *count, gf_error *error) {
    *variables = NULL;
    *count = 0;
    for (char *const *entry = environ; *entry != NULL; entry++) {
        const size_t length = strcspn(*entry, "=");
        if (!is_listed(*entry) || (*entry)[length] == '\0' || (*entry)[length + 1] == '\0')
            continue;
        const gf_status status = gf_array_grow(variables, *count, sizeof **variables, error);
        if (status != GF_OK)
            return status;
        gf_variable *found = &(*variables)[(*count)++];
        snprintf(found->name, sizeof found->name, "%.*s", (int)length, *entry);
        snprintf(found->value, sizeof found->value, "%s", *entry + length + 1);
    }
    if (*count > 0)
        qsort(*variables, *count, sizeof **variables, compare_names);
    return GF_OK;
}

bool gf_is_switch(const char *value) {
    static const char *const words[] = {"0", "1", "false", "true", "no", "yes", "off", "on"};
    for (size_t i = 0; i < GF_COUNT_OF(words); i++)
        if (strcasecmp(value, words[i]) == 0)
            return true;
    return false;
}
