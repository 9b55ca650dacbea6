#define _GNU_SOURCE 1 /* environ */

#include "backends/opencl/drivers/steering.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/array.h"
#include "os/store.h"

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

uint64_t gf_hash_steering(void) {
    uint64_t sum = 0;
    for (char *const *entry = environ; entry != NULL && *entry != NULL; entry++) {
        const bool where = strncmp(*entry, "OCL_ICD_VENDORS=", 16) == 0;
        if (!where && gf_steers_drivers(*entry))
            sum += gf_hash_text(GF_HASH_START, *entry);
    }
    return sum;
}

bool gf_is_switch(const char *value) {
    static const char *const words[] = {"0", "1", "false", "true", "no", "yes", "off", "on"};
    for (size_t i = 0; i < GF_COUNT_OF(words); i++)
        if (strcasecmp(value, words[i]) == 0)
            return true;
    return false;
}
