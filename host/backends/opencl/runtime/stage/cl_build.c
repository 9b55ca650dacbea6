#include "backends/opencl/runtime/stage/cl_build.h"
#include "backends/opencl/cl/cl_device.h"
#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/cl/cl_query.h"
#include "backends/opencl/programs/program_cache.h"
#include "backends/opencl/runtime/stage/cl_program_state.h"
#include "base/array.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "device/kernel_sources.h"
#include "os/store.h"
#include "problem/facts/needs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* GF_FMA of problem/ndrange_plan.h. Compilers for GPUs seldom define FP_FAST_FMA, so there the
 * driver's word counts: CL_FP_FMA in f32 is optional, and a device has it where fma is an
 * instruction; f64 demands it of every device, but GPUs compute f64 with the same units. */
static int fma_level(const gf_program *program) {
    const gf_device_info *info = &program->device->info;
    cl_device_fp_config config = 0;
    if (!gf_has_exact_fma(program->problem, info))
        return gf_has_fma(program->problem, info) ? 1 : 0;
    if (info->device_class != GF_CLASS_GPU ||
        clGetDeviceInfo(gf_cl_device_of(program->device)->id, CL_DEVICE_SINGLE_FP_CONFIG,
                        sizeof config, &config, NULL) != CL_SUCCESS)
        return 2;
    return (config & CL_FP_FMA) != 0 ? 3 : 2;
}

/* Of a text that stands on its own. */
static gf_status make_own_options(gf_cl_stage *stage, gf_error *error) {
    static const char format[] = "-cl-kernel-arg-info%s%s%s%s";
    const char *options = stage->plan.text->options, *more = stage->plan.options;
    const size_t size = sizeof format + strlen(options) + sizeof stage->plan.options;
    stage->options = malloc(size);
    if (stage->options == NULL)
        return gf_error_no_memory(error, "the build options", size);
    snprintf(stage->options, size, format, options[0] == '\0' ? "" : " ", options,
             more[0] == '\0' ? "" : " ", more);
    return GF_OK;
}

char *gf_cl_options(const gf_problem *problem, const gf_ndrange_plan *plan, int fma) {
    static const char format[] =
        "-cl-std=CL1.2 -cl-kernel-arg-info -D GF_REAL_BITS=%d -D GF_RELAXED=%d -D GF_FMA=%d %s %s";
    const bool relaxed = problem->math == GF_MATH_RELAXED;
    const char *contraction = relaxed ? "-cl-mad-enable" : "";
    const size_t size = sizeof format + strlen(contraction) + sizeof plan->options;
    char *options = malloc(size);
    if (options != NULL)
        snprintf(options, size, format, problem->precision == GF_PRECISION_F64 ? 64 : 32,
                 relaxed ? 1 : 0, fma, contraction, plan->options);
    return options;
}

static gf_status make_options(const gf_program *program, gf_cl_stage *stage, gf_error *error) {
    if (stage->plan.text != NULL)
        return make_own_options(stage, error);
    stage->options = gf_cl_options(program->problem, &stage->plan, fma_level(program));
    return stage->options != NULL
               ? GF_OK
               : gf_error_no_memory(error, "the build options", sizeof stage->plan.options);
}

static const gf_embedded_file *find_source(const char *file) {
    return gf_embedded_file_find(gf_kernel_sources, file);
}

static const gf_embedded_file *source_of(const gf_workload *workload, char *file, size_t size) {
    snprintf(file, size, "%s.cl", workload->stem == NULL ? "" : workload->stem);
    return find_source(file);
}

uint64_t gf_cl_source_hash(const gf_workload *workload) {
    char file[64];
    const gf_embedded_file *prelude = find_source("prelude.h");
    const gf_embedded_file *source = source_of(workload, file, sizeof file);
    if (prelude == NULL || source == NULL)
        return workload->content;
    const uint64_t hash = gf_hash_bytes(GF_HASH_START, prelude->bytes, prelude->length);
    return gf_hash_bytes(hash, source->bytes, source->length);
}

/* ---- Source texts ------------------------------------------------------- */

typedef struct source_texts {
    const char *texts[3];
    cl_uint count;
    char file[128], mark[160];
} source_texts;

static gf_status find_texts(const gf_program *program, const gf_cl_stage *stage,
                            source_texts *found, gf_error *error) {
    const gf_workload *workload = program->problem->workload;
    const gf_kernel_text *own = stage->plan.text;
    *found = (source_texts){.count = 1};
    if (own != NULL) {
        found->texts[0] = own->text;
        snprintf(found->file, sizeof found->file, "%s", own->file);
        return GF_OK;
    }
    const gf_embedded_file *prelude = find_source("prelude.h");
    const gf_embedded_file *source = source_of(workload, found->file, sizeof found->file);
    if (prelude == NULL || source == NULL)
        return gf_error_set(error, GF_UNSUPPORTED, "workload %s has no OpenCL source (%s)",
                            workload->name, found->file);
    /* So that the compiler's messages have the source's line numbers. */
    snprintf(found->mark, sizeof found->mark, "\n#line 1 \"%s\"\n", found->file);
    found->texts[0] = (const char *)prelude->bytes;
    found->texts[1] = found->mark;
    found->texts[2] = (const char *)source->bytes;
    found->count = GF_COUNT_OF(found->texts);
    return GF_OK;
}

static gf_status make_program(const gf_program *program, gf_cl_stage *stage,
                              const source_texts *source, gf_error *error) {
    const gf_cl_device *state = gf_cl_device_of(program->device);
    cl_int code = CL_SUCCESS;
    stage->program = clCreateProgramWithSource(state->context, source->count,
                                               (const char **)source->texts, NULL, &code);
    return gf_cl_check(error, code, "giving %s to device %s", source->file, state->number);
}

static void write_file(const gf_program *program, const gf_cl_stage *stage, char *file,
                       size_t size) {
    const gf_kernel_text *own = stage->plan.text;
    snprintf(file, size, "%s%s", own != NULL ? own->file : program->problem->workload->name,
             own != NULL ? "" : ".cl");
}

/* Some logs say nothing. */
static void add_first_error(const char *log, gf_error *error) {
    size_t length = 0;
    const char *line = log == NULL ? NULL : gf_find_first_error(log, &length);
    const size_t used = strlen(error->text);
    if (line != NULL)
        snprintf(error->text + used, sizeof error->text - used, ": %.*s", (int)length, line);
    gf_flatten_text(error->text);
}

static gf_status compile_kernel(const gf_program *program, gf_cl_stage *stage, gf_error *error) {
    const gf_cl_device *state = gf_cl_device_of(program->device);
    char file[128];
    write_file(program, stage, file, sizeof file);
    cl_int code = clBuildProgram(stage->program, 1, &state->id, stage->options, NULL, NULL);
    if (code != CL_SUCCESS) {
        gf_cl_check(error, code, "compiling %s for device %s with \"%s\"", file, state->number,
                    stage->options);
        char *log = gf_cl_build_log(stage->program, state->id);
        add_first_error(log, error);
        gf_error_set_log(error, log);
        free(log);
        return GF_FAILED;
    }
    stage->kernel = clCreateKernel(stage->program, stage->plan.kernel, &code);
    return gf_cl_check(error, code, "taking kernel %s from %s on device %s", stage->plan.kernel,
                       file, state->number);
}

/* An earlier stage of the same text and options; NULL: none. */
static const gf_cl_stage *find_same(const gf_program *program, const gf_cl_stage *stage) {
    for (const gf_cl_stage *other = program->stages; other < stage; other++) {
        if (other->plan.text == stage->plan.text && strcmp(other->options, stage->options) == 0)
            return other;
    }
    return NULL;
}

static gf_status take_kernel(const gf_program *program, const gf_cl_stage *same, gf_cl_stage *stage,
                             gf_error *error) {
    const gf_cl_device *state = gf_cl_device_of(program->device);
    cl_int code = clRetainProgram(same->program);
    if (code == CL_SUCCESS) {
        stage->program = same->program;
        stage->kernel = clCreateKernel(stage->program, stage->plan.kernel, &code);
    }
    return gf_cl_check(error, code, "taking kernel %s from %s on device %s", stage->plan.kernel,
                       stage->plan.text->file, state->number);
}

/* ---- Saved binaries ----------------------------------------------------- */

/* What a manifest passes. It is compared with the parameters only where the program is compiled,
 * since drivers may not know their names in a binary. */
static gf_status write_signature(const gf_program *program, gf_cl_stage *stage, gf_text *text,
                                 gf_error *error) {
    if (program->variant->pass == NULL)
        return GF_OK;
    const gf_status status = program->variant->pass(program->problem, 0, &stage->plan, error);
    gf_text_add(text, "%s(", stage->plan.kernel);
    for (uint32_t i = 0; status == GF_OK && i < stage->plan.argument_count; i++) {
        const gf_ndrange_argument *argument = &stage->plan.arguments[i];
        gf_text_add(text, "%s %d %d,", argument->name, (int)argument->passing, (int)argument->type);
    }
    return status;
}

static gf_status make_key(const gf_program *program, gf_cl_stage *stage, const source_texts *source,
                          gf_error *error) {
    char signature[4096];
    gf_text text = gf_text_in(signature, sizeof signature);
    const gf_status status = write_signature(program, stage, &text, error);
    if (status == GF_OK && !text.cut)
        stage->key = gf_program_key_make(
            gf_cl_device_of(program->device),
            &(gf_program_text){source->texts, source->count, stage->options, signature});
    return status;
}

static bool load(const gf_program *program, gf_cl_stage *stage) {
    const gf_loaded_program loaded = gf_program_load(gf_cl_device_of(program->device), &stage->key,
                                                     stage->options, stage->plan.kernel);
    stage->program = loaded.program;
    stage->kernel = loaded.kernel;
    stage->build_ns = loaded.build_ns;
    stage->loaded = loaded.program != NULL;
    return stage->loaded;
}

static gf_status compile(const gf_program *program, gf_cl_stage *stage, const source_texts *source,
                         gf_error *error) {
    const gf_clock clock = gf_clock_monotonic();
    const uint64_t start = gf_clock_now(&clock);
    gf_status status = make_program(program, stage, source, error);
    if (status == GF_OK)
        status = compile_kernel(program, stage, error);
    stage->build_ns = gf_clock_now(&clock) - start;
    return status;
}

gf_status gf_cl_build(const gf_program *program, gf_cl_stage *stage, gf_error *error) {
    source_texts source;
    gf_status status = make_options(program, stage, error);
    if (status != GF_OK)
        return status;
    const gf_cl_stage *same = find_same(program, stage);
    if (same != NULL)
        return take_kernel(program, same, stage, error);
    status = find_texts(program, stage, &source, error);
    if (status == GF_OK)
        status = make_key(program, stage, &source, error);
    if (status != GF_OK || load(program, stage))
        return status;
    return compile(program, stage, &source, error);
}

void gf_cl_save(const gf_program *program, bool repeated) {
    for (uint32_t i = 0; i < program->stage_count; i++) {
        const gf_cl_stage *stage = &program->stages[i];
        if (!stage->loaded)
            gf_program_save(gf_cl_device_of(program->device), &stage->key, stage->program,
                            stage->build_ns, repeated);
    }
}
