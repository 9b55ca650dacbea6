/* What divergence costs: the same items with the same work once in an order in which neighbours are
 * alike and once shuffled (gf_workload.reorder), predicted and measured. */
#ifndef GF_DIVERGENCE_H
#define GF_DIVERGENCE_H

#include <jansson.h>

#include "predict/estimate.h"

typedef enum gf_order { GF_ORDER_COHERENT, GF_ORDER_SHUFFLED, GF_ORDERS } gf_order;

/* Each order is run so often, in turns, so that what changes with time meets both. */
#define GF_DIVERGENCE_ROUNDS 4

typedef struct gf_divergence_row {
    char label[64]; /* "0:0:vector" */
    gf_device_class device_class;
    gf_outcome outcome; /* not ok: the rest is empty but for the reason */
    char reason[GF_ERROR_TEXT];
    gf_lane_group lanes;          /* items that run in step; 0 x 0: not known */
    double efficiency[GF_ORDERS]; /* SIMD efficiency in these, sampled before the runs */
    double predicted;             /* kernel time shuffled / coherent; 0: without lanes to go by */
    double kernel_ns[GF_ORDERS];  /* medians over the rounds of the medians of each */
    double measured;              /* the same ratio: median over the rounds */
    double low, high;             /* least and greatest of the rounds */
} gf_divergence_row;

typedef struct gf_divergence {
    const gf_workload *workload;
    gf_estimate estimates[GF_ORDERS];
    gf_divergence_row *rows; /* one for each choice, in its order; owned */
    size_t count;
    bool gpu_took_part; /* and was ok */
} gf_divergence;

/* Whether the workload's items can be shuffled; GF_USAGE if not, and when `values` sets the
 * parameter that says so, which the measurement needs for itself. */
gf_status gf_divergence_check(const gf_params *params, gf_error *error);

/* Predicts and measures each choice; every choice must have its variant. Of the options, samples
 * and seconds are divided among the rounds; tunables stay at their defaults unless they are given,
 * so that both orders run the same kernel; nothing is pipelined. A device that fails is a row with
 * a reason. Not GF_OK: interrupted, or the host itself failed, or the values don't fit. */
gf_status gf_divergence_measure(gf_session *session, const gf_params *params,
                                const gf_target_list *targets, const gf_run_options *options,
                                gf_divergence **divergence, gf_error *error);
/* Accepts NULL. */
void gf_divergence_destroy(gf_divergence *divergence);

/* GF_MISMATCH or GF_FAILED when a row is so; GF_OK when one is ok and the others lack something. */
gf_status gf_divergence_status(const gf_divergence *divergence, gf_error *error);

/* ---- Reports (divergence_report.c) ------------------------------------- */

#endif
