/* The ledger of errors: by how much the predictions that were checked on this machine were off. It
 * is kept in the cache, one file for each machine. */
#ifndef GF_PREDICTION_LOG_H
#define GF_PREDICTION_LOG_H

#include "gpufare.h"

/* The oldest entries go when there are more. One takes at most 1.5 KiB in the file, and the cache
 * reads files of up to 1 MiB. */
#define GF_PREDICTION_LOG_MOST 500

/* One device in one check; ns are 0 where nothing was predicted or measured. */
typedef struct gf_prediction_entry {
    char at[32]; /* "2026-05-21T12:00:00Z" */
    char workload[32], values[256], device[96];
    double predicted_ns[GF_PHASE_COUNT], measured_ns[GF_PHASE_COUNT];
} gf_prediction_entry;

typedef struct gf_prediction_log {
    char machine[256];
    gf_prediction_entry *entries; /* owned */
    size_t count;
    char discarded[160]; /* why what was kept could not be used; "": it could, or nothing was */
} gf_prediction_log;

/* What is kept for a machine, named as in its profiles (GF_FAILED: no memory). A file that can't be
 * used is removed: the ledger then is empty and says so. */
gf_status gf_prediction_log_open(const char *machine, gf_prediction_log **ledger, gf_error *error);
void gf_prediction_log_close(gf_prediction_log *ledger);
/* An entry with a time that is not finite or negative, or without totals, says nothing about an
 * error: it is left out. */
gf_status gf_prediction_log_add(gf_prediction_log *ledger, const gf_prediction_entry *entry,
                                gf_error *error);
/* false: it could not be kept. What another process added meanwhile is lost. */
bool gf_prediction_log_save(const gf_prediction_log *ledger);

/* How many entries are kept and told of: the latest GF_PREDICTION_LOG_MOST. */
size_t gf_prediction_log_count(const gf_prediction_log *ledger);
/* The median of |predicted / measured - 1| of the totals; 0 without entries. */
double gf_prediction_log_median(const gf_prediction_log *ledger);

#endif
