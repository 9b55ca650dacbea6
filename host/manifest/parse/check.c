#include "manifest/parse/check.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/error.h"
#include "manifest/evaluate.h"

typedef struct check {
    const gf_manifest *manifest;
    gf_manifest_values values;
    gf_error *error;
} check;

static gf_status fail_at(const check *c, const gf_expression *expression, const char *format, ...)
    GF_PRINTF(3, 4);
static gf_status fail_at(const check *c, const gf_expression *expression, const char *format, ...) {
    char what[GF_ERROR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return gf_error_set(c->error, GF_USAGE, "%s:%u: %s", c->manifest->path,
                        gf_expression_line(expression), what);
}

/* ---- Buffers ----------------------------------------------------------- */

static gf_status check_real(const check *c, const gf_expression *expression, const char *what,
                            double least) {
    double number = 0;
    if (expression == NULL)
        return GF_OK;
    const gf_status status =
        gf_manifest_real(c->manifest, expression, what, &c->values, &number, c->error);
    if (status != GF_OK || number >= least)
        return status;
    return fail_at(c, expression, "%s: %s is %g; it must be at least %g", what,
                   gf_expression_text(expression), number, least);
}

static gf_status check_beginning(const check *c, const gf_beginning *beginning) {
    double from = 0, to = 0;
    if (beginning->a == NULL || beginning->b == NULL)
        return GF_OK;
    gf_status status =
        gf_manifest_real(c->manifest, beginning->a, "begin", &c->values, &from, c->error);
    if (status == GF_OK)
        status = gf_manifest_real(c->manifest, beginning->b, "begin", &c->values, &to, c->error);
    if (status != GF_OK)
        return status;
    if (beginning->kind == GF_BEGIN_UNIFORM && from > to)
        return fail_at(c, beginning->a, "begin: uniform(%g, %g) has no numbers; exchange them",
                       from, to);
    if (beginning->kind == GF_BEGIN_NORMAL && to < 0)
        return fail_at(c, beginning->b,
                       "begin: normal(%g, %g) has a deviation below 0; give one of at least 0",
                       from, to);
    return GF_OK;
}

static gf_status check_pair(const check *c, const gf_shape *first, const gf_shape *second) {
    const gf_manifest *m = c->manifest;
    if (first->dimensions == second->dimensions &&
        memcmp(first->extents, second->extents, sizeof first->extents) == 0)
        return GF_OK;
    return fail_at(c, m->buffers[m->partner].shape[0],
                   "shape of %s: %zu x %zu x %zu differs from %zu x %zu x %zu of %s, with which it "
                   "changes places; give both one shape",
                   m->buffers[m->partner].name, second->extents[0], second->extents[1],
                   second->extents[2], first->extents[0], first->extents[1], first->extents[2],
                   m->buffers[m->result].name);
}

static gf_status check_buffers(const check *c) {
    const gf_manifest *m = c->manifest;
    gf_shape shapes[GF_MAX_BUFFERS];
    gf_status status = GF_OK;
    for (uint32_t i = 0; i < m->buffer_count && status == GF_OK; i++) {
        status = gf_manifest_shape(m, i, &c->values, &shapes[i], c->error);
        if (status == GF_OK)
            status = check_beginning(c, &m->buffers[i].beginning);
        if (status == GF_OK)
            status = gf_manifest_offsets(m, i, &c->values, c->error);
    }
    if (status == GF_OK && m->partner != GF_NO_BUFFER)
        status = check_pair(c, &shapes[m->result], &shapes[m->partner]);
    if (status == GF_OK && m->permutable != GF_NO_BUFFER &&
        shapes[m->permutable].extents[0] != shapes[m->result].extents[0])
        return fail_at(c, m->buffers[m->permutable].shape[0],
                       "permutable: %s has %zu rows, the result %zu; only equal numbers can be "
                       "permuted alike",
                       m->buffers[m->permutable].name, shapes[m->permutable].extents[0],
                       shapes[m->result].extents[0]);
    return status;
}

/* ---- Launches ---------------------------------------------------------- */

static gf_status check_arguments(const check *c, const gf_argument_list *list) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; i < list->count && status == GF_OK; i++) {
        gf_scalar_bytes scalar;
        size_t bytes = 0;
        if (list->items[i].kind == GF_ARGUMENT_SCALAR)
            status =
                gf_manifest_scalar(c->manifest, &list->items[i], &c->values, &scalar, c->error);
        else if (list->items[i].kind == GF_ARGUMENT_LOCAL)
            status =
                gf_manifest_local_bytes(c->manifest, &list->items[i], &c->values, &bytes, c->error);
    }
    return status;
}

/* With each candidate for the work-group, and with one item where the driver chooses. */
static gf_status check_kernel(check *c, uint32_t kernel) {
    const gf_manifest_kernel *spec = &c->manifest->kernels[kernel];
    const uint32_t candidates = spec->local_count == 0 ? 1 : spec->local_count;
    gf_status status = GF_OK;
    for (uint32_t i = 0; i < candidates && status == GF_OK; i++) {
        size_t local[GF_MANIFEST_DIMENSIONS] = {1, 1, 1}, global[GF_MANIFEST_DIMENSIONS];
        if (spec->local_count > 0)
            status = gf_manifest_local(c->manifest, kernel, i, &c->values, local, c->error);
        if (status != GF_OK)
            return status;
        gf_manifest_values_set_local(&c->values, spec->dimensions, local);
        status = gf_manifest_global(c->manifest, kernel, &c->values, global, c->error);
        if (status == GF_OK)
            status = check_arguments(c, &spec->arguments);
    }
    return status;
}

static gf_status check_twin(const check *c) {
    size_t length = 0;
    gf_status status = GF_OK;
    if (c->manifest->twin.function == NULL)
        return GF_OK;
    if (c->manifest->twin.over_range)
        status = gf_manifest_range(c->manifest, &c->values, &length, c->error);
    return status == GF_OK ? check_arguments(c, &c->manifest->twin.arguments) : status;
}

/* ---- The whole --------------------------------------------------------- */

/* Kernels may depend on the step: the first and the last one are tried. */
static gf_status check_kernels(check *c, uint64_t steps) {
    const uint64_t tried[] = {0, steps > 0 ? steps - 1 : 0};
    gf_status status = GF_OK;
    for (size_t s = 0; s < 2 && status == GF_OK; s++) {
        c->values.numbers[GF_PLACE_STEP] = gf_number_whole((int64_t)tried[s]);
        for (uint32_t k = 0; k < c->manifest->kernel_count && status == GF_OK; k++)
            status = check_kernel(c, k);
        if (status == GF_OK)
            status = check_twin(c);
    }
    return status;
}

gf_status gf_manifest_check(const gf_manifest *manifest, gf_error *error) {
    check c = {.manifest = manifest, .error = error};
    uint64_t steps = 0, per_transfer = 0;
    double limit = 0;
    gf_manifest_values_set(manifest, NULL, &c.values);
    gf_status status = gf_manifest_steps(manifest, &c.values, &steps, &per_transfer, error);
    if (status == GF_OK)
        status = check_buffers(&c);
    if (status == GF_OK)
        status = check_kernels(&c, steps);
    if (status == GF_OK)
        status = check_real(&c, manifest->operations, "operations", 0);
    if (status == GF_OK)
        status = check_real(&c, manifest->bytes, "bytes", 0);
    if (status == GF_OK)
        status = check_real(&c, manifest->work, "work", 0);
    if (status == GF_OK)
        status = gf_manifest_limit(manifest, &c.values, &limit, error);
    if (status == GF_OK)
        status = check_real(&c, manifest->picture_low, "low", -HUGE_VAL);
    if (status == GF_OK)
        status = check_real(&c, manifest->picture_high, "high", -HUGE_VAL);
    return status;
}
