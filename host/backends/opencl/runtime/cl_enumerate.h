/* Finding platforms and devices. */
#pragma once

#include "backends/opencl/cl/cl_device.h"

typedef struct gf_cl_search {
    size_t installed;        /* drivers */
    size_t known_warnings;   /* about drivers, which the sink has already */
    uint32_t first_platform; /* the number of the first platform */
} gf_cl_search;

/* Puts all usable devices in the sink and at the front of *list, and a warning in the sink for each
 * platform and device that can't be used. */
gf_status gf_cl_enumerate(const gf_device_sink *sink, const gf_cl_search *where,
                          gf_cl_device **list, gf_error *error);
void gf_cl_devices_free(gf_cl_device *list);

/* The warning when no driver has a platform. */
gf_status gf_cl_report_no_platforms(const gf_device_sink *sink, size_t installed, gf_error *error);

/* What earlier processes have found out about a device; false: nothing. */
bool gf_cl_kept_facts(cl_platform_id platform, cl_device_id id, gf_fact facts[GF_FACT_COUNT]);
