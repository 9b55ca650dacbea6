/* What the rules of the diagnosis look at: the machine's state as plain data, so that a test can
 * record any of it. */
#ifndef GF_SETUP_H
#define GF_SETUP_H

#include "backends/opencl/drivers/icd_find.h"
#include "backends/opencl/drivers/probe.h"

#define GF_MAX_NODES     32
#define GF_MAX_VARIABLES 48

/* A device node of a GPU: /dev/dri/renderD128, /dev/kfd. */
typedef struct gf_render_node {
    char path[64];
    char group[32];  /* the node's group */
    char driver[32]; /* the kernel driver: "amdgpu", "i915"; "" unknown */
    uint32_t vendor; /* PCI: 0x8086 Intel, 0x1002 AMD, 0x10de NVIDIA; 0 unknown */
    bool accessible; /* may be read and written */
} gf_render_node;

typedef struct gf_variable {
    const char *name;
    char value[256];
} gf_variable;

/* PoCL's folder of compiled kernels. */
typedef struct gf_kernel_cache {
    char path[1024];     /* "" when there is none to look at */
    int write_error;     /* errno of making a file there; 0: it can be made */
    bool shared;         /* others may write there, or it belongs to another user */
    bool on_network;     /* on a network file system, which other machines may use too */
    uint64_t free_bytes; /* of its file system */
} gf_kernel_cache;

typedef struct gf_host_conditions {
    char container[32];  /* "docker", "podman", ...; "" none */
    bool wsl;            /* Windows Subsystem for Linux */
    bool nvidia;         /* an NVIDIA kernel driver or its libraries are there */
    char governor[32];   /* of CPU 0; "" unknown */
    char turbo_file[80]; /* what switches turbo; "" unknown */
    bool turbo;
    double load; /* processes that ran or wanted to during the last minute */
    uint32_t cpus;
} gf_host_conditions;

typedef struct gf_opencl_setup {
    char loader[512]; /* the ICD loader's real path; "" when there is none */
    gf_icd_set set;
    gf_probe_result *probes;  /* one for each driver of the set */
    gf_probe_result together; /* all that are safe alone; NOT_RUN with fewer than two */
    bool can_probe;
    char probe_error[512]; /* why no driver could be probed; "" */
    gf_render_node nodes[GF_MAX_NODES];
    size_t node_count;
    gf_variable variables[GF_MAX_VARIABLES]; /* those that steer loaders and drivers, if set */
    size_t variable_count;
    gf_kernel_cache cache;
    gf_host_conditions machine;
} gf_opencl_setup;

/* Fills *facts. `root` goes before every path of the system: "" on a real one, a prefix in tests.
 * Probes nothing yet. Not GF_OK: out of memory; then *facts is empty. */
gf_status gf_setup_collect(const char *root, gf_opencl_setup *facts, gf_error *error);
/* Probes every driver and, if there are several, the safe ones together. If that is not possible,
 * probe_error says why. */
void gf_setup_probe(gf_opencl_setup *facts);
void gf_setup_clear(gf_opencl_setup *facts);

/* The value of a variable among the facts; "" when it is not set. */
const char *gf_setup_variable(const gf_opencl_setup *facts, const char *name);
bool gf_setup_is_pocl(const gf_icd_driver *driver);

#endif
