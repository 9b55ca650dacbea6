/* Which device is fastest: one ranking for measured and for predicted times. */
#pragma once

#include "base/text.h"
#include "measure/comparison.h"
#include "predict/candidates.h"

/* Times closer than this are not told apart, even when the quartiles of their samples are. */
#define GF_CLOSE_RATIO 1.05

/* One kernel variant on one device. */
typedef struct gf_rank_row {
    const char *label;
    const void *device;         /* equal for the variants of one device */
    const gf_device_info *info; /* of a device of this machine; NULL: of a model */
    double kernel_ns;
    double total_ns; /* of the shorter round trip: serial or pipelined */
    bool ok;         /* the times are known; only such rows are ranked */
    bool is_baseline, is_gpu;
} gf_rank_row;

/* The rows to rank, made on demand from results or predictions, which must outlive this. */
typedef struct gf_rank_rows {
    size_t count;
    gf_rank_row (*at)(const struct gf_rank_rows *rows, size_t index);
    const void *source;
    const gf_prediction *predictions;
} gf_rank_rows;

/* A row for each result; NULL stands for a device that did not run. */
gf_rank_rows gf_rank_rows_of_results(const gf_result *const *results, size_t count);
gf_rank_rows gf_rank_rows_of_comparison(const gf_comparison *comparison);
/* `predictions`: one for each candidate, or NULL: the candidates' own. */
gf_rank_rows gf_rank_rows_of_candidates(const gf_candidates *candidates,
                                        const gf_prediction *predictions);

/* Indices of rows; the number of rows stands for "none". The first of equal rows wins. */
typedef struct gf_ranking {
    size_t winner;      /* the smallest total */
    size_t runner_up;   /* the smallest total of another device, on another chip */
    size_t gpu;         /* the smallest total of a GPU */
    size_t kernel_best; /* the smallest kernel time, if it beats the winner's by GF_CLOSE_RATIO;
                           else the winner */
    size_t baseline;    /* the denominator of speed-ups: the first row that is_baseline, else the
                           first */
} gf_ranking;

gf_ranking gf_rank(const gf_rank_rows *rows);
/* Whether the two are alternatives: variants of one device are not, nor are listings of one chip
 * (gf_chip_is_shared). */
bool gf_rank_are_rivals(const gf_rank_row *a, const gf_rank_row *b);
/* Appends which devices that are ok are listings of one chip: " 0:0 and 1:0 are one chip (the
 * host's CPU) ...", as many whole sentences as there is room for. */
void gf_rank_add_chips(const gf_rank_rows *rows, gf_text *text);

/* Adds how many drivers and devices could not be used, in a sentence: what is missing may be what
 * the user asked about. Adds nothing without such. */
void gf_rank_add_unused(const gf_session *session, gf_text *text);

/* What to say in the place of a second device: that there is none, or that it could not be used. */
const char *gf_rank_no_other(const gf_session *session);

/* The row of this device with the smallest total; the number of rows if none is ok. */
size_t gf_rank_fastest_of(const gf_rank_rows *rows, const void *device);
/* The row with the smallest total of this row's device or of another listing of its chip; the
 * number of rows if none is ok. `like` may be of no row. */
size_t gf_rank_fastest_like(const gf_rank_rows *rows, const gf_rank_row *like);
/* The first row of the row's device or of another listing of its chip: it stands for the chip. */
size_t gf_rank_first_like(const gf_rank_rows *rows, size_t index);
/* Whether a row is the one to show for its device: the fastest, or the first if none is ok. */
bool gf_rank_stands_for_device(const gf_rank_rows *rows, size_t index);

/* The result that speed-ups are relative to; NULL: nothing was ok. */
const gf_result *gf_rank_baseline(const gf_comparison *comparison);

/* Whom a speed-up is against: "native:scalar (2 threads)", so that it is not taken for a factor
 * over one thread. Threads are told of a device's own baseline. NULL: "". */
void gf_baseline_format_result(const gf_result *baseline, char *text, size_t size);
/* The same for a prediction: "native:scalar (up to 2 threads)", because each of the cases that it
 * starts from ran with the threads that were the fastest there. */
void gf_baseline_format_candidate(const gf_candidate *baseline, char *text, size_t size);
