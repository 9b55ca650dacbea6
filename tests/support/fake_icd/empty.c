/* A platform that calls itself rusticl and has no device, as where Mesa lacks the device's driver.
 */
#include "fake_icd.h"

#include <stddef.h>
#include <string.h>

enum { NO_DEVICE = -1, NO_VALUE = -30 };

static int list_devices(void *platform, unsigned long type, unsigned capacity, void **devices,
                        unsigned *count) {
    (void)platform, (void)type, (void)capacity, (void)devices;
    if (count != NULL)
        *count = 0;
    return NO_DEVICE;
}

/* In the order of OpenCL's functions: the list of platforms, and then these two. */
typedef struct dispatch {
    void *list_platforms;
    int (*platform_info)(void *platform, unsigned parameter, unsigned long bytes, void *value,
                         unsigned long *needed);
    int (*list_devices)(void *platform, unsigned long type, unsigned capacity, void **devices,
                        unsigned *count);
    void *rest[300];
} dispatch;

static const char *text_of(unsigned parameter) {
    enum { PROFILE = 0x0900, VERSION, NAME, VENDOR, EXTENSIONS, SUFFIX = 0x0920 };
    switch (parameter) {
    case PROFILE:
        return "FULL_PROFILE";
    case VERSION:
        return "OpenCL 3.0";
    case EXTENSIONS:
        return "cl_khr_icd";
    case SUFFIX:
        return "FAKE";
    default:
        return parameter == NAME || parameter == VENDOR ? "rusticl" : NULL;
    }
}

static int platform_info(void *platform, unsigned parameter, unsigned long bytes, void *value,
                         unsigned long *needed) {
    const char *text = text_of(parameter);
    (void)platform;
    if (text == NULL || (value != NULL && bytes <= strlen(text)))
        return NO_VALUE;
    if (value != NULL)
        memcpy(value, text, strlen(text) + 1);
    if (needed != NULL)
        *needed = strlen(text) + 1;
    return 0;
}

static const dispatch functions = {.platform_info = platform_info, .list_devices = list_devices};
static struct {
    const dispatch *functions; /* comes first, for the loader */
} only_platform = {&functions};

/* By its name this would be the loader's function, which calls the table. */
int clGetPlatformInfo(void *platform, unsigned parameter, unsigned long bytes, void *value,
                      unsigned long *needed) {
    return platform_info(platform, parameter, bytes, value, needed);
}

int clIcdGetPlatformIDsKHR(unsigned capacity, void **platforms, unsigned *count) {
    if (platforms != NULL && capacity > 0)
        platforms[0] = &only_platform;
    if (count != NULL)
        *count = 1;
    return 0;
}
