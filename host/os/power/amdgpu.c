/* Files of the device: https://docs.kernel.org/gpu/amdgpu/thermal.html. The power is an average
 * that the card's firmware makes, in microwatts. */
#include "os/power/amdgpu.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/stream.h"
#include "os/power/pci.h"

typedef struct amdgpu {
    char power[352], busy[352];
    gf_power_integral integral;
} amdgpu;

static bool read_number(const char *path, double *number) {
    char line[64];
    char *end = NULL;
    gf_read_line(path, line, sizeof line);
    *number = strtod(line, &end);
    return end != line && *number >= 0;
}

/* hwmon numbers its folders as drivers load. */
static bool find_power(const char *device, char power[352]) {
    static const char *const files[] = {"power1_average", "power1_input"};
    char folder[300];
    double ignored = 0;
    bool found = false;
    snprintf(folder, sizeof folder, "%.240s/hwmon", device);
    DIR *list = opendir(folder);
    for (const struct dirent *entry; !found && list != NULL && (entry = readdir(list)) != NULL;) {
        for (size_t i = 0; !found && entry->d_name[0] != '.' && i < GF_COUNT_OF(files); i++) {
            snprintf(power, 352, "%.290s/%.30s/%s", folder, entry->d_name, files[i]);
            found = read_number(power, &ignored);
        }
    }
    if (list != NULL)
        closedir(list);
    return found;
}

void *gf_amdgpu_open(const gf_power_place *place, char name[GF_POWER_NAME],
                     char why[GF_POWER_WHY]) {
    char address[GF_PCI_ADDRESS], device[256], driver[300], line[64] = "";
    if (!gf_pci_address(place->chip, address)) {
        snprintf(why, GF_POWER_WHY, "its PCI address is not known");
        return NULL;
    }
    snprintf(device, sizeof device, "%.200s/sys/bus/pci/devices/%s", place->root, address);
    snprintf(driver, sizeof driver, "%s/vendor", device);
    gf_read_line(driver, line, sizeof line);
    if (strcmp(line, "0x1002") != 0) {
        snprintf(why, GF_POWER_WHY, "%s is no GPU of AMD's", address);
        return NULL;
    }
    amdgpu *made = calloc(1, sizeof *made);
    if (made == NULL || !find_power(device, made->power)) {
        snprintf(why, GF_POWER_WHY, "its driver shows no power in hwmon");
        free(made);
        return NULL;
    }
    snprintf(made->busy, sizeof made->busy, "%s/gpu_busy_percent", device);
    snprintf(name, GF_POWER_NAME, "amdgpu %s", address);
    return made;
}

bool gf_amdgpu_read(void *state, uint64_t now_ns, gf_power_reading *reading) {
    amdgpu *of = state;
    double microwatts = 0, busy = 0;
    if (!read_number(of->power, &microwatts))
        return false;
    gf_power_integrate(&of->integral, now_ns, microwatts * 1e-6);
    *reading =
        (gf_power_reading){of->integral.joules, read_number(of->busy, &busy) ? busy / 100 : -1};
    return true;
}

const gf_power_source gf_power_amdgpu = {.name = "amdgpu",
                                         .integrates_ns = 20000000,
                                         .interval_ns = 100000000,
                                         .open = gf_amdgpu_open,
                                         .read = gf_amdgpu_read,
                                         .close = free};
