/* Values of parameters: the first byte picks the workload, then lines of NAME=VALUE. From values
 * that fit together a problem is made, and plans of its kernels for three devices. Files that
 * values name don't exist. A line that begins with '=' has values of tunables, one with '+' a lane
 * group. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "device/registry.h"
#include "measure/comparison.h"
#include "measure/tuning.h"
#include "memory_files.h"
#include "problem/params.h"
#include "problem/parts/fits.h"
#include "problem/problem.h"
#include "problem/traffic.h"

static const gf_device_info devices[] = {
    {.device_class = GF_CLASS_GPU,
     .compute_units = 132,
     .local_memory_bytes = 48 << 10,
     .max_work_group_size = 1024,
     .vector_width_f32 = 1,
     .vector_width_f64 = 1,
     .max_alloc_bytes = UINT64_C(1) << 34,
     .f64 = true},
    {.device_class = GF_CLASS_CPU,
     .compute_units = 2,
     .local_memory_bytes = 512 << 10,
     .max_work_group_size = 4096,
     .vector_width_f32 = 16,
     .vector_width_f64 = 8,
     .f64 = true},
    {.device_class = GF_CLASS_ACCELERATOR}, /* it says nothing of itself */
};

static void check_plan(const gf_ndrange_plan *plan) {
    if (plan->dimensions < 1 || plan->dimensions > 2 || plan->steps_per_launch < 1)
        fuzz_fail("a plan that can't be launched");
    for (uint32_t i = 0; i < plan->dimensions; i++) {
        if (plan->global[i] == 0 || (plan->local[i] != 0 && plan->global[i] % plan->local[i] != 0))
            fuzz_fail("work-items that are no whole groups");
    }
}

static void plan_all(const gf_problem *problem) {
    const gf_workload *workload = problem->workload;
    for (size_t d = 0; d < GF_COUNT_OF(devices); d++) {
        for (uint32_t i = 0; i < workload->ndrange_variant_count; i++) {
            const gf_ndrange_variant *variant = &workload->ndrange_variants[i];
            uint32_t tuning[GF_MAX_TUNABLES] = {0};
            gf_ndrange_plan plan;
            if (variant->suits(problem, &devices[d]) == 0)
                continue;
            if (variant->tunable_count > 0)
                variant->defaults(problem, &devices[d], tuning);
            for (uint32_t t = 0; t < variant->tunable_count; t++) {
                if (tuning[t] < variant->tunables[t].min || tuning[t] > variant->tunables[t].max)
                    fuzz_fail("a default is out of the tunable's range");
            }
            variant->plan(problem, &devices[d], tuning, &plan);
            check_plan(&plan);
        }
    }
    if (workload->cpu_defaults != NULL) {
        const gf_cpu_resources cpu = {2, 4, 32 << 10, 1 << 20, 0, true};
        uint32_t tuning[GF_MAX_TUNABLES] = {0};
        workload->cpu_defaults(problem, &cpu, tuning);
    }
}

static void make_problem(const gf_params *params) {
    gf_problem *problem = NULL;
    gf_error error = GF_ERROR_INIT;
    if (gf_problem_create(params, &problem, &error) != GF_OK) {
        fuzz_check_error(&error);
        gf_error_clear(&error);
        return;
    }
    const gf_memory_limits limits = {UINT64_C(1) << 30, UINT64_C(1) << 28};
    gf_misfit why;
    (void)gf_problem_fits(problem, &limits, &why);
    (void)gf_problem_traffic(problem);
    (void)gf_problem_bands(problem);
    (void)gf_problem_host_bytes(problem);
    plan_all(problem);
    gf_problem_destroy(problem);
    gf_error_clear(&error);
}

/* Of the check, only the workload matters besides. */
static gf_status take_group(const gf_params *params, const char *text, gf_error *error) {
    gf_problem problem = {.workload = gf_params_workload(params)};
    const gf_comparison comparison = {.problem = &problem};
    return gf_comparison_check_divergence(&comparison, text, error);
}

/* false: refused. */
static bool take_line(char *line, gf_params *params) {
    gf_error error = GF_ERROR_INIT;
    char *value = strchr(line, '=');
    gf_status status;
    if (value == line)
        status = gf_tuning_check_override(gf_params_workload(params), line + 1, &error);
    else if (line[0] == '+')
        status = take_group(params, line + 1, &error);
    else if (value == NULL)
        return false;
    else {
        *value = '\0';
        status = gf_params_set(params, line, value + 1, &error);
        if (status == GF_OK && strcmp(gf_params_text(params, line), value + 1) != 0)
            fuzz_fail("a parameter does not keep its text");
    }
    if (status != GF_OK)
        fuzz_check_error(&error);
    gf_error_clear(&error);
    return status == GF_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const char nothing[] = "";
    char text[512];
    gf_params *params = NULL;
    gf_error error = GF_ERROR_INIT;
    if (size < 1 || size > sizeof text)
        return 0;
    memcpy(text, bytes + 1, size - 1);
    text[size - 1] = '\0';
    if (gf_params_create(gf_workloads[bytes[0] % gf_workloads_length], &params, &error) != GF_OK)
        fuzz_fail("the defaults are refused");
    bool good = true;
    char *rest = text;
    for (char *line; good && (line = strsep(&rest, "\n")) != NULL;)
        good = line[0] == '\0' || take_line(line, params);
    memory_file_add("/nothing", nothing, 0); /* no other file exists */
    if (good)
        make_problem(params);
    memory_files_clear();
    gf_params_destroy(params);
    return 0;
}
