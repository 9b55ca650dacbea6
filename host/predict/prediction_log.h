/* The prediction log: predicted and measured times of each device whose predictions were checked on
 * this machine. It is stored in the cache, one file for each machine. */
#pragma once

#include "gpufare.h"

/* The oldest entries are dropped when there are more. An entry takes at most 1.5 KiB in the file,
 * and the cache reads files of up to 1 MiB. */
#define GF_PREDICTION_LOG_MOST 500

/* One device in one review; ns of a phase that was not predicted or measured are 0. */
typedef struct gf_prediction_entry {
    char at[32]; /* "2026-05-21T12:00:00Z" */
    char workload[32], values[256], device[96];
    double predicted_ns[GF_PHASE_COUNT], measured_ns[GF_PHASE_COUNT];
} gf_prediction_entry;

typedef struct gf_prediction_log {
    char machine[256];
    gf_prediction_entry *entries; /* owned */
    size_t count;
    char discarded[160]; /* why the stored file was removed; "": it was not */
} gf_prediction_log;

/* Loads the log of a machine, named as in its profiles. An unusable file is removed: the log is
 * then empty, with the reason in `discarded`. GF_FAILED: no memory. */
gf_status gf_prediction_log_load(const char *machine, gf_prediction_log **log, gf_error *error);
void gf_prediction_log_destroy(gf_prediction_log *log);
/* Adds an entry; skips one with a negative or infinite time or without totals. */
gf_status gf_prediction_log_add(gf_prediction_log *log, const gf_prediction_entry *entry,
                                gf_error *error);
/* false: it could not be written. Entries that another process added meanwhile are lost. */
bool gf_prediction_log_save(const gf_prediction_log *log);

/* The number of entries that are saved and evaluated: the latest GF_PREDICTION_LOG_MOST. */
size_t gf_prediction_log_count(const gf_prediction_log *log);
/* From this many errors on their ninth decile is told; of fewer, the largest. */
#define GF_ENOUGH_ERRORS 10

/* |predicted / measured - 1| of the totals of some entries. */
typedef struct gf_past_errors {
    size_t count;
    double median;
    double ninth_decile; /* 90 % of them are at most this; with fewer than GF_ENOUGH_ERRORS, the
                            largest */
} gf_past_errors;

/* The errors of one workload on some devices, which labels of candidates name: "0:0:vector" stands
 * for every variant of 0:0. */
gf_past_errors gf_prediction_log_errors(const gf_prediction_log *log, const char *workload,
                                        const char *const *labels, size_t label_count);
