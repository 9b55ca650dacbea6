/* The cost of divergence, predicted and measured: the same items run once in an order in which
 * neighbours are alike, once shuffled (gf_workload.reorder, gf_workload.permutable). */
#pragma once

#include "device/context.h"
#include "measure/comparison.h"
#include "predict/estimate.h"

typedef enum gf_order { GF_ORDER_COHERENT, GF_ORDER_SHUFFLED, GF_ORDERS } gf_order;

/* Runs of each order, in turns, so that changes of the machine over time affect both. */
#define GF_DIVERGENCE_ROUNDS 4

typedef struct gf_divergence_row {
    char label[64]; /* "0:0:vector" */
    gf_device_class device_class;
    gf_outcome outcome; /* not ok: only the reason is filled */
    char reason[GF_ERROR_TEXT];
    gf_lane_group lanes;          /* items that run in step; 0 x 0: not known */
    double efficiency[GF_ORDERS]; /* SIMD efficiency in these, sampled before the runs */
    double predicted;             /* kernel time shuffled / coherent; 0: the lanes are not known */
    double kernel_ns[GF_ORDERS];  /* the median of the rounds' medians */
    double measured;              /* the same ratio: the median of the rounds */
    double low, high;             /* the smallest and the largest round */
} gf_divergence_row;

typedef struct gf_divergence {
    const gf_workload *workload;
    bool work_is_known; /* of single items, without which nothing is predicted */
    gf_estimate estimates[GF_ORDERS];
    gf_divergence_row *rows; /* one for each target, in its order; owned */
    size_t count;
    bool gpu_took_part; /* and was ok */
} gf_divergence;

/* What is shuffled, and what both orders are called: the workload's parameter, or its permutable
 * input. */
gf_reorder gf_divergence_reorder(const gf_workload *workload);
/* GF_USAGE when the workload's items can't be shuffled, or `params` sets the parameter of the
 * order, which the measurement itself sets. */
gf_status gf_divergence_check(const gf_params *params, gf_error *error);

/* Predicts and measures each target; every target must have its variant. The samples and seconds of
 * the options are divided among the rounds. Tunables stay at their defaults unless they are given,
 * so that both orders run the same kernel; nothing is pipelined. A device that fails is a row with
 * a reason. Not GF_OK: interrupted, the host itself failed, or the parameters don't fit. */
gf_status gf_divergence_measure(const gf_context *context, const gf_params *params,
                                const gf_target_list *targets, gf_divergence **divergence,
                                gf_error *error);
void gf_divergence_destroy(gf_divergence *divergence);

/* GF_MISMATCH or GF_FAILED when a row has that outcome; GF_OK when one is ok and the others are
 * unsupported. */
gf_status gf_divergence_status(const gf_divergence *divergence, gf_error *error);
