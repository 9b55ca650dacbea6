/* A comparison: one problem, its reference, and what each device made of it. */
#ifndef GF_COMPARISON_H
#define GF_COMPARISON_H

#include "device/backend.h"
#include "gpufare.h"
#include "measure/ledger.h"
#include "problem/workload.h"

/* Shapes of lane groups, rows x columns, whose SIMD efficiency is computed. */
#define GF_LANE_GROUPS 7
extern const gf_lane_group gf_lane_groups[GF_LANE_GROUPS];

/* How the result was compared with the reference. */
typedef struct gf_verification {
    bool sampled;             /* false: every element */
    bool part_fails;          /* a row or sample differs in more than its share */
    uint32_t sample_count;    /* sampled: how many rows, blocks ... */
    gf_difference difference; /* of the latest run; of the worst if it failed */
    double differing_share_allowed;
    const char *tolerance_note; /* why differences are allowed, or NULL */
    bool has_known_answer;
    gf_known_answer known_answer;
    bool known_answer_holds;
} gf_verification;

/* Copies, so that a result outlives the device's session objects only as long as the session. */
struct gf_result {
    gf_device *device;
    char variant[32];
    char label[64];
    char why[160];
    gf_outcome outcome;
    gf_error error;   /* the reason, when the outcome is not ok */
    char note[256];   /* the backend's line on how the program ran; may be "" */
    gf_tuning tuning; /* the values that its tunables had */
    gf_ledger ledger;
    bool build_known; /* the next field is filled */
    gf_build_history build;
    gf_lane_group lanes;           /* items that ran in step; 0 x 0: not known */
    double efficiency;             /* SIMD efficiency in these groups */
    uint64_t device_bytes;         /* of all buffers; host memory where they are in place */
    uint64_t host_bytes;           /* of the run's arrays on the host: buffers, inputs, reference */
    uint64_t host_peak_bytes;      /* of the process until the end of this run; 0: not known */
    uint64_t bytes_up, bytes_down; /* of one round trip */
    uint64_t transfers;            /* of one round trip, both directions */
    bool in_place;                 /* transfers copy nothing */
    const char *host_memory;       /* of transfers: "in place", "pinned", "pageable", "mixed" */
    double work;                   /* useful work of one run, in the workload's unit */
    double checksum;
    char answer[160]; /* what the verified result answers, in one line; "": nothing */
    gf_verification verification;
    char *png_path, *npy_path, *difference_path; /* NULL: not written; owned */
};

struct gf_comparison {
    gf_session *session;
    gf_run_options options;
    gf_problem *problem;
    gf_tolerance tolerance; /* known once the inputs are made */
    uint64_t sample_state;  /* of the random places of sampled verification */
    /* First contents of the input buffers, for filling and for verification; NULL for the others.
     * Owned. */
    void *inputs[GF_MAX_BUFFERS];
    /* The full reference result, or NULL while there is none. Owned. */
    void *reference;
    double reference_checksum; /* meaningful with a reference */
    /* f32 with a full reference: how far it is from the same problem in f64. */
    bool has_f64_difference;
    gf_difference f64_difference;
    /* The latest run's host memory, one array for each buffer, and where in it the result lies. */
    gf_host_array host[GF_MAX_BUFFERS];
    const void *output; /* NULL: the latest run left none */
    gf_result **results;
    size_t result_count;
    /* Of the first verified result: efficiency of each lane group, for the checklist. */
    bool has_efficiency;
    double efficiency[GF_LANE_GROUPS];
};

/* SIMD efficiency of a result: sum of work / sum over lane groups of (lanes x the longest lane).
 * Groups at the right and bottom edges are counted with their idle lanes. */
gf_status gf_simd_efficiency(const gf_problem *problem, const void *result,
                             double efficiency[GF_LANE_GROUPS], gf_error *error);
/* The same for one group; 1 for groups of one item. */
gf_status gf_simd_efficiency_in(const gf_problem *problem, const void *result, gf_lane_group group,
                                double *efficiency, gf_error *error);

/* Adds the work of the items of rows x cols, and what their lane groups spend on it, to the two
 * sums whose ratio is the efficiency. */
void gf_lane_efficiency_add(const uint32_t *work, size_t rows, size_t cols, gf_lane_group group,
                            double *useful, double *spent);

/* The variant to run: the choice's own, or the best of its device for the problem; "" if there is
 * none. */
const char *gf_best_variant(const gf_comparison *comparison, const gf_target *target);
/* Makes what results are judged by: the inputs, the tolerance, the reference. */
gf_status gf_comparison_prepare_reference(gf_comparison *comparison, gf_error *error);
/* Renders a result and writes it as PNG. Several threads may do so at once. */
gf_status gf_write_picture(const gf_comparison *comparison, const void *output, const char *path,
                           gf_error *error);

/* Called with the result at each stop of a round trip: after `step` steps. */
typedef gf_status (*gf_stop_callback)(void *context, uint64_t step, const void *output,
                                      gf_error *error);

#endif
