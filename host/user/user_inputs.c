#include "user/user_inputs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/npy.h"
#include "manifest/evaluate.h"
#include "os/cores.h"
#include "os/store.h"
#include "problem/elements.h"
#include "problem/problem.h"
#include "stats/random.h"
#include "user/user.h"

#define TWO_PI 6.283185307179586

/* ---- One element ------------------------------------------------------- */

typedef struct beginning {
    gf_beginning_kind kind;
    double a, b;
    uint64_t seed;
    uint32_t components;
    size_t elements;
    gf_type type;
} beginning;

static bool is_real(gf_type type) {
    return type == GF_TYPE_F32 || type == GF_TYPE_F64;
}

/* In (0, 1), of the scalar at this place and the draw 0 or 1. */
static double unit_at(const beginning *from, size_t index, uint64_t draw) {
    const uint64_t bits =
        gf_random_mix(from->seed + (2 * (uint64_t)index + draw + 1) * GF_RANDOM_STEP);
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

/* The method of Box and Muller. */
static double normal_at(const beginning *from, size_t index) {
    return sqrt(-2 * log(unit_at(from, index, 0))) * cos(TWO_PI * unit_at(from, index, 1));
}

/* Cuts of a range into parts of one length, each moved by up to half a length: they never change
 * places. */
static double offset_at(const beginning *from, size_t index) {
    const size_t last = from->elements - 1;
    if (index == 0 || index >= last)
        return index == 0 ? 0 : from->a;
    return floor(((double)index - 0.5 + unit_at(from, index, 0)) * (from->a / (double)last));
}

static double value_at(const beginning *from, size_t index) {
    const double element = (double)(index / from->components);
    switch (from->kind) {
    case GF_BEGIN_UNIFORM:
        if (is_real(from->type))
            return from->a + (from->b - from->a) * unit_at(from, index, 0);
        return floor(from->a + (from->b - from->a + 1) * unit_at(from, index, 0));
    case GF_BEGIN_NORMAL:
        return from->a + from->b * normal_at(from, index);
    case GF_BEGIN_RAMP:
        return from->a + from->b * element;
    case GF_BEGIN_INDEX:
        return element;
    case GF_BEGIN_OFFSETS:
        return offset_at(from, index);
    default:
        return 0;
    }
}

/* Whole numbers beyond the type go to its nearest end. */
static void put_whole(gf_type type, void *array, size_t index, double value) {
    const double whole = round(value);
    const size_t size = gf_type_size(type);
    const bool is_signed = type >= GF_TYPE_I8 && type <= GF_TYPE_I64;
    const int bits = (int)size * 8 - (is_signed ? 1 : 0);
    const double end = ldexp(1, bits);
    uint64_t number;
    if (is_signed)
        number = whole >= end    ? (uint64_t)INT64_MAX >> (63 - bits)
                 : whole <= -end ? ~((uint64_t)INT64_MAX >> (63 - bits))
                                 : (uint64_t)(int64_t)whole;
    else
        number = whole >= end ? UINT64_MAX >> (64 - bits) : whole <= 0 ? 0 : (uint64_t)whole;
    memcpy((char *)array + index * size, &number, size); /* the low bytes come first */
}

/* ---- Whole buffers ----------------------------------------------------- */

static void fill_by_index(const beginning *from, void *host, size_t count) {
    const uint32_t threads = gf_cores_own_threads();
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t i = 0; i < count; i++) {
        const double value = value_at(from, i);
        if (is_real(from->type))
            gf_put_real(from->type, host, i, value);
        else
            put_whole(from->type, host, i, value);
    }
}

static gf_status read_array(const gf_problem *problem, uint32_t index, void *host,
                            gf_error *error) {
    const gf_buffer_spec *spec = &problem->buffers[index];
    const char *path = gf_user_manifest(problem)->buffers[index].beginning.file.path;
    gf_npy npy = {0};
    gf_status status = gf_npy_open_flat(path, &npy, error);
    if (status != GF_OK)
        return status;
    const size_t count = spec->rows * spec->cols * spec->components;
    if (npy.type != spec->type || npy.cols != count)
        status = gf_error_set(
            error, GF_USAGE, "%s has %zu elements of %s, and the buffer %s takes %zu of %s", path,
            npy.cols, gf_type_name(npy.type), spec->name, count, gf_type_name(spec->type));
    else
        status = gf_npy_read(&npy, host, error);
    gf_npy_close(&npy);
    return status;
}

static gf_status evaluate(const gf_problem *problem, const gf_expression *expression,
                          double *number, gf_error *error) {
    gf_manifest_values values;
    *number = 0;
    if (expression == NULL)
        return GF_OK;
    gf_manifest_values_set(gf_user_manifest(problem), problem->params, &values);
    return gf_manifest_real(gf_user_manifest(problem), expression, "begin", &values, number, error);
}

bool gf_user_can_redraw(const gf_problem *problem) {
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_beginning_kind kind = gf_user_manifest(problem)->buffers[i].beginning.kind;
        if (gf_goes_up(problem->buffers[i].access) &&
            (kind == GF_BEGIN_UNIFORM || kind == GF_BEGIN_NORMAL || kind == GF_BEGIN_OFFSETS))
            return true;
    }
    return false;
}

/* Rows in the order of a shuffled problem. */
static gf_status shuffle(const gf_buffer_spec *spec, size_t row_count, void *host,
                         gf_error *error) {
    const gf_permutation order = gf_problem_shuffle(row_count);
    const size_t row_bytes = spec->bytes / row_count;
    const uint32_t threads = gf_cores_own_threads();
    char *rows = host, *copy = malloc(spec->bytes);
    if (copy == NULL)
        return gf_error_no_memory(error, spec->name, spec->bytes);
    memcpy(copy, host, spec->bytes);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t i = 0; i < row_count; i++)
        memcpy(rows + i * row_bytes, copy + gf_permutation_at(&order, i) * row_bytes, row_bytes);
    free(copy);
    return GF_OK;
}

static gf_status fill_in_order(const gf_problem *problem, uint32_t index, void *host,
                               gf_error *error) {
    const gf_buffer_spec *spec = &problem->buffers[index];
    const gf_beginning *asked = &gf_user_manifest(problem)->buffers[index].beginning;
    beginning from = {.kind = asked->kind,
                      .seed =
                          gf_random_mix(gf_hash_text(GF_HASH_START, spec->name) + problem->draw),
                      .components = spec->components,
                      .elements = spec->rows * spec->cols,
                      .type = spec->type};
    if (asked->kind == GF_BEGIN_FILE)
        return read_array(problem, index, host, error);
    gf_status status = evaluate(problem, asked->a, &from.a, error);
    if (status == GF_OK)
        status = evaluate(problem, asked->b, &from.b, error);
    if (status == GF_OK && (asked->kind == GF_BEGIN_ZEROS || asked->kind == GF_BEGIN_NOTHING))
        memset(host, 0, spec->bytes);
    else if (status == GF_OK)
        fill_by_index(&from, host, spec->rows * spec->cols * spec->components);
    return status;
}

gf_status gf_user_fill(const gf_problem *problem, uint32_t index, void *host, gf_error *error) {
    const gf_status status = fill_in_order(problem, index, host, error);
    const bool moves = problem->shuffled && gf_user_manifest(problem)->permutable == index;
    return status == GF_OK && moves
               ? shuffle(&problem->buffers[index], problem->permutable_rows, host, error)
               : status;
}
