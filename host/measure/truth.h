/* What the results of a problem are judged by: its inputs, its reference result, and how far a
 * right result may be from that. */
#pragma once

#include "device/context.h"
#include "problem/workload.h"

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
    gf_tolerance tolerance; /* known once the inputs are made */
    /* The whole reference result, or NULL while there is none. Owned. */
    void *reference;
    double reference_checksum; /* meaningful with a reference */
    /* Where only samples are compared and every bit counts: the hash that all results must have.
     * That of the first one, or of the whole reference once results differ. */
    bool has_result_hash;
    uint64_t result_hash;
    /* f32 with a whole reference: how far it is from the reference of the same problem in f64. */
    bool has_f64_difference;
    gf_difference f64_difference;
} gf_truth;

/* The kernel that results are compared with: the scalar CPU variant. NULL and an error if the
 * workload has none. */
gf_cpu_kernel gf_reference_kernel(const gf_problem *problem, gf_error *error);
/* Whether the workload can check single samples of a result. */
bool gf_can_sample(const gf_problem *problem);

/* Makes the inputs and the tolerance, unless they are there already. */
gf_status gf_truth_make_inputs(gf_truth *truth, gf_error *error);
/* Computes the whole reference, unless it is there already. The inputs must be made.
 * GF_UNSUPPORTED when the host's memory can't hold it. */
gf_status gf_truth_make_reference(gf_truth *truth, gf_error *error);
/* Frees the reference; the next verification samples. */
void gf_truth_drop_reference(gf_truth *truth);
void gf_truth_clear(gf_truth *truth);
/* Bytes of the inputs and the reference that are there now. */
uint64_t gf_truth_held_bytes(const gf_truth *truth);
