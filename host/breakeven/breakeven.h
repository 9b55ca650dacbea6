/* Break-even: times of several devices along a sweep, measured and predicted, and the value from
 * which each device wins. docs/breakeven.md explains the numbers; gpufare.h has the functions. */
#pragma once

#include "analyse/payback.h"
#include "base/notes.h"
#include "breakeven/sweep.h"
#include "device/chip.h"
#include "measure/comparison.h"
#include "predict/candidates.h"
#include "stats/amdahl.h"
#include "stats/crossover.h"

/* One device at one value. */
typedef struct gf_breakeven_cell {
    bool ran;
    gf_outcome outcome;             /* of the run; only GF_OUTCOME_OK has times */
    char reason[160];               /* of another outcome */
    gf_schedule schedule;           /* the better one: with the smaller median */
    bool disturbed;                 /* other programs had the cores in most of its samples */
    gf_samples totals;              /* of its round trips, ns; owned */
    gf_statistics total;            /* of these */
    double serial_ns, pipelined_ns; /* the medians of both schedules; 0: not measured */
    gf_call_cost cost;              /* measured: of a call, and once */
    double warm_build_ns;           /* the build of this run, which a driver may have cached */
    uint32_t threads;               /* of that run; gf_result_threads */
    bool asked; /* the value was predicted; the prediction may not be possible */
    gf_prediction prediction;
} gf_breakeven_cell;

typedef struct gf_breakeven_series {
    char label[96]; /* "0:0:vector", "model 0:0:vector" */
    char kind[32];  /* "native", "opencl-gpu" */
    char name[256]; /* the device's */
    char driver[128];
    gf_device_class device_class;
    uint32_t compute_units;  /* of the native device: the most threads that it computes with */
    double memory_rate;      /* of its profile, bytes a second; 0: not known, or not native */
    bool doubtful;           /* other programs disturbed what it is predicted from */
    char device_id[32];      /* "0:0"; "" for a modelled device, as is the next */
    char chip[GF_CHIP_TEXT]; /* as in gf_device_info; "": unknown */
    bool modelled;           /* a device of another machine, predicted from its profile */
    gf_breakeven_cell cells[GF_SWEEP_MAX];
    gf_amdahl amdahl; /* of a sweep of threads, once concluded */
} gf_breakeven_series;

const char *gf_basis_name(gf_basis basis); /* "measured" */

/* The conclusion from which value on a device wins against one other, or against all. */
typedef struct gf_breakeven_threshold {
    gf_basis basis;
    size_t series, rival; /* rival: an index, or GF_ALL_RIVALS */
    gf_crossover crossover;
} gf_breakeven_threshold;

#define GF_ALL_RIVALS SIZE_MAX

/* The value at which the problem outgrows a cache of the machine. */
typedef struct gf_knee {
    const char *cache; /* "L2" */
    uint64_t bytes;
    double value; /* on the axis of the sweep */
} gf_knee;

#define GF_MAX_KNEES 3

struct gf_breakeven {
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
    gf_notes notes;    /* parameters that were changed, profiles that could not be used */
    gf_notes not_used; /* drivers and devices that the sessions could not use */
    struct gf_breakeven_bounds *bounds; /* bound_lines.h; NULL: no models were asked for; owned
                                         */
    gf_error failed; /* the worst failure of a run, which decides the exit status */
};

/* Adds the predictions of every candidate at every value, and their notes. A modelled device keeps
 * one variant, the one predicted fastest at the last value. `cancel` may be NULL. */
gf_status gf_breakeven_add_predictions(gf_breakeven *breakeven, const gf_candidates *candidates,
                                       const volatile sig_atomic_t *cancel, gf_error *error);

/* Whether the series has a time at the value. */
bool gf_breakeven_has(const gf_breakeven_series *series, size_t index, gf_basis basis);
/* Whether it has a time at any value. */
bool gf_breakeven_has_any(const gf_breakeven *breakeven, const gf_breakeven_series *series,
                          gf_basis basis);
/* After how many calls the series is ahead of every rival at the value (gf_calls_until_ahead); 0:
 * never, or it has no rival there, or other programs disturbed one of them. */
uint64_t gf_breakeven_ahead_after(const gf_breakeven *breakeven, const gf_breakeven_series *series,
                                  size_t index, gf_basis basis);
/* Whether both are listings of one chip, which are no rivals (gf_chip_is_shared). */
bool gf_breakeven_share_chip(const gf_breakeven_series *a, const gf_breakeven_series *b);
/* Whether a series is of a device on another machine. */
bool gf_breakeven_has_model(const gf_breakeven *breakeven);
/* Whether other programs disturbed the samples of the series at any value. */
bool gf_breakeven_is_disturbed(const gf_breakeven *breakeven, const gf_breakeven_series *series);
/* Whether a GPU was measured. */
bool gf_breakeven_gpu_evidence(const gf_breakeven *breakeven);
