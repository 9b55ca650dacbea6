#include "predict/estimate.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "measure/truth.h"
#include "problem/ndrange.h"
#include "problem/problem.h"
#include "problem/traffic.h"

/* Work is sampled in 16 bands, spread evenly. A band is as tall as the tallest lane group, so that
 * it holds complete groups. */
#define BANDS     16
#define BAND_ROWS 8
/* Most operations of sampling, if no item ends early: about a quarter of a second on one core. */
#define SAMPLE_OPERATIONS 2e9
/* If even LEAST_ROWS rows are too expensive, take the descriptor's bound, relative error 1. */
#define BOUND_ERROR 1.0
#define LEAST_ROWS  2

/* ---- From the descriptor ----------------------------------------------- */

static void take_descriptor(const gf_problem *problem, gf_estimate *estimate) {
    const gf_buffer_spec *result = &problem->buffers[problem->result];
    const gf_traffic traffic = gf_problem_traffic(problem);
    *estimate = (gf_estimate){.work = problem->cost.work,
                              .operations = problem->cost.operations,
                              .bytes = problem->cost.bytes,
                              .items = (double)result->rows * (double)result->cols,
                              .buffers = problem->buffer_count,
                              .footprint = (double)gf_problem_bytes(problem),
                              .segments = (double)gf_problem_stops(problem),
                              .segment_steps = 1,
                              .bytes_up = (double)traffic.bytes_up,
                              .bytes_down = (double)traffic.bytes_down,
                              .uploads = (double)traffic.uploads,
                              .downloads = (double)traffic.downloads};
    if (problem->steps > 0)
        estimate->segment_steps = (double)problem->steps / estimate->segments;
    for (int i = 0; i < GF_LANE_GROUPS; i++)
        estimate->efficiency[i] = 1;
}

/* ---- Sampled work ------------------------------------------------------ */

typedef struct sampling {
    size_t bands, band_rows;
    bool all_rows; /* the bands cover every row */
    double useful[GF_LANE_GROUPS], spent[GF_LANE_GROUPS];
    double work, items;         /* of all bands */
    double sum, sum_of_squares; /* of the mean work of an item in each band */
} sampling;

/* Rows that can be sampled if no item ends early. */
static double affordable_rows(const gf_problem *problem) {
    const double rows = (double)problem->buffers[problem->result].rows;
    return problem->cost.operations > 0 ? SAMPLE_OPERATIONS / (problem->cost.operations / rows)
                                        : HUGE_VAL;
}

/* All rows where they are cheap; else bands within SAMPLE_OPERATIONS. */
static sampling plan_sampling(const gf_problem *problem, size_t rows) {
    const double affordable = affordable_rows(problem);
    sampling plan = {.bands = BANDS, .band_rows = BAND_ROWS};
    if (affordable < BANDS * BAND_ROWS)
        plan.band_rows = affordable < 2 * BANDS ? 1 : (size_t)(affordable / BANDS);
    if (affordable < BANDS)
        plan.bands = (size_t)affordable;
    if (plan.bands * plan.band_rows >= rows) {
        plan.bands = gf_ndrange_pieces(rows, BAND_ROWS);
        plan.band_rows = BAND_ROWS;
        plan.all_rows = true;
    }
    return plan;
}

/* Adjacent bands if they cover every row; else each in the middle of an equal share of the rows. */
static size_t band_start(const sampling *plan, size_t band, size_t rows) {
    if (plan->all_rows)
        return band * plan->band_rows;
    const double middle = ((double)band + 0.5) * (double)rows / (double)plan->bands;
    return (size_t)(middle - (double)plan->band_rows / 2);
}

static void add_sample(sampling *plan, const uint32_t *work, size_t rows, size_t cols) {
    double total = 0;
    for (size_t i = 0; i < rows * cols; i++)
        total += work[i];
    const double items = (double)rows * (double)cols, mean = total / items;
    plan->work += total;
    plan->items += items;
    plan->sum += mean;
    plan->sum_of_squares += mean * mean;
    for (int i = 0; i < GF_LANE_GROUPS; i++)
        gf_lane_efficiency_add(work, rows, cols, gf_lane_groups[i], &plan->useful[i],
                               &plan->spent[i]);
}

static gf_status sample_bands(const gf_problem *problem, gf_cpu_kernel reference, sampling *plan,
                              uint32_t *work, gf_estimate *estimate, gf_error *error) {
    const gf_buffer_spec *result = &problem->buffers[problem->result];
    gf_status status = GF_OK;
    for (size_t band = 0; status == GF_OK && band < plan->bands; band++) {
        const size_t first = band_start(plan, band, result->rows);
        const size_t left = result->rows - first;
        const size_t rows = plan->band_rows < left ? plan->band_rows : left;
        status = problem->workload->sample_work(problem, reference, first, rows, work, error);
        if (status == GF_OK)
            add_sample(plan, work, rows, result->cols);
        estimate->sampled_rows += (uint32_t)rows;
    }
    return status;
}

static void take_samples(const gf_problem *problem, const sampling *plan, gf_estimate *estimate) {
    const double bands = (double)plan->bands, mean = plan->work / plan->items;
    const double band_mean = plan->sum / bands;
    const double variance = fmax(plan->sum_of_squares / bands - band_mean * band_mean, 0);
    const double bound = problem->cost.work;
    /* The standard error of a mean; an upper bound, because neighbouring bands are alike. */
    if (mean > 0 && plan->bands > 1 && !plan->all_rows)
        estimate->work_error = sqrt(variance / (bands - 1)) / mean;
    /* An item without work still takes a test. */
    estimate->work = fmax(plan->work, plan->items) * (estimate->items / plan->items);
    estimate->operations = bound > 0 ? problem->cost.operations * (estimate->work / bound) : 0;
    for (int i = 0; i < GF_LANE_GROUPS; i++)
        estimate->efficiency[i] = plan->spent[i] > 0 ? plan->useful[i] / plan->spent[i] : 1;
}

gf_status gf_estimate_create(const gf_problem *problem, gf_estimate *estimate, gf_error *error) {
    take_descriptor(problem, estimate);
    if (problem->workload->sample_work == NULL)
        return GF_OK;
    const gf_buffer_spec *result = &problem->buffers[problem->result];
    if (affordable_rows(problem) < LEAST_ROWS) {
        estimate->work_error = BOUND_ERROR;
        return GF_OK;
    }
    const gf_cpu_kernel reference = gf_reference_kernel(problem, error);
    if (reference == NULL)
        return GF_FAILED;
    sampling plan = plan_sampling(problem, result->rows);
    uint32_t *work = calloc(plan.band_rows * result->cols, sizeof *work);
    if (work == NULL)
        return gf_error_no_memory(error, "the work of some rows",
                                  plan.band_rows * result->cols * sizeof *work);
    const gf_status status = sample_bands(problem, reference, &plan, work, estimate, error);
    free(work);
    if (status == GF_OK)
        take_samples(problem, &plan, estimate);
    return status;
}

double gf_estimate_efficiency(const gf_estimate *estimate, gf_lane_group lanes) {
    const double wanted = (double)lanes.rows * lanes.cols;
    if (wanted <= 1)
        return 1;
    int nearest = 0;
    double distance = HUGE_VAL;
    for (int i = 0; i < GF_LANE_GROUPS; i++) {
        /* Octaves of lanes, plus a quarter of the octaves of rows. */
        const double sampled = (double)gf_lane_groups[i].rows * gf_lane_groups[i].cols;
        const double difference = fabs(log2(sampled / wanted)) +
                                  0.25 * fabs(log2((double)gf_lane_groups[i].rows / lanes.rows));
        if (difference < distance) {
            distance = difference;
            nearest = i;
        }
    }
    return estimate->efficiency[nearest];
}
