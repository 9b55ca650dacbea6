/* The energy of results, by each sensor of a device and of its host. docs/energy.md says how it is
 * measured. */
#pragma once

#include "os/power/power.h"

/* Pieces of work that are repeated alone. */
typedef enum gf_energy_part {
    GF_ENERGY_IDLE,    /* nothing */
    GF_ENERGY_TOTAL,   /* whole serial round trips */
    GF_ENERGY_H2D,     /* their uploads */
    GF_ENERGY_COMPUTE, /* their launches and kernels */
    GF_ENERGY_D2H,     /* their downloads */
    GF_ENERGY_PARTS
} gf_energy_part;

typedef struct gf_energy_span {
    uint64_t repeats; /* 0: not measured. Of nothing: 1 */
    gf_power_span span;
    double host_busy; /* hardware threads of the whole machine that worked; below 0: not told */
} gf_energy_span;

typedef struct gf_energy {
    bool asked;
    size_t sensor_count; /* 0: nothing is readable, and `why` says it */
    struct {
        char name[GF_POWER_NAME];
        bool of_host;
    } sensors[GF_POWER_MOST];
    char why[GF_POWER_ALL_WHY];
    gf_energy_span parts[GF_ENERGY_PARTS];
} gf_energy;

/* "idle", "total", "h2d", "compute", "d2h" */
const char *gf_energy_part_name(gf_energy_part part);

/* Joules of one repeat, by a sensor; below 0: not measured. */
double gf_energy_joules(const gf_energy *energy, size_t sensor, gf_energy_part part);
/* The mean power of a part in watts, by a sensor; below 0: not measured. */
double gf_energy_watts(const gf_energy *energy, size_t sensor, gf_energy_part part);
/* Joules of one result, by all sensors; below 0: one of them has none. */
double gf_energy_of_result(const gf_energy *energy);
