/* The set-up that the diagnosis examines, as plain data, so that a test can record any set-up. */
#pragma once

#include "backends/opencl/doctor/setup_system.h"
#include "backends/opencl/drivers/driver_failure.h"
#include "backends/opencl/drivers/icd_find.h"
#include "backends/opencl/drivers/probe_result.h"
#include "os/environment/steering.h"

#define GF_MAX_NODES       32
#define GF_POCL_FREE_BYTES (UINT64_C(32) << 20) /* room for about 100 compiled kernels */

typedef struct gf_opencl_setup {
    char loader[512];      /* the ICD loader's real path; "" when there is none */
    char loader_maker[32]; /* "ocl-icd", "Khronos"; "" unknown */
    gf_icd_set set;
    gf_probe_result *probes;     /* one for each driver of the set */
    gf_driver_failure *failures; /* the same */
    gf_probe_result together;    /* joint probe of all drivers that passed alone; NOT_RUN if fewer
                                    than two passed */
    bool can_probe;
    bool interrupted;      /* some probes did not end; their results are NOT_RUN */
    char probe_error[512]; /* why no driver could be probed; "" */
    gf_render_node nodes[GF_MAX_NODES];
    size_t node_count;
    gf_variable *variables; /* those that steer loaders and drivers, if set; owned */
    size_t variable_count;
    gf_kernel_cache cache;
    gf_host_conditions machine;
} gf_opencl_setup;

/* Fills *setup. `root` goes before every path of the system: "" on a real one, a prefix in tests.
 * Probes nothing yet. Not GF_OK: out of memory; then *setup is empty. */
gf_status gf_setup_collect(const char *root, gf_opencl_setup *setup, gf_error *error);
/* Probes every driver and, if there are several, the safe ones together, until `cancel` (may be
 * NULL) is set. If that is not possible, probe_error says why. */
void gf_setup_probe(gf_opencl_setup *setup, const volatile sig_atomic_t *cancel);
void gf_setup_clear(gf_opencl_setup *setup);

/* The value of one of setup->variables; "" when it is not set. */
const char *gf_setup_variable(const gf_opencl_setup *setup, const char *name);
/* Whether a driver was probed, or needs no probe because it can't work. true for all unless the
 * probes were interrupted. */
bool gf_setup_knows_driver(const gf_opencl_setup *setup, size_t index);
bool gf_setup_is_pocl(const gf_icd_driver *driver);
/* Whether a variable's value is a switch that is off: "0", "false", "no", "off". */
bool gf_setup_switches_off(const char *value);
/* Devices that passed their test, over all drivers. */
size_t gf_setup_usable_devices(const gf_opencl_setup *setup);
/* True when PoCL's cache can't take a kernel. */
bool gf_setup_cache_is_broken(const gf_opencl_setup *setup);
/* True when this user can't open a node of this PCI vendor (0: of any). */
bool gf_setup_node_denied(const gf_opencl_setup *setup, uint32_t vendor);
/* True when some driver lists a platform with `word` in its name. */
bool gf_setup_has_platform(const gf_opencl_setup *setup, const char *word);
/* True when some driver lists a GPU. */
bool gf_setup_has_gpu(const gf_opencl_setup *setup);
