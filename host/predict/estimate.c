#include "predict/estimate.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "measure/truth.h"
#include "problem/ndrange.h"
#include "problem/problem.h"
#include "problem/traffic.h"

/* Work is sampled in bands of neighbouring rows, so that groups of several rows are seen whole: 16
 * bands, spread evenly, of as many rows as the tallest group has. */
#define BANDS     16
#define BAND_ROWS 8
/* Operations that sampling may cost if no item ends early: about a quarter of a second on one core.
 */
#define SAMPLE_OPERATIONS 2e9
/* Where not even some rows can be afforded the bound stands in, and may be off by a factor. */
#define BOUND_ERROR 1.0
#define LEAST_ROWS  2

/* ---- What follows from the descriptor alone ---------------------------- */

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
    bool whole; /* the bands cover every row */
    double useful[GF_LANE_GROUPS], spent[GF_LANE_GROUPS];
    double work, items;         /* of all bands */
    double sum, sum_of_squares; /* of the mean work of an item in each band */
} sampling;

/* Rows that can be sampled at what they cost if no item ends early. */
static double affordable_rows(const gf_problem *problem) {
    const double rows = (double)problem->buffers[problem->result].rows;
    return problem->cost.operations > 0 ? SAMPLE_OPERATIONS / (problem->cost.operations / rows)
                                        : HUGE_VAL;
}

/* All rows where that is cheap; else bands that cost no more than they may. */
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
        plan.whole = true;
    }
    return plan;
}

/* The first row of a band: one after the other, or in the middle of equal shares of the rows. */
static size_t band_start(const sampling *plan, size_t band, size_t rows) {
    if (plan->whole)
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
    /* The error of a mean of so many; neighbouring bands are alike, so that it is less. */
    if (mean > 0 && plan->bands > 1 && !plan->whole)
        estimate->work_error = sqrt(variance / (bands - 1)) / mean;
    /* An item without work still costs a test. */
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
        /* In octaves of lanes, then of rows. */
        const double own = (double)gf_lane_groups[i].rows * gf_lane_groups[i].cols;
        const double off = fabs(log2(own / wanted)) +
                           0.25 * fabs(log2((double)gf_lane_groups[i].rows / lanes.rows));
        if (off < distance) {
            distance = off;
            nearest = i;
        }
    }
    return estimate->efficiency[nearest];
}
