/* Break-even: times of several devices along a sweep, measured and predicted, and from where on
 * each of them wins. docs/breakeven.md explains the numbers. */
#ifndef GF_BREAKEVEN_H
#define GF_BREAKEVEN_H

#include "base/notes.h"
#include "breakeven/sweep.h"
#include "measure/comparison.h"
#include "predict/candidates.h"
#include "stats/amdahl.h"
#include "stats/crossover.h"

/* One device at one value. */
typedef struct gf_breakeven_cell {
    bool ran;
    gf_outcome outcome; /* once it ran; times are there only with GF_OUTCOME_OK */
    char reason[160];   /* of another outcome */
    gf_samples totals;  /* ns; owned */
    gf_statistics total;
    bool asked; /* a prediction was asked for */
    gf_prediction prediction;
} gf_breakeven_cell;

typedef struct gf_breakeven_series {
    char label[96]; /* "0:0:vector", "model 0:0:vector" */
    char kind[32];  /* "native", "opencl-gpu" */
    char name[128]; /* the device's */
    gf_device_class device_class;
    bool modelled; /* a device that is not here: predicted from a profile that was measured on
                      another machine */
    gf_breakeven_cell cells[GF_SWEEP_MAX];
    gf_amdahl amdahl; /* of a sweep of threads, once concluded */
} gf_breakeven_series;

typedef enum gf_basis { GF_MEASURED, GF_PREDICTED, GF_BASES } gf_basis;

const char *gf_basis_name(gf_basis basis); /* "measured" */

/* From where on a device wins against one other, or against all. */
typedef struct gf_breakeven_threshold {
    gf_basis basis;
    size_t series, rival; /* rival: GF_ALL_RIVALS, or an index */
    gf_crossover threshold;
} gf_breakeven_threshold;

#define GF_ALL_RIVALS SIZE_MAX

/* Where the problem outgrows a cache of the machine. */
typedef struct gf_knee {
    const char *cache; /* "L2" */
    uint64_t bytes;
    double value; /* of the sweep */
} gf_knee;

#define GF_MAX_KNEES 3

typedef struct gf_breakeven {
    gf_sweep sweep;
    gf_params *params[GF_SWEEP_MAX];   /* of the problem at each value; owned */
    uint64_t footprints[GF_SWEEP_MAX]; /* bytes of all buffers */
    gf_problem *problem;               /* at the last value; owned */
    gf_breakeven_series **series;      /* owned */
    size_t series_count;
    gf_breakeven_threshold *thresholds; /* once concluded; owned */
    size_t threshold_count;
    gf_knee knees[GF_MAX_KNEES]; /* by value */
    size_t knee_count;
    gf_notes notes;  /* what was changed or could not be used */
    gf_error failed; /* the worst that became of a run, which decides the exit status */
} gf_breakeven;

/* Checks the problem at every value of the sweep, before any of them runs. The sweep is copied.
 * GF_USAGE or GF_UNSUPPORTED, with the value in the message, when one can't be. */
gf_status gf_breakeven_create(const gf_sweep *sweep, const gf_params *params,
                              gf_breakeven **breakeven, gf_error *error);
void gf_breakeven_destroy(gf_breakeven *breakeven);

/* Runs every choice at one value, verified, and adds what came out. The choices have their variants
 * (gf_comparison_resolve_targets). Not GF_OK: interrupted, or the host itself failed. */
gf_status gf_breakeven_measure(gf_breakeven *breakeven, size_t index, gf_session *session,
                               const gf_target_list *targets, const gf_run_options *options,
                               gf_error *error);
/* Predicts every candidate at every value; of several variants of a modelled device the one that is
 * predicted fastest at the last value stays. `cancel` may be NULL. */
gf_status gf_breakeven_predict(gf_breakeven *breakeven, const gf_candidates *candidates,
                               const volatile sig_atomic_t *cancel, gf_error *error);

/* What is there: a time at the value, on this basis. */
bool gf_breakeven_has(const gf_breakeven_series *series, size_t index, gf_basis basis);
/* At one value at least. */
bool gf_breakeven_has_any(const gf_breakeven *breakeven, const gf_breakeven_series *series,
                          gf_basis basis);
/* True when a GPU was measured. */
bool gf_breakeven_gpu_evidence(const gf_breakeven *breakeven);

/* The index-th remark of a report: the notes, what is unsteady, what is not measured. "": this one
 * does not apply; false: there are no more. */
#define GF_REMARK_SIZE 4096 /* all values of a sweep, and some words */
/* GF_OK, or the worst that became of a run with its message. */
gf_status gf_breakeven_status(const gf_breakeven *breakeven, gf_error *error);

#endif
