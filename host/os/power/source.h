/* What measures energy: the sources that a system may have, each a row of one table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where to look. */
typedef struct gf_power_place {
    const char *root; /* goes before every path of the system; "": a real one */
    const char *nvml; /* the library to load; NULL: the driver's */
    const char *chip; /* of the device, as gf_device_info has it; NULL or "": not known */
    bool is_host;     /* the device computes on the host's processor */
} gf_power_place;

/* What a sensor says: since it was opened, and now. */
typedef struct gf_power_reading {
    double joules;
    double busy; /* share of the time that the device computes; below 0: not told */
} gf_power_reading;

#define GF_POWER_NAME 96
#define GF_POWER_WHY  160

typedef struct gf_power_source {
    const char *name;
    bool of_host; /* it measures the host, whatever the device is */
    /* Reads and adds up less often than this make the energy wrong: the sensor only tells the power
     * of the moment. 0: it counts by itself. */
    uint64_t integrates_ns;
    uint64_t interval_ns; /* how often the system renews what it tells */
    /* Opens the sensor of the place and says what it measures in `name`. NULL: there is none, and
     * `why` says the reason. */
    void *(*open)(const gf_power_place *place, char name[GF_POWER_NAME], char why[GF_POWER_WHY]);
    /* false: it can't be read any more. */
    bool (*read)(void *state, uint64_t now_ns, gf_power_reading *reading);
    void (*close)(void *state);
} gf_power_source;

extern const gf_power_source gf_power_rapl, gf_power_amdgpu, gf_power_nvml;

/* Energy of a sensor that only tells power: the mean of two readings holds between them. */
typedef struct gf_power_integral {
    double joules, watts;
    uint64_t at_ns; /* 0: nothing was read yet */
} gf_power_integral;

void gf_power_integrate(gf_power_integral *integral, uint64_t now_ns, double watts);
