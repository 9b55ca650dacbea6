/* The plans that gpufare makes for GPUs which are not here, for tools/check-gpu-code: JSON lines,
 * one for each kernel that a GPU of these models would build, in both precisions and strict
 * arithmetic:
 *
 *   {"target", "units", "workload", "variant", "kernel", "source", "precision", "options", "group",
 *    "case", "tunables", "default"}
 *
 * Variants that are meant for CPUs are left out. "default" is true with the defaults of
 * all tunables and false with another value of one that a search tries.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/opencl/runtime/stage/cl_build.h"
#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "problem/facts/needs.h"
#include "problem/params.h"
#include "problem/problem.h"

#define ALL_FMA 3 /* GF_FMA: these GPUs have the instruction */

/* A problem is filled, because plans depend on the values; larger ones have the same options. */
#define MOST_BYTES (UINT64_C(8) << 20)

/* As the drivers of these GPUs describe them: A100, H100, RTX 5090; MI250X (one of two), MI300X, RX
 * 7900 XTX; Arc A770, Data Center GPU Max 1550 (one of two). */
static const gf_device_info gpus[] = {
    {.id = "sm_80", .compute_units = 108, .local_memory_bytes = 49152, .f64 = true},
    {.id = "sm_90", .compute_units = 132, .local_memory_bytes = 49152, .f64 = true},
    {.id = "sm_120", .compute_units = 170, .local_memory_bytes = 49152, .f64 = true},
    {.id = "gfx90a", .compute_units = 110, .local_memory_bytes = 65536, .f64 = true},
    {.id = "gfx942", .compute_units = 304, .local_memory_bytes = 65536, .f64 = true},
    {.id = "gfx1100", .compute_units = 48, .local_memory_bytes = 65536, .f64 = true},
    {.id = "dg2", .compute_units = 512, .local_memory_bytes = 65536},
    {.id = "pvc", .compute_units = 512, .local_memory_bytes = 131072, .f64 = true},
};

static void check(gf_status status, const gf_error *error) {
    if (status == GF_OK)
        return;
    fprintf(stderr, "gpu_plans: %s\n", error->text);
    exit(1);
}

static void check_memory(const void *memory) {
    gf_error error = GF_ERROR_INIT;
    if (memory == NULL)
        check(gf_error_no_memory(&error, "a plan", 1), &error);
}

static gf_device_info complete(const gf_device_info *gpu) {
    gf_device_info info = *gpu;
    info.name = info.platform = info.driver = info.simd = "";
    info.kind = "opencl-gpu";
    info.device_class = GF_CLASS_GPU;
    info.global_memory_bytes = info.max_alloc_bytes = UINT64_C(16) << 30;
    info.vector_width_f32 = 1;
    info.vector_width_f64 = info.f64 ? 1 : 0;
    info.max_work_group_size = 1024;
    return info;
}

/* ---- One build --------------------------------------------------------- */

static size_t group_of(const gf_ndrange_plan *plan) {
    return plan->local[0] * (plan->local[1] > 0 ? plan->local[1] : 1);
}

static json_t *tunables_json(const gf_ndrange_variant *row, const uint32_t *tuning, bool *bad) {
    json_t *object = json_object();
    for (uint32_t i = 0; i < row->tunable_count; i++)
        gf_json_put_count(object, row->tunables[i].name, tuning[i], bad);
    return object;
}

static void print_build(const gf_problem *problem, const gf_device_info *info, const char *name,
                        const gf_ndrange_variant *row, const uint32_t *tuning, bool is_default) {
    gf_ndrange_plan plan = {.stage = 0};
    char source[64];
    bool bad = false;
    row->plan(problem, info, tuning, &plan);
    char *options = gf_cl_options(problem, &plan, ALL_FMA);
    check_memory(options);
    snprintf(source, sizeof source, "%s.cl", problem->workload->stem);
    json_t *line = json_object();
    gf_json_put_text(line, "target", info->id, &bad);
    gf_json_put_count(line, "units", info->compute_units, &bad);
    gf_json_put_text(line, "workload", problem->workload->name, &bad);
    gf_json_put_text(line, "variant", row->name, &bad);
    gf_json_put_text(line, "kernel", plan.kernel, &bad);
    gf_json_put_text(line, "source", source, &bad);
    gf_json_put_text(line, "precision",
                     problem->precision == GF_PRECISION_F64   ? "f64"
                     : problem->precision == GF_PRECISION_F32 ? "f32"
                                                              : "integer",
                     &bad);
    gf_json_put_text(line, "options", options, &bad);
    gf_json_put_count(line, "group", group_of(&plan), &bad);
    gf_json_put_text(line, "case", name, &bad);
    gf_json_put(line, "tunables", tunables_json(row, tuning, &bad), &bad);
    gf_json_put_bool(line, "default", is_default, &bad);
    char *text = bad ? NULL : json_dumps(line, JSON_COMPACT);
    check_memory(text);
    puts(text);
    free(text);
    free(options);
    json_decref(line);
}

/* With the defaults, and with each other value of each tunable that a search would try. */
static void print_builds(const gf_problem *problem, const gf_device_info *info, const char *name,
                         const gf_ndrange_variant *row) {
    uint32_t tuning[GF_MAX_TUNABLES] = {0};
    if (row->tunable_count > 0)
        row->defaults(problem, info, tuning);
    print_build(problem, info, name, row, tuning, true);
    for (uint32_t i = 0; i < row->tunable_count; i++) {
        const uint32_t *value = row->tunables[i].candidates;
        for (; value != NULL && *value != 0; value++) {
            uint32_t tried[GF_MAX_TUNABLES];
            memcpy(tried, tuning, sizeof tried);
            tried[i] = *value;
            if (*value != tuning[i])
                print_build(problem, info, name, row, tried, false);
        }
    }
}

/* ---- All of a problem -------------------------------------------------- */

/* Not those for CPUs, which suit one better or whose work-items are alone in their groups. */
static bool is_for_gpus(const gf_problem *problem, const gf_ndrange_variant *row,
                        const gf_device_info *gpu) {
    gf_device_info cpu = *gpu;
    gf_ndrange_plan plan = {.stage = 0};
    uint32_t tuning[GF_MAX_TUNABLES] = {0};
    cpu.device_class = GF_CLASS_CPU;
    if (!gf_variant_can_run(problem, row, gpu) ||
        row->suits(problem, gpu) < row->suits(problem, &cpu))
        return false;
    if (row->tunable_count > 0)
        row->defaults(problem, gpu, tuning);
    row->plan(problem, gpu, tuning, &plan);
    return group_of(&plan) > 1;
}

/* Makes the inputs, which plans may depend on. */
static void note_inputs(gf_problem *problem) {
    void *memory[GF_MAX_BUFFERS] = {NULL};
    const void *inputs[GF_MAX_BUFFERS] = {NULL};
    gf_error error = GF_ERROR_INIT;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (!gf_goes_up(problem->buffers[i].access))
            continue;
        inputs[i] = memory[i] = calloc(1, problem->buffers[i].bytes);
        check_memory(memory[i]);
        check(problem->workload->fill(problem, i, memory[i], &error), &error);
    }
    if (problem->workload->note_inputs != NULL)
        problem->workload->note_inputs(problem, inputs);
    for (uint32_t i = 0; i < problem->buffer_count; i++)
        free(memory[i]);
}

static void print_problem(const gf_params *params, const char *name) {
    gf_problem *problem = NULL;
    gf_error error = GF_ERROR_INIT;
    check(gf_problem_create(params, &problem, &error), &error);
    if (gf_problem_bytes(problem) <= MOST_BYTES) {
        note_inputs(problem);
        for (size_t g = 0; g < GF_COUNT_OF(gpus); g++) {
            const gf_device_info info = complete(&gpus[g]);
            for (uint32_t i = 0; i < problem->workload->ndrange_variant_count; i++) {
                const gf_ndrange_variant *row = &problem->workload->ndrange_variants[i];
                if (is_for_gpus(problem, row, &info))
                    print_builds(problem, &info, name, row);
            }
        }
    }
    gf_problem_destroy(problem);
}

/* The settings of a calibration case: "NAME=VALUE NAME=VALUE". */
static void set_all(gf_params *params, const char *settings) {
    char text[256];
    gf_error error = GF_ERROR_INIT;
    snprintf(text, sizeof text, "%s", settings);
    for (char *rest = NULL, *word = strtok_r(text, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        if (value == NULL)
            continue;
        *value = '\0';
        check(gf_params_set(params, word, value + 1, &error), &error);
    }
}

/* A case in one precision; without that parameter once. */
static void print_case(const gf_workload *workload, const char *settings, const char *precision) {
    gf_params *params = NULL;
    gf_error error = GF_ERROR_INIT;
    check(gf_params_create(workload, &params, &error), &error);
    set_all(params, settings);
    if (gf_params_text(params, "precision") != NULL)
        check(gf_params_set(params, "precision", precision, &error), &error);
    if (gf_params_text(params, "precision") != NULL || strcmp(precision, "f64") == 0)
        print_problem(params, settings);
    gf_params_destroy(params);
}

int main(void) {
    for (size_t i = 0; i < gf_workload_count(); i++) {
        const gf_workload *workload = gf_workload_at(i);
        for (const char *const *settings = workload->calibration; *settings != NULL; settings++) {
            print_case(workload, *settings, "f32");
            print_case(workload, *settings, "f64");
        }
    }
    return ferror(stdout) != 0 || fflush(stdout) != 0;
}
