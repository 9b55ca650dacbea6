/* The one native device: this process's CPU, its properties and its variants. */
#pragma once

#include "device/backend.h"
#include "os/cores.h"
#include "os/isa.h"
#include "os/machine.h"

/* Lives from enumerate to shut_down; gf_device.state points to it. */
typedef struct gf_native {
    uint32_t threads;
    bool threads_given; /* by the user: no fewer are tried */
    uint32_t allowed;   /* ISAs that this machine runs and the cap allows */
    bool loads_kernels; /* gf_session_options */
    double deadline_s;  /* gf_session_options */
    char name[64];
    char driver[64];
    double quota;                    /* of the process, in cores; 0: none */
    char limits[GF_LIMITS_TEXT];     /* what keeps it from the whole machine; "" */
    struct gf_native_worker *worker; /* NULL: the device is in this process */
    bool examined;                   /* the machine below is known, as far as possible */
    gf_machine machine;
} gf_native;

/* The kinds of variants: one of each gf_isa, and a kernel that is loaded at run time. */
enum { GF_NATIVE_LOADED = GF_ISA_COUNT, GF_NATIVE_KINDS };

/* The kind of a variant's name, and whether it is to use a single thread. false: no such variant.
 */
bool gf_native_variant_parse(const char *variant, uint32_t *kind, bool *one_thread);

/* Slots of the backend. */
void gf_native_shut_down(void *state);
gf_status gf_native_enumerate(const gf_session_options *options, const gf_device_sink *sink,
                              void **state, gf_error *error);
const char *gf_native_variant(const gf_device *device, const gf_workload *workload,
                              const gf_problem *problem, size_t index);
size_t gf_native_contestants(const gf_device *device, const gf_problem *problem);
