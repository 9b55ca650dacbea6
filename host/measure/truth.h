/* What the results of a problem are judged by: its inputs, its reference result, and how far a
 * right result may be from that. */
#pragma once

#include "device/context.h"
#include "problem/workload.h"

/* How far a result in f32 is from that of the same problem in f64. */
typedef struct gf_f64_difference {
    gf_difference difference;
    double largest; /* magnitude of an element in f64 */
    char at[64];    /* "": of the problem itself; else of a smaller one: "size 256x256" */
} gf_f64_difference;

/* States between the steps of a reference that takes long, which are saved and gone on from. */
typedef struct gf_reference_states {
    void *context;
    /* Puts the newest state into the arrays, one for each buffer, and returns its step; 0: there is
     * none, and the arrays are as they were or hold nothing of use (*lost). */
    uint64_t (*restore)(void *context, void *const *arrays, bool *lost);
    /* After `step` steps, in `ns` for the latest `steps` of them; returns how many come next. */
    uint64_t (*passed)(void *context, void *const *arrays, uint64_t step, uint64_t steps,
                       uint64_t ns);
} gf_reference_states;

/* Made by setting the first three fields and zeroing the others. verify.h decides whether results
 * are compared with the whole reference or with samples. */
typedef struct gf_truth {
    gf_problem *problem;   /* outlives the truth */
    gf_context context;    /* of its options: cancel, verify */
    uint64_t sample_state; /* of the random places of sampled verification; its seed at first */
    /* First contents of the input buffers, for filling and for verification; NULL for the other
     * buffers. Owned. */
    void *inputs[GF_MAX_BUFFERS];
    bool inputs_made;
    /* Has a device compute the reference, into new memory that free() releases, where this process
     * has no kernel for it; sets reference_label. */
    gf_status (*ask_device)(struct gf_truth *truth, void **result, gf_error *error);
    const gf_reference_states *states; /* NULL: the reference is computed in one go */
    gf_error no_reference;             /* why that has failed, once it has: it is not tried again */
    gf_tolerance tolerance;            /* known once the inputs are made */
    /* The whole reference result, or NULL while there is none. Owned. */
    void *reference;
    double reference_checksum; /* meaningful with a reference */
    /* Of a reference that a device computed: the other buffers that come down; NULL: not known.
     * Owned. */
    void *outputs[GF_MAX_BUFFERS];
    char reference_label[64]; /* what computed it: "native:twin-1t"; "": the scalar CPU kernel */
    /* Where a device of a driver computed it for want of a CPU kernel: that device. It proves
     * results of other devices only. */
    gf_device *reference_device;
    gf_error no_twin;  /* why the CPU kernel that is loaded failed: it is not tried again */
    gf_device *judged; /* whose results come next; NULL: not known yet */
    /* Where only samples are compared and every bit counts: the hash that all results must have.
     * That of the first one, or of the whole reference once results differ. */
    bool has_result_hash;
    uint64_t result_hash;
    /* f32 with a whole reference: how far it is from the reference of the same problem in f64. */
    bool has_f64_difference;
    gf_f64_difference f64_difference;
    /* The same of another draw of the inputs, with which round trips take turns; NULL: none. Owned.
     */
    struct gf_redrawn *redrawn;
} gf_truth;

typedef struct gf_redrawn {
    gf_truth truth;
    gf_problem problem; /* of it; all that it points to is of the first draw's */
} gf_redrawn;

/* The kernel of this process that results are compared with: the scalar CPU variant. NULL if there
 * is none. */
gf_cpu_kernel gf_reference_kernel(const gf_problem *problem);
/* Whether the workload can check single samples of a result. */
bool gf_can_sample(const gf_problem *problem);

/* Makes the inputs and the tolerance, unless they are there already. */
gf_status gf_truth_make_inputs(gf_truth *truth, gf_error *error);
/* Computes the whole reference, unless it is there already. The inputs must be made.
 * GF_UNSUPPORTED when the host's memory can't hold it. */
gf_status gf_truth_make_reference(gf_truth *truth, gf_error *error);
/* Results of this device come next: a reference that it computed itself is dropped. */
void gf_truth_judge(gf_truth *truth, gf_device *device);
/* Makes the inputs and the reference of another draw, if the workload has one and there is memory
 * for it. The reference must be made. */
gf_status gf_truth_redraw(gf_truth *truth, gf_error *error);
/* Frees the reference; the next verification samples. */
void gf_truth_drop_reference(gf_truth *truth);
void gf_truth_clear(gf_truth *truth);
/* Bytes of the inputs and the reference that are there now. */
uint64_t gf_truth_held_bytes(const gf_truth *truth);
