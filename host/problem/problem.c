#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "os/machine.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "problem/workload.h"

static const struct {
    const char *name;
    size_t size;
} types[GF_TYPE_COUNT] = {
    [GF_TYPE_U8] = {"u8", 1},   [GF_TYPE_U16] = {"u16", 2}, [GF_TYPE_U32] = {"u32", 4},
    [GF_TYPE_U64] = {"u64", 8}, [GF_TYPE_F32] = {"f32", 4}, [GF_TYPE_F64] = {"f64", 8},
    [GF_TYPE_I8] = {"i8", 1},   [GF_TYPE_I16] = {"i16", 2}, [GF_TYPE_I32] = {"i32", 4},
    [GF_TYPE_I64] = {"i64", 8},
};

size_t gf_type_size(gf_type type) {
    assert(type < GF_TYPE_COUNT);
    return types[type].size;
}

const char *gf_type_name(gf_type type) {
    assert(type < GF_TYPE_COUNT);
    return types[type].name;
}

gf_array_info gf_array_info_of(const gf_buffer_spec *spec) {
    return (gf_array_info){.name = spec->name,
                           .type = gf_type_name(spec->type),
                           .components = spec->components,
                           .rows = spec->rows,
                           .cols = spec->cols,
                           .bytes = spec->bytes,
                           .goes_up = gf_goes_up(spec->access),
                           .comes_down = gf_comes_down(spec->access)};
}

/* Names the parameter that makes the problem large: the first size or whole number. */
static gf_status too_large(const gf_problem *problem, const char *needs, gf_error *error) {
    for (uint32_t i = 0; i < problem->workload->param_count; i++) {
        const gf_param *param = &problem->workload->params[i];
        if (param->type == GF_PARAM_SIZE || param->type == GF_PARAM_UINT)
            return gf_error_set_parameter(error, GF_UNSUPPORTED, param->name,
                                          " %s: %s; use a smaller problem",
                                          gf_params_text(problem->params, param->name), needs);
    }
    return gf_error_set(error, GF_UNSUPPORTED, "%s; use a smaller problem", needs);
}

gf_status gf_problem_add_buffer(gf_problem *problem, const char *name, gf_access access,
                                gf_type type, uint32_t components, size_t rows, size_t cols,
                                gf_error *error) {
    assert(problem->buffer_count < GF_MAX_BUFFERS && rows > 0 && cols > 0 && components > 0);
    size_t bytes = 0;
    if (!gf_mul_size(rows, cols, &bytes) || !gf_mul_size(bytes, components, &bytes) ||
        !gf_mul_size(bytes, gf_type_size(type), &bytes)) {
        char needs[160];
        snprintf(needs, sizeof needs, "buffer %s of %zu x %zu elements is beyond the address space",
                 name, cols, rows);
        return too_large(problem, needs, error);
    }
    problem->buffers[problem->buffer_count++] =
        (gf_buffer_spec){name, access, type, components, rows, cols, bytes};
    return GF_OK;
}

static gf_scalar *add_scalar(gf_problem *problem, const char *name, gf_type type) {
    assert(problem->scalar_count < GF_MAX_SCALARS);
    gf_scalar *scalar = &problem->scalars[problem->scalar_count++];
    scalar->name = name;
    scalar->type = type;
    return scalar;
}

void gf_problem_add_u32(gf_problem *problem, const char *name, uint32_t value) {
    add_scalar(problem, name, GF_TYPE_U32)->value.u32 = value;
}

void gf_problem_add_u64(gf_problem *problem, const char *name, uint64_t value) {
    add_scalar(problem, name, GF_TYPE_U64)->value.u64 = value;
}

void gf_problem_add_real(gf_problem *problem, const char *name, double value) {
    add_scalar(problem, name, GF_TYPE_F64)->value.f64 = value;
}

const gf_scalar *gf_problem_scalar(const gf_problem *problem, const char *name) {
    for (uint32_t i = 0; i < problem->scalar_count; i++) {
        if (strcmp(problem->scalars[i].name, name) == 0)
            return &problem->scalars[i];
    }
    return NULL;
}

double gf_problem_real(const gf_problem *problem, const char *name) {
    const gf_scalar *scalar = gf_problem_scalar(problem, name);
    assert(scalar != NULL && scalar->type == GF_TYPE_F64);
    return scalar->value.f64;
}

uint32_t gf_problem_u32(const gf_problem *problem, const char *name) {
    const gf_scalar *scalar = gf_problem_scalar(problem, name);
    assert(scalar != NULL && scalar->type == GF_TYPE_U32);
    return scalar->value.u32;
}

gf_type gf_problem_real_type(const gf_problem *problem) {
    return problem->precision == GF_PRECISION_F64 ? GF_TYPE_F64 : GF_TYPE_F32;
}

double gf_problem_roundoff(const gf_problem *problem) {
    return problem->precision == GF_PRECISION_F64 ? 0x1p-53 : 0x1p-24;
}

void gf_workload_key(const gf_workload *workload, char key[GF_WORKLOAD_KEY]) {
    if (workload->path == NULL)
        snprintf(key, GF_WORKLOAD_KEY, "%s", workload->name);
    else
        snprintf(key, GF_WORKLOAD_KEY, "%.14s@%016" PRIx64, workload->name, workload->content);
}

uint64_t gf_problem_bytes(const gf_problem *problem) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (__builtin_add_overflow(bytes, problem->buffers[i].bytes, &bytes))
            return UINT64_MAX;
    }
    return bytes;
}

uint64_t gf_problem_largest_buffer(const gf_problem *problem) {
    uint64_t largest = 0;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (problem->buffers[i].bytes > largest)
            largest = problem->buffers[i].bytes;
    }
    return largest;
}

/* One array for each buffer, and a copy of each input's first content, from which every round trip
 * starts. */
uint64_t gf_problem_host_bytes(const gf_problem *problem) {
    uint64_t bytes = gf_problem_bytes(problem);
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (gf_goes_up(problem->buffers[i].access) &&
            __builtin_add_overflow(bytes, problem->buffers[i].bytes, &bytes))
            return UINT64_MAX;
    }
    return bytes;
}

/* A problem that needs no more is not checked: searches create many, and reading the limits takes
 * longer than creating one. */
#define ALWAYS_FITS (UINT64_C(16) << 20)

gf_status gf_problem_check_host_memory(const gf_problem *problem, uint32_t processes,
                                       gf_error *error) {
    uint64_t needed = 0;
    if (__builtin_mul_overflow(gf_problem_host_bytes(problem), (uint64_t)processes, &needed))
        needed = UINT64_MAX;
    if (needed <= ALWAYS_FITS)
        return GF_OK;
    const gf_memory_room room = gf_machine_memory_room("", 0);
    if (needed <= room.bytes)
        return GF_OK;
    char needs[sizeof room.whose + 120];
    snprintf(needs, sizeof needs, "%s needs %.2f GiB of host memory and %s %.2f GiB",
             problem->workload->name, (double)needed / 0x1p30, room.whose,
             (double)room.bytes / 0x1p30);
    return too_large(problem, needs, error);
}

static void assert_well_formed(const gf_problem *problem) {
    assert(problem->result < problem->buffer_count);
    assert(!problem->has_pair || problem->partner < problem->buffer_count);
    assert(!problem->has_pair ||
           problem->buffers[problem->result].bytes == problem->buffers[problem->partner].bytes);
    assert(problem->steps == 0 ||
           (problem->steps_per_transfer >= 1 && problem->steps_per_transfer <= problem->steps));
    (void)problem;
}

gf_status gf_problem_create_divided(const gf_params *params, gf_problem **problem,
                                    gf_error *error) {
    gf_problem *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "the problem", sizeof *made);
    made->workload = gf_params_workload(params);
    gf_status status = gf_params_copy(params, &made->params, error);
    if (status == GF_OK) {
        made->precision = gf_params_precision(made->params);
        made->math = gf_params_math(made->params);
        status = made->workload->set_up(made, error);
    }
    if (status != GF_OK) {
        gf_problem_destroy(made);
        return status;
    }
    assert_well_formed(made);
    *problem = made;
    return GF_OK;
}

gf_status gf_problem_create(const gf_params *params, gf_problem **problem, gf_error *error) {
    gf_problem *made = NULL;
    gf_status status = gf_problem_create_divided(params, &made, error);
    if (status == GF_OK)
        status = gf_problem_check_host_memory(made, 1, error);
    if (status == GF_OK)
        *problem = made;
    else
        gf_problem_destroy(made);
    return status;
}

void gf_problem_destroy(gf_problem *problem) {
    if (problem == NULL)
        return;
    if (problem->workload->tear_down != NULL)
        problem->workload->tear_down(problem);
    gf_params_destroy(problem->params);
    free(problem);
}

#define SHUFFLE_SEED UINT64_C(0x726f7773) /* "rows" */

gf_permutation gf_problem_shuffle(size_t rows) {
    return gf_permutation_shuffle(rows, SHUFFLE_SEED);
}

void gf_arithmetic_format(const gf_problem *problem, char *text, size_t size) {
    if (problem->precision == GF_PRECISION_INTEGER)
        snprintf(text, size, "integer arithmetic"); /* which has no relaxed math */
    else
        snprintf(text, size, "%s, %s math", gf_precision_name(problem->precision),
                 gf_math_choices[problem->math]);
}
