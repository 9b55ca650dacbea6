/* What a command of a trace takes, as it was traced or on another device. */
#pragma once

#include "trace/trace.h"

/* What is taken for granted, from the shortest to the longest. */
typedef enum gf_scenario {
    GF_SCENARIO_FREE,       /* everything at best, and kernels take no time but their launch */
    GF_SCENARIO_TOUCHING,   /* and each launch touches all bytes that it could, once */
    GF_SCENARIO_SAME_BEST,  /* transfers and launches at best, kernels as they were */
    GF_SCENARIO_SAME_WORST, /* the same at worst */
    GF_SCENARIOS
} gf_scenario;

const char *gf_scenario_name(gf_scenario scenario); /* "kernels_free" */

typedef struct gf_command_cost {
    double before_ns; /* from when it could begin to its begin */
    double run_ns;
    bool known; /* false: zeros */
} gf_command_cost;

/* `device` NULL: as it was traced; then the scenario does not count. `index` is of commands. */
gf_command_cost gf_command_cost_of(const gf_trace *trace, size_t index,
                                   const gf_other_device *device, gf_scenario scenario);
/* Touching so many bytes of the device's memory once, at its best. */
double gf_touch_ns(const gf_other_device *device, double bytes);
/* The time at one end of the cost's range. */
double gf_cost_ns(const gf_cost_range *cost, bool worst, double bytes);
