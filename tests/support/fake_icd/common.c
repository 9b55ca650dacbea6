#include "fake_icd.h"

#include <stddef.h>

/* NULL makes the loader use the exported functions. */
void *clGetExtensionFunctionAddress(const char *name) {
    (void)name;
    return NULL;
}

/* Of those that offer no platform. */
__attribute__((weak)) int clGetPlatformInfo(void *platform, unsigned parameter, unsigned long bytes,
                                            void *value, unsigned long *needed) {
    (void)platform, (void)parameter, (void)bytes, (void)value, (void)needed;
    return FAKE_NO_PLATFORM;
}
