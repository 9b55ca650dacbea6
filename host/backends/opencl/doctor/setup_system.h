/* Device nodes, PoCL's kernel cache and the machine's conditions, read from the file system. */
#pragma once

#include "gpufare.h"

/* A device node of a GPU: /dev/dri/renderD128, /dev/kfd. */
typedef struct gf_render_node {
    char path[64];
    char group[32];  /* the node's group */
    char driver[32]; /* the kernel driver: "amdgpu", "i915"; "" unknown */
    uint32_t vendor; /* PCI: 0x8086 Intel, 0x1002 AMD, 0x10de NVIDIA; 0 unknown */
    bool accessible; /* may be read and written */
} gf_render_node;

/* PoCL's folder of compiled kernels. */
typedef struct gf_kernel_cache {
    char path[1024];     /* "" when no PoCL is installed */
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

/* The nodes that there are, `most` at most; returns their number. */
size_t gf_setup_find_nodes(const char *root, gf_render_node *nodes, size_t most);
void gf_setup_find_cache(gf_kernel_cache *cache);
void gf_setup_find_conditions(const char *root, gf_host_conditions *machine);
