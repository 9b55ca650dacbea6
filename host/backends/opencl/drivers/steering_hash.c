#include "backends/opencl/drivers/steering_hash.h"

#include <stdbool.h>
#include <string.h>

#include "os/environment/steering.h"
#include "os/store.h"

extern char **environ;

uint64_t gf_hash_steering(void) {
    uint64_t sum = 0;
    for (char *const *entry = environ; entry != NULL && *entry != NULL; entry++) {
        const bool where = strncmp(*entry, "OCL_ICD_VENDORS=", 16) == 0;
        if (!where && gf_steers_drivers(*entry))
            sum += gf_hash_text(GF_HASH_START, *entry);
    }
    return sum;
}
