/* Bounds of cases on models from data sheets, for tools/bench/check_models:
 *
 *   bound_cases < REQUEST > ANSWER
 *
 * REQUEST   {"cases": [{"name", "model", "workload", "values": {NAME: TEXT}}, ...]}; the model is a
 *           name or a file
 * ANSWER    {"cases": [{"name", "possible", "why_not", "operations", "bytes", "work", "bytes_up",
 *           "bytes_down", "parts": {PART: [best ns, worst ns]}, "pageable": {PART: [...]},
 *           "best_limit", "worst_limit"}, ...]}; PART is up, kernel, down, total; of pageable
 *           memory up and down
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "bound/bound.h"
#include "model/model_list.h"
#include "problem/problem.h"
#include "request.h"

/* NULL, with the reason in the answer: this machine has not the memory that a run would need. */
static gf_problem *read_problem(const json_t *json, json_t *object, bool *bad) {
    gf_error error = GF_ERROR_INIT;
    const char *name = text_of(json, "name");
    gf_params *params = read_params(json, name);
    gf_problem *problem = NULL;
    const gf_status status = gf_problem_create(params, &problem, &error);
    gf_params_destroy(params);
    if (status != GF_UNSUPPORTED)
        need(status, &error, name);
    else
        gf_json_put_text(object, "why_not", error.text, bad);
    return problem;
}

static json_t *pair(const gf_bounds *bounds, bool *bad) {
    json_t *array = json_array();
    gf_json_append(array, json_real(bounds->best), bad);
    gf_json_append(array, json_real(bounds->worst), bad);
    return array;
}

static json_t *answer(const json_t *json, const gf_tables *tables, bool *bad) {
    gf_error error = GF_ERROR_INIT;
    const char *name = text_of(json, "name");
    gf_model *model = NULL;
    need(gf_model_find(text_of(json, "model"), &model, &error), &error, name);
    json_t *object = json_object(), *parts = json_object(), *pageable = json_object();
    gf_json_put_text(object, "name", name, bad);
    gf_problem *problem = read_problem(json, object, bad);
    if (problem == NULL) {
        gf_model_destroy(model);
        json_decref(parts);
        json_decref(pageable);
        gf_json_put_bool(object, "possible", false, bad);
        return object;
    }
    gf_estimate estimate = gf_estimate_of(problem);
    const gf_bound_request request = {tables, problem, &estimate};
    gf_bound bound;
    gf_bound_of(&request, model, &bound);
    gf_json_put_bool(object, "possible", bound.possible, bad);
    gf_json_put_text(object, "why_not", bound.why_not, bad);
    gf_json_put_real(object, "operations", estimate.operations, bad);
    gf_json_put_real(object, "bytes", estimate.bytes, bad);
    gf_json_put_real(object, "work", estimate.work, bad);
    gf_json_put_real(object, "bytes_up", estimate.bytes_up, bad);
    gf_json_put_real(object, "bytes_down", estimate.bytes_down, bad);
    gf_json_put(parts, "up", pair(&bound.up, bad), bad);
    gf_json_put(parts, "kernel", pair(&bound.kernel, bad), bad);
    gf_json_put(parts, "down", pair(&bound.down, bad), bad);
    gf_json_put(parts, "total", pair(&bound.total, bad), bad);
    gf_json_put(object, "parts", parts, bad);
    gf_json_put(pageable, "up", pair(&bound.pageable.up, bad), bad);
    gf_json_put(pageable, "down", pair(&bound.pageable.down, bad), bad);
    gf_json_put(object, "pageable", pageable, bad);
    gf_json_put_text(object, "best_limit", gf_limit_name(bound.best_limit), bad);
    gf_json_put_text(object, "worst_limit", gf_limit_name(bound.worst_limit), bad);
    gf_problem_destroy(problem);
    gf_model_destroy(model);
    return object;
}

int main(void) {
    gf_error error = GF_ERROR_INIT;
    json_error_t trouble;
    bool bad = false;
    gf_tables *tables = NULL;
    json_t *request = json_loadf(stdin, 0, &trouble);
    if (request == NULL)
        fail("line %d: %s", trouble.line, trouble.text);
    need(gf_tables_create(&tables, &error), &error, "tables");
    json_t *root = json_object(), *cases = json_array();
    const json_t *asked = json_object_get(request, "cases");
    for (size_t i = 0; i < json_array_size(asked); i++)
        gf_json_append(cases, answer(json_array_get(asked, i), tables, &bad), &bad);
    gf_json_put(root, "cases", cases, &bad);
    need(gf_json_dump(root, bad, stdout, &error), &error, "answer");
    json_decref(request);
    gf_tables_destroy(tables);
    return 0;
}
