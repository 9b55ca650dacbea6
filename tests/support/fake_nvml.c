/* A library like NVML with one GPU, whose energy and power are known: $FAKE_NVML says "energy" (a
 * counter, 100 W), "power" (no counter; 100 W), "none" or "broken". */
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The build hides what is not marked. */
#pragma GCC visibility push(default)

#define NOT_SUPPORTED 3
#define NOT_FOUND     6
#define WATTS         100

static int device;

static int is(const char *mode) {
    const char *set = getenv("FAKE_NVML");
    return set != NULL && strcmp(set, mode) == 0;
}

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int nvmlInit_v2(void);
int nvmlInit_v2(void) {
    return is("broken") ? 999 : 0;
}

int nvmlShutdown(void);
int nvmlShutdown(void) {
    return 0;
}

int nvmlDeviceGetHandleByPciBusId_v2(const char *address, void **found);
int nvmlDeviceGetHandleByPciBusId_v2(const char *address, void **found) {
    *found = &device;
    return strcmp(address, "0000:65:00.0") == 0 ? 0 : NOT_FOUND;
}

int nvmlDeviceGetHandleByUUID(const char *uuid, void **found);
int nvmlDeviceGetHandleByUUID(const char *uuid, void **found) {
    *found = &device;
    return strcmp(uuid, "GPU-01234567-89ab-cdef-0123-456789abcdef") == 0 ? 0 : NOT_FOUND;
}

int nvmlDeviceGetTotalEnergyConsumption(void *of, unsigned long long *millijoules);
int nvmlDeviceGetTotalEnergyConsumption(void *of, unsigned long long *millijoules) {
    *millijoules = (unsigned long long)(now_s() * WATTS * 1e3);
    return of == &device && is("energy") ? 0 : NOT_SUPPORTED;
}

int nvmlDeviceGetPowerUsage(void *of, unsigned *milliwatts);
int nvmlDeviceGetPowerUsage(void *of, unsigned *milliwatts) {
    *milliwatts = WATTS * 1000;
    return of == &device && !is("none") ? 0 : NOT_SUPPORTED;
}

struct rates {
    unsigned gpu, memory;
};

int nvmlDeviceGetUtilizationRates(void *of, struct rates *rates);
int nvmlDeviceGetUtilizationRates(void *of, struct rates *rates) {
    *rates = (struct rates){75, 10};
    return of == &device ? 0 : NOT_SUPPORTED;
}
