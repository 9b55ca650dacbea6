/* Models: any bytes. One that is accepted has all that bounds need, and its bounds are numbers, the
 * best no longer than the worst. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "bound/bound.h"
#include "memory_files.h"
#include "model/model_read.h"
#include "problem/params.h"
#include "problem/problem.h"

static gf_tables *tables;
static gf_problem *problems[4];
static gf_estimate estimates[4];

static gf_problem *problem_of(const char *workload, const char *name, const char *value) {
    gf_error error = GF_ERROR_INIT;
    gf_params *params = NULL;
    gf_problem *problem = NULL;
    if (gf_params_create(gf_workload_find(workload, &error), &params, &error) != GF_OK ||
        gf_params_set(params, name, value, &error) != GF_OK ||
        gf_problem_create(params, &problem, &error) != GF_OK)
        fuzz_fail(error.text);
    gf_params_destroy(params);
    return problem;
}

static void prepare(void) {
    gf_error error = GF_ERROR_INIT;
    if (tables != NULL)
        return;
    if (gf_tables_create(&tables, &error) != GF_OK)
        fuzz_fail(error.text);
    problems[0] = problem_of("julia", "size", "17x5");
    problems[1] = problem_of("diffusion", "size", "64x64");
    problems[2] = problem_of("sum", "count", "1000");
    problems[3] = problem_of("prime", "number", "1000003");
    for (size_t i = 0; i < 4; i++)
        estimates[i] = gf_estimate_of(problems[i]);
}

static void check_pair(const gf_bounds *bounds) {
    if (!isfinite(bounds->best) || !isfinite(bounds->worst) || bounds->best < 0 ||
        bounds->worst < bounds->best)
        fuzz_fail("bounds are no numbers, or the best is longer than the worst");
}

static void check_bounds(const gf_model *model) {
    for (size_t i = 0; i < 4; i++) {
        const gf_bound_request request = {tables, problems[i], &estimates[i]};
        gf_bound bound;
        gf_bound_of(&request, model, &bound);
        if (!bound.possible && bound.why_not[0] == '\0')
            fuzz_fail("a bound that is not possible has no reason");
        if (!bound.possible)
            continue;
        check_pair(&bound.up);
        check_pair(&bound.kernel); /* the total is made no shorter than its best */
        check_pair(&bound.down);
        check_pair(&bound.total);
    }
}

static void check_model(const gf_model *model) {
    if (model->title[0] == '\0' || model->vendor[0] == '\0' || model->name == NULL)
        fuzz_fail("a model has no name");
    for (int i = 0; i < GF_MODEL_FIELDS; i++) {
        const gf_model_value *value = &model->values[i];
        if (value->given &&
            (!isfinite(value->low) || value->low > value->high ||
             (value->source == GF_NO_SOURCE && value->reason == NULL) ||
             (value->source != GF_NO_SOURCE && value->source >= model->source_count)))
            fuzz_fail("a field has no number, or neither source nor reason");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const uint8_t nothing = 0;
    gf_model *model = NULL;
    gf_error error = GF_ERROR_INIT;
    prepare();
    memory_file_add("/gpu.ini", size == 0 ? &nothing : bytes, size);
    if (gf_model_read(MEMORY_ROOT "/gpu.ini", &model, &error) == GF_OK) {
        check_model(model);
        check_bounds(model);
    } else {
        fuzz_check_error(&error);
        if (error.status == GF_USAGE && strstr(error.text, "/gpu.ini") == NULL)
            fuzz_fail("an error does not name the file");
    }
    gf_model_destroy(model);
    gf_error_clear(&error);
    memory_files_clear();
    return 0;
}
