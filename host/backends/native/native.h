/* The native backend's own parts: this process's CPU, through OpenMP and SIMD kernels. */
#ifndef GF_NATIVE_H
#define GF_NATIVE_H

#include "device/backend.h"
#include "os/isa.h"

/* What enumerate makes: the facts of the one device. */
typedef struct gf_native {
    uint32_t threads;
    uint32_t allowed; /* ISAs that this machine runs and the cap allows */
    char name[64];
    char driver[64];
    bool examined; /* the caches below are known, as far as they can be */
    uint64_t l1d_bytes, l2_bytes, l3_bytes;
} gf_native;

/* The threads to use: `asked` unless 0, else OMP_NUM_THREADS, else every processor this process may
 * use. GF_USAGE when the number is not one, or beyond what could be of use. */
gf_status gf_native_threads(uint32_t asked, uint32_t *threads, gf_error *error);

/* The ISAs that this machine runs, up to `cap`; NULL: up to $GPUFARE_ISA. GF_USAGE when the cap is
 * not the name of an ISA. */
gf_status gf_native_isas(const char *cap, uint32_t *allowed, gf_error *error);

/* The ISA of a variant's name, and whether it is to use a single thread. false: no such variant. */
bool gf_native_variant_parse(const char *variant, gf_isa *isa, bool *one_thread);

/* Slots of the backend. */
gf_status gf_native_enumerate(const gf_session_options *options, const gf_device_sink *sink,
                              void **state, gf_error *error);
void gf_native_shut_down(void *state);
const char *gf_native_variant(const gf_device *device, const gf_workload *workload,
                              const gf_problem *problem, size_t index);
void gf_native_tunables(const gf_device *device, const gf_problem *problem, const char *variant,
                        gf_tuning *tuning);
gf_status gf_native_prepare(gf_device *device, const gf_problem *problem, const char *variant,
                            const gf_tuning *tuning, gf_program **program, gf_error *error);
void gf_native_program_release(gf_program *program);
const char *gf_native_program_note(const gf_program *program);
gf_lane_group gf_native_lane_group(const gf_program *program);
gf_status gf_native_launch(gf_program *program, const gf_launch *launch, gf_error *error);
gf_status gf_native_finish(gf_program *program, bool *swapped, gf_error *error);
gf_status gf_native_diagnose(const gf_diagnosis_sink *sink, gf_error *error);

#endif
