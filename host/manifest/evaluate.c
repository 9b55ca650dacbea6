#include "manifest/evaluate.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "manifest/expression/arithmetic.h"
#include "manifest/expression/c_type.h"
#include "problem/params.h"
#include "problem/problem.h"

/* Beginnings are computed as f64, which is exact up to this. */
#define MOST_OFFSET (INT64_C(1) << 53)

/* ---- Values ------------------------------------------------------------ */

static gf_number value_of(const gf_param *param, const gf_params *params) {
    if (params == NULL && param->type == GF_PARAM_UINT)
        return gf_number_whole((int64_t)strtoll(param->default_text, NULL, 10));
    if (params == NULL)
        return gf_number_real(strtod(param->default_text, NULL));
    if (param->type == GF_PARAM_UINT)
        return gf_number_whole((int64_t)gf_params_uint(params, param->name));
    return gf_number_real(gf_params_real(params, param->name));
}

void gf_manifest_values_set(const gf_manifest *manifest, const gf_params *params,
                            gf_manifest_values *values) {
    const size_t one = 1;
    memset(values, 0, sizeof *values);
    values->numbers[GF_PLACE_STEP] = gf_number_whole(0);
    gf_manifest_values_set_local(values, 1, &one);
    for (uint32_t i = 0; i < manifest->tunable_count; i++)
        values->numbers[GF_PLACE_TUNABLES + i] =
            gf_number_whole((int64_t)manifest->tunables[i].candidates[0]);
    for (uint32_t i = 0; i < manifest->param_count; i++)
        values->numbers[GF_PLACE_PARAMS + i] = value_of(&manifest->params[i], params);
}

void gf_manifest_values_set_local(gf_manifest_values *values, uint32_t dimensions,
                                  const size_t *sides) {
    assert(dimensions <= GF_MANIFEST_DIMENSIONS);
    int64_t size = 1;
    for (uint32_t i = 0; i < GF_MANIFEST_DIMENSIONS; i++) {
        const int64_t side = i < dimensions ? (int64_t)sides[i] : 1;
        values->numbers[GF_PLACE_LOCAL_X + i] = gf_number_whole(side);
        if (__builtin_mul_overflow(size, side, &size))
            size = INT64_MAX; /* far beyond what any device takes */
    }
    values->numbers[GF_PLACE_LOCAL_SIZE] = gf_number_whole(size);
}

/* ---- Errors ------------------------------------------------------------ */

/* "saxpy.ini:12: shape of x: WHAT" */
static gf_status locate(const gf_manifest *manifest, const gf_expression *expression,
                        const char *what, const char *name, gf_error *error) {
    return gf_error_prefix(error, "%s:%u: %s%s%s", manifest->path, gf_expression_line(expression),
                           what, name[0] == '\0' ? "" : " of ", name);
}

static gf_status evaluate_size(const gf_manifest *manifest, const gf_expression *expression,
                               const gf_manifest_values *values, const char *what, const char *name,
                               size_t *size, gf_error *error) {
    int64_t whole = 0;
    if (gf_expression_whole(expression, values->numbers, 1, INT64_MAX, &whole, error) != GF_OK)
        return locate(manifest, expression, what, name, error);
    *size = (size_t)whole;
    return GF_OK;
}

/* ---- Buffers ----------------------------------------------------------- */

gf_status gf_manifest_offsets(const gf_manifest *manifest, uint32_t buffer,
                              const gf_manifest_values *values, gf_error *error) {
    const gf_manifest_buffer *spec = &manifest->buffers[buffer];
    const gf_expression *total = spec->beginning.a;
    const int64_t type_most = gf_type_most(spec->type);
    const int64_t most = type_most < MOST_OFFSET ? type_most : MOST_OFFSET;
    int64_t whole = 0;
    if (spec->beginning.kind != GF_BEGIN_OFFSETS)
        return GF_OK;
    if (gf_expression_whole(total, values->numbers, 0, most, &whole, error) != GF_OK)
        return locate(manifest, total, "begin", spec->name, error);
    return GF_OK;
}

gf_status gf_manifest_shape(const gf_manifest *manifest, uint32_t buffer,
                            const gf_manifest_values *values, gf_shape *shape, gf_error *error) {
    const gf_manifest_buffer *spec = &manifest->buffers[buffer];
    *shape = (gf_shape){.dimensions = spec->dimensions, .extents = {1, 1, 1}, .elements = 1};
    bool fits = true;
    for (uint32_t i = 0; i < spec->dimensions; i++) {
        const gf_status status = evaluate_size(manifest, spec->shape[i], values, "shape",
                                               spec->name, &shape->extents[i], error);
        if (status != GF_OK)
            return status;
        fits = fits && gf_mul_size(shape->elements, shape->extents[i], &shape->elements);
    }
    fits = fits &&
           gf_mul_size(shape->elements, spec->components * gf_type_size(spec->type), &shape->bytes);
    if (fits && shape->bytes <= PTRDIFF_MAX)
        return GF_OK;
    gf_error_set(error, GF_UNSUPPORTED,
                 "%zu x %zu x %zu elements are beyond the address space; use smaller parameters",
                 shape->extents[0], shape->extents[1], shape->extents[2]);
    return locate(manifest, spec->shape[0], "shape", spec->name, error);
}

/* ---- Launches ---------------------------------------------------------- */

gf_status gf_manifest_global(const gf_manifest *manifest, uint32_t kernel,
                             const gf_manifest_values *values,
                             size_t global[GF_MANIFEST_DIMENSIONS], gf_error *error) {
    const gf_manifest_kernel *spec = &manifest->kernels[kernel];
    gf_status status = GF_OK;
    for (uint32_t i = 0; i < GF_MANIFEST_DIMENSIONS; i++) {
        global[i] = 1;
        if (status == GF_OK && i < spec->dimensions)
            status = evaluate_size(manifest, spec->global[i], values, "global", spec->function,
                                   &global[i], error);
    }
    return status;
}

gf_status gf_manifest_local(const gf_manifest *manifest, uint32_t kernel, uint32_t candidate,
                            const gf_manifest_values *values, size_t local[GF_MANIFEST_DIMENSIONS],
                            gf_error *error) {
    const gf_manifest_kernel *spec = &manifest->kernels[kernel];
    assert(candidate < spec->local_count);
    gf_status status = GF_OK;
    for (uint32_t i = 0; i < GF_MANIFEST_DIMENSIONS; i++) {
        local[i] = 1;
        if (status == GF_OK && i < spec->dimensions)
            status = evaluate_size(manifest, spec->local[candidate * spec->dimensions + i], values,
                                   "local", spec->function, &local[i], error);
    }
    return status;
}

/* ---- Arguments --------------------------------------------------------- */

static void put_whole(gf_scalar_bytes *scalar, int64_t value) {
    const uint64_t bits = (uint64_t)value;
    switch (scalar->size) {
    case 1:
        scalar->value.u8 = (uint8_t)bits;
        break;
    case 2:
        scalar->value.u16 = (uint16_t)bits;
        break;
    case 4:
        scalar->value.u32 = (uint32_t)bits;
        break;
    default:
        scalar->value.u64 = bits;
        break;
    }
}

static gf_status put_real(const gf_argument *argument, double value, gf_scalar_bytes *scalar,
                          gf_error *error) {
    if (scalar->type == GF_TYPE_F64) {
        scalar->value.f64 = value;
        return GF_OK;
    }
    scalar->value.f32 = (float)value;
    if (isfinite(scalar->value.f32))
        return GF_OK;
    return gf_error_set(error, GF_USAGE, "%s is %g, beyond float; use a smaller number",
                        gf_expression_text(argument->value), value);
}

gf_status gf_manifest_scalar(const gf_manifest *manifest, const gf_argument *argument,
                             const gf_manifest_values *values, gf_scalar_bytes *scalar,
                             gf_error *error) {
    assert(argument->kind == GF_ARGUMENT_SCALAR);
    const int64_t most = gf_type_is_real(argument->type) ? 0 : gf_type_most(argument->type);
    int64_t whole = 0;
    double real = 0;
    gf_status status;
    memset(scalar, 0, sizeof *scalar);
    scalar->type = argument->type;
    scalar->size = gf_type_size(argument->type);
    if (gf_type_is_real(argument->type)) {
        status = gf_expression_real(argument->value, values->numbers, &real, error);
        if (status == GF_OK)
            status = put_real(argument, real, scalar, error);
    } else {
        const int64_t least = gf_type_is_signed(argument->type) ? -most - 1 : 0;
        status = gf_expression_whole(argument->value, values->numbers, least, most, &whole, error);
        put_whole(scalar, whole);
    }
    return status == GF_OK ? GF_OK
                           : locate(manifest, argument->value, "argument", argument->name, error);
}

gf_status gf_manifest_local_bytes(const gf_manifest *manifest, const gf_argument *argument,
                                  const gf_manifest_values *values, size_t *bytes,
                                  gf_error *error) {
    assert(argument->kind == GF_ARGUMENT_LOCAL);
    return evaluate_size(manifest, argument->value, values, "bytes", argument->name, bytes, error);
}

/* ---- The rest ---------------------------------------------------------- */

gf_status gf_manifest_steps(const gf_manifest *manifest, const gf_manifest_values *values,
                            uint64_t *steps, uint64_t *per_transfer, gf_error *error) {
    *steps = *per_transfer = 0;
    if (manifest->steps == NULL)
        return GF_OK;
    int64_t count = 0, between = 0;
    if (gf_expression_whole(manifest->steps, values->numbers, 1, INT64_MAX, &count, error) != GF_OK)
        return locate(manifest, manifest->steps, "steps", "", error);
    between = count;
    if (manifest->steps_per_transfer != NULL &&
        gf_expression_whole(manifest->steps_per_transfer, values->numbers, 1, count, &between,
                            error) != GF_OK)
        return locate(manifest, manifest->steps_per_transfer, "per-transfer", "", error);
    *steps = (uint64_t)count;
    *per_transfer = (uint64_t)between;
    return GF_OK;
}

gf_status gf_manifest_range(const gf_manifest *manifest, const gf_manifest_values *values,
                            size_t *length, gf_error *error) {
    assert(manifest->twin.over_range);
    return evaluate_size(manifest, manifest->twin.range, values, "range", manifest->twin.function,
                         length, error);
}

gf_status gf_manifest_real(const gf_manifest *manifest, const gf_expression *expression,
                           const char *what, const gf_manifest_values *values, double *number,
                           gf_error *error) {
    if (gf_expression_real(expression, values->numbers, number, error) != GF_OK)
        return locate(manifest, expression, what, "", error);
    return GF_OK;
}

gf_status gf_manifest_limit(const gf_manifest *manifest, const gf_manifest_values *values,
                            double *limit, gf_error *error) {
    const gf_expression *expression = manifest->tolerance.limit;
    *limit = 0;
    if (expression == NULL)
        return GF_OK;
    const gf_status status =
        gf_manifest_real(manifest, expression, "tolerance", values, limit, error);
    if (status != GF_OK || *limit >= 0)
        return status;
    return gf_error_set(error, GF_USAGE, "%s:%u: tolerance: %s is %g; it must be at least 0",
                        manifest->path, gf_expression_line(expression),
                        gf_expression_text(expression), *limit);
}
