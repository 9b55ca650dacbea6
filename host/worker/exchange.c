#include "worker/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "device/chip.h"
#include "problem/params.h"

#define MOST_LOG   ((size_t)32 << 10)
#define MOST_PARAM 4096
#define MOST_PATH  4096
#define MOST_BYTES ((uint64_t)1 << 48)

/* ---- Errors ------------------------------------------------------------ */

void gf_exchange_put_error(gf_wire *wire, const gf_error *error) {
    gf_wire_put_u32(wire, (uint32_t)error->status);
    gf_wire_put_u32(wire, (uint32_t)error->native_code);
    gf_wire_put_text(wire, error->native_name);
    gf_wire_put_text(wire, error->parameter);
    gf_wire_put_text(wire, error->text);
    gf_wire_put_u32(wire, error->log != NULL);
    if (error->log == NULL)
        return;
    const size_t length = strnlen(error->log, MOST_LOG);
    gf_wire_put_u32(wire, (uint32_t)length);
    gf_wire_put(wire, error->log, length);
}

static gf_status known_status(uint32_t status) {
    switch (status) {
    case GF_USAGE:
    case GF_NO_DEVICE:
    case GF_MISMATCH:
    case GF_UNSUPPORTED:
    case GF_INTERRUPTED:
        return (gf_status)status;
    default:
        return GF_FAILED;
    }
}

void gf_exchange_get_error(gf_wire *wire, gf_error *error) {
    gf_error_clear(error);
    error->status = known_status(gf_wire_get_u32(wire));
    error->native_code = (int)gf_wire_get_u32(wire);
    gf_wire_get_text(wire, error->native_name, sizeof error->native_name);
    gf_wire_get_text(wire, error->parameter, sizeof error->parameter);
    gf_wire_get_text(wire, error->text, sizeof error->text);
    gf_flatten_text(error->text);
    if (error->text[0] == '\0')
        wire->bad = true; /* no failure is without a reason */
    if (gf_wire_get_bool(wire))
        error->log = gf_wire_get_new_text(wire, MOST_LOG);
}

/* ---- Devices ----------------------------------------------------------- */

static const char **text_of(gf_device_info *info, size_t index) {
    const char **const texts[] = {
        &info->id,   &info->name,   &info->kind,         &info->platform, &info->driver,
        &info->simd, &info->limits, &info->class_source, &info->chip,     &info->baseline_variant};
    return texts[index];
}

#define TEXTS GF_COUNT_OF(((gf_device_facts *)NULL)->texts)
/* Those before may not be NULL. */
#define ALWAYS_KNOWN 6

_Static_assert(GF_LIMITS_TEXT >= GF_CHIP_TEXT, "room for every text");

void gf_exchange_put_found(gf_wire *wire, const gf_device_info *info) {
    gf_wire_put_u64(wire, info->local_memory_bytes);
    gf_wire_put_u64(wire, info->max_work_group_size);
    gf_wire_put_u32(wire, info->facts != NULL);
    for (int i = 0; info->facts != NULL && i < GF_FACT_COUNT; i++) {
        const gf_fact *fact = &info->facts[i];
        gf_wire_put_u32(wire, (uint32_t)fact->state);
        gf_wire_put_u32(wire, fact->claimed);
        gf_wire_put_u64(wire, fact->claim);
        gf_wire_put_u64(wire, fact->value);
        gf_wire_put_text(wire, fact->why);
    }
}

void gf_exchange_get_found(gf_wire *wire, gf_device_facts *facts) {
    gf_device_info *info = &facts->info;
    info->local_memory_bytes = gf_wire_get_u64(wire);
    info->max_work_group_size = (size_t)gf_wire_get_u64(wire);
    info->facts = gf_wire_get_bool(wire) ? facts->measured : NULL;
    for (int i = 0; info->facts != NULL && i < GF_FACT_COUNT; i++) {
        gf_fact *fact = &facts->measured[i];
        fact->state = (gf_fact_state)gf_wire_get_below(wire, GF_FACT_KNOWN + 1);
        fact->claimed = gf_wire_get_bool(wire);
        fact->claim = gf_wire_get_u64(wire);
        fact->value = gf_wire_get_u64(wire);
        gf_wire_get_text(wire, fact->why, sizeof fact->why);
        gf_flatten_text(fact->why);
    }
}

void gf_exchange_put_device(gf_wire *wire, const gf_device_info *info) {
    gf_device_info copy = *info;
    for (size_t i = 0; i < TEXTS; i++) {
        char text[GF_LIMITS_TEXT];
        const bool known = *text_of(&copy, i) != NULL;
        snprintf(text, sizeof text, "%s", known ? *text_of(&copy, i) : "");
        gf_wire_put_u32(wire, known);
        gf_wire_put_text(wire, text);
    }
    gf_wire_put_u32(wire, (uint32_t)info->device_class);
    gf_wire_put_u64(wire, info->global_memory_bytes);
    gf_wire_put_u64(wire, info->max_alloc_bytes);
    gf_wire_put_u32(wire, info->compute_units);
    gf_wire_put_u32(wire, info->clock_mhz);
    gf_wire_put_u32(wire, info->vector_width_f32);
    gf_wire_put_u32(wire, info->vector_width_f64);
    gf_wire_put_u32(wire, info->f64);
    gf_wire_put_u32(wire, info->unified_memory);
    gf_exchange_put_found(wire, info);
}

void gf_exchange_get_device(gf_wire *wire, gf_device_facts *facts) {
    gf_device_info *info = &facts->info;
    for (size_t i = 0; i < TEXTS; i++) {
        const bool known = gf_wire_get_bool(wire);
        gf_wire_get_text(wire, facts->texts[i], sizeof facts->texts[i]);
        gf_flatten_text(facts->texts[i]);
        *text_of(info, i) = known || i < ALWAYS_KNOWN ? facts->texts[i] : NULL;
    }
    info->device_class = (gf_device_class)gf_wire_get_below(wire, GF_CLASS_ACCELERATOR + 1);
    info->global_memory_bytes = gf_wire_get_u64(wire);
    info->max_alloc_bytes = gf_wire_get_u64(wire);
    info->compute_units = gf_wire_get_u32(wire);
    info->clock_mhz = gf_wire_get_u32(wire);
    info->vector_width_f32 = gf_wire_get_u32(wire);
    info->vector_width_f64 = gf_wire_get_u32(wire);
    info->f64 = gf_wire_get_bool(wire);
    info->unified_memory = gf_wire_get_bool(wire);
    gf_exchange_get_found(wire, facts);
}

/* ---- Tunables ---------------------------------------------------------- */

void gf_exchange_put_tuning(gf_wire *wire, const gf_tuning *tuning) {
    gf_wire_put_u32(wire, tuning->count);
    for (uint32_t i = 0; i < tuning->count; i++) {
        gf_wire_put_text(wire, tuning->tunables[i].name);
        gf_wire_put_u32(wire, tuning->values[i]);
    }
}

void gf_exchange_get_tuning(gf_wire *wire, gf_tuning *known) {
    if (gf_wire_get_below(wire, GF_MAX_TUNABLES + 1) != known->count)
        wire->bad = true;
    for (uint32_t i = 0; i < known->count && !wire->bad; i++) {
        const gf_tunable *tunable = &known->tunables[i];
        char name[64];
        gf_wire_get_text(wire, name, sizeof name);
        known->values[i] = gf_wire_get_u32(wire);
        if (strcmp(name, tunable->name) != 0 || known->values[i] < tunable->min ||
            known->values[i] > tunable->max)
            wire->bad = true;
    }
}

/* ---- Problems: writing ------------------------------------------------- */

static void put_params(gf_wire *wire, const gf_problem *problem) {
    const gf_workload *workload = problem->workload;
    gf_wire_put_text(wire, workload->path != NULL ? workload->path : workload->name);
    gf_wire_put_u64(wire, workload->content);
    gf_wire_put_u32(wire, workload->param_count);
    for (uint32_t i = 0; i < workload->param_count; i++)
        gf_wire_put_text(wire, gf_params_text(problem->params, workload->params[i].name));
}

static void put_buffer(gf_wire *wire, const gf_buffer_spec *spec) {
    gf_wire_put_text(wire, spec->name);
    gf_wire_put_u32(wire, (uint32_t)spec->access);
    gf_wire_put_u32(wire, (uint32_t)spec->type);
    gf_wire_put_u32(wire, spec->components);
    gf_wire_put_u64(wire, spec->rows);
    gf_wire_put_u64(wire, spec->cols);
    gf_wire_put_u64(wire, spec->bytes);
}

static void put_scalar(gf_wire *wire, const gf_scalar *scalar) {
    gf_wire_put_text(wire, scalar->name);
    gf_wire_put_u32(wire, (uint32_t)scalar->type);
    gf_wire_put(wire, &scalar->value, sizeof scalar->value);
}

void gf_exchange_put_problem(gf_wire *wire, const gf_problem *problem) {
    put_params(wire, problem);
    gf_wire_put_u32(wire, (uint32_t)problem->precision);
    gf_wire_put_u32(wire, (uint32_t)problem->math);
    gf_wire_put_u32(wire, problem->buffer_count);
    for (uint32_t i = 0; i < problem->buffer_count; i++)
        put_buffer(wire, &problem->buffers[i]);
    gf_wire_put_u32(wire, problem->result);
    gf_wire_put_u32(wire, problem->has_pair);
    gf_wire_put_u32(wire, problem->partner);
    gf_wire_put_u32(wire, problem->scalar_count);
    for (uint32_t i = 0; i < problem->scalar_count; i++)
        put_scalar(wire, &problem->scalars[i]);
    gf_wire_put_u64(wire, problem->steps);
    gf_wire_put_u64(wire, problem->steps_per_transfer);
    gf_wire_put_u32(wire, problem->upload_again);
    gf_wire_put(wire, &problem->cost, sizeof problem->cost);
    gf_wire_put(wire, &problem->part, sizeof problem->part);
    gf_wire_put_u64(wire, problem->part_room);
    gf_wire_put_u32(wire, (uint32_t)problem->workload->extra_bytes);
    gf_wire_put(wire, problem->extra, problem->workload->extra_bytes);
}

/* ---- Problems: reading ------------------------------------------------- */

/* The workload with this name or path, which this process may read later than the other one did. */
static gf_status get_workload(gf_wire *wire, const gf_workload **workload, gf_error *error) {
    char name[MOST_PATH];
    gf_wire_get_text(wire, name, sizeof name);
    const uint64_t content = gf_wire_get_u64(wire);
    *workload = gf_workload_find(name, error);
    if (*workload == NULL)
        return error->status;
    if ((*workload)->content == content)
        return GF_OK;
    return gf_error_set(error, GF_FAILED, "%s or its kernels were edited meanwhile; start again",
                        name);
}

static gf_status get_params(gf_wire *wire, gf_problem *problem, gf_error *error) {
    const gf_status found = get_workload(wire, &problem->workload, error);
    if (found != GF_OK)
        return found;
    gf_status status = gf_params_create(problem->workload, &problem->params, error);
    if (gf_wire_get_u32(wire) != problem->workload->param_count)
        wire->bad = true;
    for (uint32_t i = 0; status == GF_OK && !wire->bad && i < problem->workload->param_count; i++) {
        char *text = gf_wire_get_new_text(wire, MOST_PARAM);
        if (text != NULL)
            status = gf_params_set(problem->params, problem->workload->params[i].name, text, error);
        free(text);
    }
    return status;
}

static void get_buffer(gf_wire *wire, char name[GF_MOST_NAME], gf_buffer_spec *spec) {
    gf_wire_get_text(wire, name, GF_MOST_NAME);
    spec->name = name;
    spec->access = (gf_access)gf_wire_get_below(wire, GF_ACCESS_SCRATCH + 1);
    spec->type = (gf_type)gf_wire_get_below(wire, GF_TYPE_COUNT);
    spec->components = gf_wire_get_u32(wire);
    spec->rows = (size_t)gf_wire_get_u64(wire);
    spec->cols = (size_t)gf_wire_get_u64(wire);
    spec->bytes = (size_t)gf_wire_get_u64(wire);
    if (spec->rows == 0 || spec->bytes == 0 || spec->bytes > MOST_BYTES)
        wire->bad = true;
}

static void get_scalar(gf_wire *wire, char name[GF_MOST_NAME], gf_scalar *scalar) {
    gf_wire_get_text(wire, name, GF_MOST_NAME);
    scalar->name = name;
    scalar->type = (gf_type)gf_wire_get_below(wire, GF_TYPE_COUNT);
    gf_wire_get(wire, &scalar->value, sizeof scalar->value);
}

static void get_shape(gf_wire *wire, gf_problem_copy *copy) {
    gf_problem *problem = &copy->problem;
    problem->precision = (gf_precision)gf_wire_get_below(wire, GF_PRECISION_INTEGER + 1);
    problem->math = (gf_math)gf_wire_get_below(wire, GF_MATH_RELAXED + 1);
    problem->buffer_count = gf_wire_get_below(wire, GF_MAX_BUFFERS + 1);
    for (uint32_t i = 0; i < problem->buffer_count; i++)
        get_buffer(wire, copy->names[i], &problem->buffers[i]);
    problem->result = gf_wire_get_below(wire, problem->buffer_count);
    problem->has_pair = gf_wire_get_bool(wire);
    problem->partner = gf_wire_get_below(wire, problem->buffer_count);
    problem->scalar_count = gf_wire_get_below(wire, GF_MAX_SCALARS + 1);
    for (uint32_t i = 0; i < problem->scalar_count; i++)
        get_scalar(wire, copy->names[GF_MAX_BUFFERS + i], &problem->scalars[i]);
    problem->steps = gf_wire_get_u64(wire);
    problem->steps_per_transfer = gf_wire_get_u64(wire);
    if (problem->steps > 0 &&
        (problem->steps_per_transfer == 0 || problem->steps_per_transfer > problem->steps))
        wire->bad = true;
    problem->upload_again = gf_wire_get_bool(wire);
    gf_wire_get(wire, &problem->cost, sizeof problem->cost);
    gf_wire_get(wire, &problem->part, sizeof problem->part);
    problem->part_room = gf_wire_get_u64(wire);
}

static gf_status get_extra(gf_wire *wire, gf_problem *problem, gf_error *error) {
    const size_t bytes = problem->workload->extra_bytes;
    if (gf_wire_get_u32(wire) != bytes)
        wire->bad = true;
    if (bytes == 0 || wire->bad)
        return GF_OK;
    problem->extra = malloc(bytes);
    if (problem->extra == NULL)
        return gf_error_no_memory(error, "a problem's notes", bytes);
    gf_wire_get(wire, problem->extra, bytes);
    return GF_OK;
}

gf_status gf_exchange_get_problem(gf_wire *wire, gf_problem_copy **copy, gf_error *error) {
    gf_problem_copy *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a problem", sizeof *made);
    gf_status status = get_params(wire, &made->problem, error);
    if (status == GF_OK) {
        get_shape(wire, made);
        status = get_extra(wire, &made->problem, error);
    }
    if (status == GF_OK && wire->bad)
        status = gf_error_set(error, GF_FAILED, "the message has no valid problem");
    if (status == GF_OK)
        *copy = made;
    else
        gf_problem_copy_destroy(made);
    return status;
}

void gf_problem_copy_destroy(gf_problem_copy *copy) {
    if (copy == NULL)
        return;
    free(copy->problem.extra);
    gf_params_destroy(copy->problem.params);
    free(copy);
}
