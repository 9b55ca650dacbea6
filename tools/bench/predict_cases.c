/* Predicts measured cases as gpufare does, from different sets of other cases. For
 * tools/bench/accuracy, which writes the request and judges the answer:
 *
 *   predict_cases < REQUEST > ANSWER
 *
 * REQUEST   {"profiles": [gpufare.profile/1, ...], "cases": [CASE, ...]}
 * CASE      {"name", "workload", "values": {NAME: TEXT}, "rows": [ROW, ...]}
 * ROW       {"profile": index, "variant", "alloc_ns", "h2d_ns", "launch_ns", "kernel_ns", "d2h_ns",
 *            "total_ns", "spread", "run_deviation", "compute_deviation", "transfer_deviation"}, of
 *            one measured candidate, as in gf_case
 * ANSWER    {"limits": {"close_ratio", "least_certainty", "most_loss", "least_lead",
 *            "errors_alike"}, "cases": [ANSWERED, ...]}
 * ANSWERED  {"name", "work", "work_error", "bound", "rows": [{SOURCE: PREDICTION, ...}, ...],
 *            "leads": {SOURCE: [[LEAD of row i over row j, ...], ...]}}
 * LEAD      {"certainty", "loss", "doubt"}, as in gf_lead; null if either can't be predicted
 *
 * SOURCE is what a prediction is made from: "others": all other cases in the request, and no row of
 * this case; "calibration": the cases of the profile; "both": the two together.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advise/advice.h"
#include "analyse/ranking.h"
#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "calibrate/profile_json.h"
#include "predict/cases.h"
#include "predict/predict.h"
#include "problem/problem.h"
#include "report/report_json.h"
#include "request.h"
#include "stats/confidence.h"

#define MAX_ROWS 32

typedef enum source { FROM_OTHERS, FROM_CALIBRATION, FROM_BOTH, SOURCES } source;

static const char *const source_names[SOURCES] = {"others", "calibration", "both"};

typedef struct measured_case {
    const char *name;
    gf_problem *problem;
    gf_estimate estimate;
    size_t row_count;
    size_t profiles[MAX_ROWS]; /* of each row: index into the request's profiles */
    gf_case cases[MAX_ROWS];
} measured_case;

typedef struct request {
    gf_profile **profiles;
    size_t profile_count;
    measured_case *cases;
    size_t case_count;
} request;

static void *allocate(size_t count, size_t size) {
    void *made = calloc(count > 0 ? count : 1, size);
    if (made == NULL)
        fail("no memory for %zu times %zu bytes", count, size);
    return made;
}

/* ---- Reading ----------------------------------------------------------- */

static double number_of(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    const double number = json_is_number(value) ? json_number_value(value) : NAN;
    if (!isfinite(number) || number < 0)
        fail("%s is no number from 0 on", key);
    return number;
}

static gf_problem *read_problem(const json_t *json) {
    gf_error error = GF_ERROR_INIT;
    const char *name = text_of(json, "name");
    gf_params *params = read_params(json, name);
    gf_problem *problem = NULL;
    need(gf_problem_create(params, &problem, &error), &error, name);
    gf_params_destroy(params);
    return problem;
}

/* The lane group belongs to the kernel, so that any measured case of it has it. */
static gf_lane_group lanes_of(const gf_profile *profile, const gf_case *like) {
    for (size_t i = 0; i < profile->case_count; i++) {
        const gf_case *c = &profile->cases[i];
        if (strcmp(c->workload, like->workload) == 0 && strcmp(c->variant, like->variant) == 0 &&
            c->precision == like->precision)
            return c->lanes;
    }
    return (gf_lane_group){0, 0};
}

static void read_row(const request *r, measured_case *c, const json_t *json) {
    const size_t index = c->row_count++;
    const double profile = number_of(json, "profile");
    if (profile >= (double)r->profile_count)
        fail("%s: there is no profile %.0f", c->name, profile);
    c->profiles[index] = (size_t)profile;
    gf_case *row = &c->cases[index];
    *row = gf_case_of_estimate(c->problem, &c->estimate);
    row->alloc_ns = number_of(json, "alloc_ns");
    row->h2d_ns = number_of(json, "h2d_ns");
    row->launch_ns = number_of(json, "launch_ns");
    row->kernel_ns = number_of(json, "kernel_ns");
    row->d2h_ns = number_of(json, "d2h_ns");
    row->total_ns = number_of(json, "total_ns");
    row->spread = number_of(json, "spread");
    row->run_deviation = number_of(json, "run_deviation");
    row->compute_deviation = number_of(json, "compute_deviation");
    row->transfer_deviation = number_of(json, "transfer_deviation");
    snprintf(row->variant, sizeof row->variant, "%s", text_of(json, "variant"));
    snprintf(row->values, sizeof row->values, "%s", c->name);
    row->lanes = lanes_of(r->profiles[c->profiles[index]], row);
    row->efficiency = gf_estimate_efficiency(&c->estimate, row->lanes).value;
}

static void read_case(const request *r, measured_case *c, const json_t *json) {
    c->name = text_of(json, "name");
    c->problem = read_problem(json);
    c->estimate = gf_estimate_of(c->problem);
    const json_t *rows = json_object_get(json, "rows");
    if (json_array_size(rows) > MAX_ROWS)
        fail("%s: %zu rows; at most %d", c->name, json_array_size(rows), MAX_ROWS);
    for (size_t i = 0; i < json_array_size(rows); i++)
        read_row(r, c, json_array_get(rows, i));
}

static void read_request(request *r, const json_t *json) {
    gf_error error = GF_ERROR_INIT;
    const json_t *profiles = json_object_get(json, "profiles");
    const json_t *cases = json_object_get(json, "cases");
    r->profile_count = json_array_size(profiles);
    r->case_count = json_array_size(cases);
    r->profiles = allocate(r->profile_count, sizeof *r->profiles);
    r->cases = allocate(r->case_count, sizeof *r->cases);
    for (size_t i = 0; i < r->profile_count; i++)
        need(gf_profile_from_json(json_array_get(profiles, i), &r->profiles[i], &error), &error,
             "profiles");
    for (size_t i = 0; i < r->case_count; i++)
        read_case(r, &r->cases[i], json_array_get(cases, i));
}

/* ---- Predicting -------------------------------------------------------- */

/* The profile that a case is predicted from: lines and ceilings of the request's profile, with the
 * cases of the source whose work is known. */
static gf_profile *profile_from(const request *r, size_t index, const measured_case *out,
                                source from) {
    gf_error error = GF_ERROR_INIT;
    gf_profile *profile = allocate(1, sizeof *profile);
    *profile = *r->profiles[index];
    profile->cases = NULL;
    profile->case_count = 0;
    for (size_t i = 0; from != FROM_OTHERS && i < r->profiles[index]->case_count; i++)
        need(gf_profile_add_case(profile, &r->profiles[index]->cases[i], &error), &error,
             out->name);
    for (size_t i = 0; from != FROM_CALIBRATION && i < r->case_count; i++) {
        const measured_case *c = &r->cases[i];
        for (size_t row = 0; c != out && row < c->row_count; row++) {
            if (c->profiles[row] == index && !c->estimate.bound) /* its work is not known */
                need(gf_profile_add_case(profile, &c->cases[row], &error), &error, out->name);
        }
    }
    return profile;
}

static void predict_rows(const request *r, measured_case *c, source from,
                         gf_prediction *predictions) {
    for (size_t index = 0; index < r->profile_count; index++) {
        gf_profile *profile = profile_from(r, index, c, from);
        for (size_t row = 0; row < c->row_count; row++) {
            if (c->profiles[row] != index)
                continue;
            gf_predict(profile, c->cases[row].variant, c->problem, &c->estimate, &predictions[row]);
            /* Cases are measured in series, so serial round trips are compared. */
            predictions[row].pipelined = (gf_interval){0, 0, 0};
        }
        gf_profile_destroy(profile);
    }
}

/* ---- Writing ----------------------------------------------------------- */

static json_t *interval_json(const gf_interval *interval, bool *bad) {
    json_t *array = json_array();
    gf_json_append(array, json_real(interval->value), bad);
    gf_json_append(array, json_real(interval->low), bad);
    gf_json_append(array, json_real(interval->high), bad);
    return array;
}

static json_t *prediction_json(const gf_prediction *prediction, bool *bad) {
    if (!prediction->possible)
        return json_null();
    static const struct {
        const char *key;
        gf_phase phase;
    } phases[] = {{"h2d_ns", GF_PHASE_H2D},
                  {"launch_ns", GF_PHASE_LAUNCH},
                  {"kernel_ns", GF_PHASE_KERNEL},
                  {"d2h_ns", GF_PHASE_D2H},
                  {"total_ns", GF_PHASE_TOTAL}};
    json_t *object = json_object();
    for (size_t i = 0; i < GF_COUNT_OF(phases); i++)
        gf_json_put(object, phases[i].key, interval_json(&prediction->phases[phases[i].phase], bad),
                    bad);
    gf_json_put_real(object, "log_deviation", prediction->log_deviation, bad);
    gf_json_put_count(object, "points", prediction->case_count, bad);
    gf_json_put(object, "beyond", json_boolean(prediction->beyond), bad);
    return object;
}

static json_t *lead_json(const gf_prediction *a, const gf_prediction *b, bool *bad) {
    if (!a->possible || !b->possible)
        return json_null();
    const gf_lead lead = gf_lead_of(a, b);
    json_t *object = json_object();
    gf_json_put_real(object, "certainty", lead.certainty, bad);
    gf_json_put_real(object, "loss", lead.loss, bad);
    gf_json_put_text(object, "doubt", gf_doubt_name(lead.doubt), bad);
    return object;
}

static json_t *leads_json(const gf_prediction *predictions, size_t count, bool *bad) {
    json_t *matrix = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *line = json_array();
        for (size_t j = 0; j < count; j++)
            gf_json_append(line, lead_json(&predictions[i], &predictions[j], bad), bad);
        gf_json_append(matrix, line, bad);
    }
    return matrix;
}

static json_t *case_json(const request *r, measured_case *c, bool *bad) {
    gf_prediction predictions[SOURCES][MAX_ROWS];
    json_t *object = json_object(), *rows = json_array(), *leads = json_object();
    for (int from = 0; from < SOURCES; from++) {
        predict_rows(r, c, (source)from, predictions[from]);
        gf_json_put(leads, source_names[from], leads_json(predictions[from], c->row_count, bad),
                    bad);
    }
    for (size_t row = 0; row < c->row_count; row++) {
        json_t *sources = json_object();
        for (int from = 0; from < SOURCES; from++)
            gf_json_put(sources, source_names[from], prediction_json(&predictions[from][row], bad),
                        bad);
        gf_json_append(rows, sources, bad);
    }
    gf_json_put_text(object, "name", c->name, bad);
    gf_json_put_real(object, "work", c->estimate.work, bad);
    gf_json_put_real(object, "work_error", c->estimate.work_error, bad);
    gf_json_put_bool(object, "bound", c->estimate.bound, bad);
    gf_json_put(object, "rows", rows, bad);
    gf_json_put(object, "leads", leads, bad);
    return object;
}

static void write_answer(const request *r) {
    gf_error error = GF_ERROR_INIT;
    bool bad = false;
    json_t *root = json_object(), *limits = json_object(), *cases = json_array();
    gf_json_put_real(limits, "close_ratio", GF_CLOSE_RATIO, &bad);
    gf_json_put_real(limits, "least_certainty", GF_LEAST_CERTAINTY, &bad);
    gf_json_put_real(limits, "most_loss", GF_MOST_LOSS, &bad);
    gf_json_put_real(limits, "least_lead", GF_LEAST_LEAD, &bad);
    gf_json_put_real(limits, "errors_alike", GF_ERRORS_ALIKE, &bad);
    gf_json_put(root, "limits", limits, &bad);
    for (size_t i = 0; i < r->case_count; i++)
        gf_json_append(cases, case_json(r, &r->cases[i], &bad), &bad);
    gf_json_put(root, "cases", cases, &bad);
    need(gf_json_dump(root, bad, stdout, &error), &error, "answer");
}

static void free_request(request *r) {
    for (size_t i = 0; i < r->case_count; i++)
        gf_problem_destroy(r->cases[i].problem);
    for (size_t i = 0; i < r->profile_count; i++)
        gf_profile_destroy(r->profiles[i]);
    free(r->cases);
    free(r->profiles);
}

int main(void) {
    json_error_t trouble;
    json_t *json = json_loadf(stdin, 0, &trouble);
    if (json == NULL)
        fail("line %d: %s", trouble.line, trouble.text);
    request r = {NULL, 0, NULL, 0};
    read_request(&r, json);
    write_answer(&r);
    free_request(&r);
    json_decref(json);
    return 0;
}
