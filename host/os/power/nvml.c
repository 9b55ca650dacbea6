/* NVML (https://docs.nvidia.com/deploy/nvml-api), which comes with the driver: it is loaded when it
 * is asked. GPUs since Volta count their energy; of older ones the power is added up. */
#include "os/power/nvml.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "os/power/pci.h"

#define LIBRARY "libnvidia-ml.so.1"

typedef struct utilisation {
    unsigned gpu, memory; /* per cent */
} utilisation;

typedef struct nvml {
    void *library;
    void *device;
    /* All return 0 when they succeed. */
    int (*init)(void);
    int (*shut_down)(void);
    int (*by_address)(const char *address, void **device);
    int (*by_uuid)(const char *uuid, void **device);
    int (*energy)(void *device, unsigned long long *millijoules);
    int (*power)(void *device, unsigned *milliwatts);
    int (*utilisation)(void *device, utilisation *rates);
    bool counts; /* energy */
    unsigned long long first_mj;
    gf_power_integral integral;
} nvml;

static bool find_functions(nvml *of) {
    const struct {
        void *function;
        const char *name;
    } names[] = {{&of->init, "nvmlInit_v2"},
                 {&of->shut_down, "nvmlShutdown"},
                 {&of->by_address, "nvmlDeviceGetHandleByPciBusId_v2"},
                 {&of->by_uuid, "nvmlDeviceGetHandleByUUID"},
                 {&of->energy, "nvmlDeviceGetTotalEnergyConsumption"},
                 {&of->power, "nvmlDeviceGetPowerUsage"},
                 {&of->utilisation, "nvmlDeviceGetUtilizationRates"}};
    for (size_t i = 0; i < GF_COUNT_OF(names); i++) {
        void *symbol = dlsym(of->library, names[i].name);
        memcpy(names[i].function, &symbol, sizeof symbol);
    }
    return of->init != NULL && of->shut_down != NULL && of->by_address != NULL;
}

/* NVML writes "GPU-01234567-89ab-cdef-0123-456789abcdef". */
static bool find_by_uuid(nvml *of, const char *chip) {
    char uuid[GF_CHIP_UUID], text[48];
    if (of->by_uuid == NULL || !gf_chip_uuid(chip, uuid))
        return false;
    snprintf(text, sizeof text, "GPU-%.8s-%.4s-%.4s-%.4s-%.12s", uuid, uuid + 8, uuid + 12,
             uuid + 16, uuid + 20);
    return of->by_uuid(text, &of->device) == 0;
}

static bool find_device(nvml *of, const char *chip) {
    char address[GF_PCI_ADDRESS];
    return (gf_pci_address(chip, address) && of->by_address(address, &of->device) == 0) ||
           find_by_uuid(of, chip);
}

static bool can_read(nvml *of) {
    unsigned milliwatts = 0;
    of->counts = of->energy != NULL && of->energy(of->device, &of->first_mj) == 0;
    return of->counts || (of->power != NULL && of->power(of->device, &milliwatts) == 0);
}

static void close_nvml(void *state) {
    nvml *of = state;
    if (of->shut_down != NULL)
        (void)of->shut_down();
    dlclose(of->library);
    free(of);
}

/* NULL: it works. */
static const char *start(nvml *of, const char *chip) {
    if (!find_functions(of)) {
        of->shut_down = NULL;
        return LIBRARY " lacks functions";
    }
    if (of->init() != 0) {
        of->shut_down = NULL;
        return "NVML does not start";
    }
    if (!find_device(of, chip))
        return "NVML does not know this device";
    return can_read(of) ? NULL : "NVML tells neither its energy nor its power";
}

void *gf_nvml_open(const gf_power_place *place, char name[GF_POWER_NAME], char why[GF_POWER_WHY]) {
    nvml *made = calloc(1, sizeof *made);
    if (made != NULL)
        made->library = dlopen(place->nvml == NULL ? LIBRARY : place->nvml, RTLD_NOW | RTLD_LOCAL);
    if (made == NULL || made->library == NULL) {
        snprintf(why, GF_POWER_WHY, LIBRARY " is not installed");
        free(made);
        return NULL;
    }
    const char *trouble = start(made, place->chip);
    if (trouble == NULL) {
        snprintf(name, GF_POWER_NAME, "NVML %s", made->counts ? "energy" : "power, added up");
        return made;
    }
    snprintf(why, GF_POWER_WHY, "%s", trouble);
    close_nvml(made);
    return NULL;
}

static bool read_joules(nvml *of, uint64_t now_ns, double *joules) {
    unsigned long long millijoules = 0;
    unsigned milliwatts = 0;
    if (of->counts) {
        if (of->energy(of->device, &millijoules) != 0 || millijoules < of->first_mj)
            return false;
        *joules = (double)(millijoules - of->first_mj) * 1e-3;
        return true;
    }
    if (of->power(of->device, &milliwatts) != 0)
        return false;
    gf_power_integrate(&of->integral, now_ns, milliwatts * 1e-3);
    *joules = of->integral.joules;
    return true;
}

bool gf_nvml_read(void *state, uint64_t now_ns, gf_power_reading *reading) {
    nvml *of = state;
    utilisation rates = {0, 0};
    *reading = (gf_power_reading){0, -1};
    if (of->utilisation != NULL && of->utilisation(of->device, &rates) == 0)
        reading->busy = rates.gpu / 100.0;
    return read_joules(of, now_ns, &reading->joules);
}

const gf_power_source gf_power_nvml = {.name = "NVML",
                                       .integrates_ns = 20000000,
                                       .interval_ns = 100000000,
                                       .open = gf_nvml_open,
                                       .read = gf_nvml_read,
                                       .close = close_nvml};
