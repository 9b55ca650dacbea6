/* Files of profiles, which `advise --device-model` reads. What is accepted is written and read
 * again, and predicts finite times. */
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "calibrate/profile_file.h"
#include "calibrate/profile_json.h"
#include "memory_files.h"
#include "predict/predict.h"
#include "problem/params.h"
#include "problem/problem.h"

#define MOST_PREDICTED 4 /* cases of a profile */

static const struct {
    const char *workload, *name, *value;
} asked[] = {
    {"sum", "count", "100000"}, {"diffusion", "size", "64x48"}, {"julia", "size", "32x32"}};

static gf_problem *problems[GF_COUNT_OF(asked)];
static gf_estimate estimates[GF_COUNT_OF(asked)];

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    for (size_t i = 0; i < GF_COUNT_OF(asked); i++) {
        gf_params *params = NULL;
        if (gf_params_create(gf_workload_find(asked[i].workload, NULL), &params, NULL) != GF_OK ||
            gf_params_set(params, asked[i].name, asked[i].value, NULL) != GF_OK ||
            gf_problem_create(params, &problems[i], &(gf_error)GF_ERROR_INIT) != GF_OK)
            fuzz_fail("no problem");
        estimates[i] = gf_estimate_of(problems[i]);
        gf_params_destroy(params);
    }
    return 0;
}

static void check_interval(const gf_interval *interval) {
    if (!isfinite(interval->value) || !isfinite(interval->low) || !isfinite(interval->high))
        fuzz_fail("a predicted time is not finite");
    if (interval->low < 0 || interval->low > interval->value || interval->value > interval->high)
        fuzz_fail("a predicted time is outside of its interval");
}

/* A verdict's numbers. */
static void compare(const gf_prediction *a, const gf_prediction *b) {
    const double faster = gf_predict_faster(a, b), loss = gf_predict_loss(a, b);
    if (!(faster >= 0 && faster <= 1))
        fuzz_fail("a probability that is none");
    if (!isfinite(loss) || loss < 0)
        fuzz_fail("a loss that is none");
    (void)gf_predict_speedup(a, b);
}

static void predict_from(const gf_profile *profile) {
    gf_prediction latest = {.possible = false};
    for (size_t c = 0; c < profile->case_count && c < MOST_PREDICTED; c++) {
        for (size_t i = 0; i < GF_COUNT_OF(asked); i++) {
            if (strcmp(profile->cases[c].workload, asked[i].workload) != 0)
                continue;
            gf_estimate estimate = estimates[i];
            gf_prediction prediction;
            gf_predict(profile, profile->cases[c].variant, problems[i], &estimate, &prediction);
            if (!prediction.possible)
                continue;
            check_interval(&prediction.phases[GF_PHASE_TOTAL]);
            if (latest.possible)
                compare(&latest, &prediction);
            latest = prediction;
        }
    }
    (void)gf_profile_first_touch(profile, 1e6);
}

/* What is written is what was read. */
static void write_again(const gf_profile *profile) {
    gf_profile *copy = NULL;
    gf_error error = GF_ERROR_INIT;
    json_t *json = gf_profile_to_json(profile);
    if (json == NULL || gf_profile_from_json(json, &copy, &error) != GF_OK)
        fuzz_fail("a profile that was written can't be read");
    json_t *again = gf_profile_to_json(copy);
    if (!json_equal(json, again))
        fuzz_fail("a profile changes when it is written");
    json_decref(json);
    json_decref(again);
    gf_profile_destroy(copy);
    gf_error_clear(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    gf_profile **profiles = NULL;
    size_t count = 0;
    gf_error error = GF_ERROR_INIT;
    memory_file_add(MEMORY_ROOT "/model.json", bytes, size);
    const gf_status status = gf_profiles_read(MEMORY_ROOT "/model.json", &profiles, &count, &error);
    memory_files_clear();
    if (status != GF_OK)
        fuzz_check_error(&error);
    for (size_t i = 0; status == GF_OK && i < count; i++) {
        predict_from(profiles[i]);
        write_again(profiles[i]);
        gf_profile_destroy(profiles[i]);
    }
    free(profiles);
    gf_error_clear(&error);
    return 0;
}
