/* A kernel made ready on one device, and run on the arrays of whoever calls it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/entry.h"
#include "base/error.h"
#include "device/host_array.h"
#include "measure/autotune.h"
#include "measure/call/call_memory.h"
#include "measure/search/fastest_variant.h"
#include "measure/tuning.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "problem/traffic.h"

static const gf_buffer_spec *spec_of(const gf_call *call, size_t index) {
    return &call->problem->buffers[index];
}

/* ---- The device --------------------------------------------------------- */

/* After an error the device can't be trusted, and what is shared with it is no more. */
static void drop(gf_call *call) {
    gf_run *run = &call->run;
    for (size_t i = 0; i < call->problem->buffer_count; i++) {
        gf_call_release_buffer(call, i);
        call->arrays[i].is_shared = false;
    }
    gf_run_release(run);
    gf_run_free_host(run);
    run->device->is_held = false;
    gf_device_close(run->device);
    call->is_ready = false;
}

static void choose_variant(gf_call *call, const gf_target *target) {
    gf_device *device = target->device;
    gf_variant_choice choice = {.variant = NULL};
    gf_error ignored = GF_ERROR_INIT; /* the first variant will do */
    const char *variant = target->variant;
    if (variant == NULL &&
        gf_find_fastest_variant(&call->truth, device, &choice, &ignored) == GF_OK)
        variant = choice.variant;
    gf_error_clear(&ignored);
    if (variant == NULL)
        variant = device->backend->variant(device, call->problem->workload, call->problem, 0);
    snprintf(call->variant, sizeof call->variant, "%s", variant == NULL ? "" : variant);
    snprintf(call->label, sizeof call->label, "%s:%s", device->info.id, call->variant);
}

static gf_status open_device(gf_call *call, gf_error *error) {
    gf_device *device = call->run.device;
    const gf_status status = gf_context_open_device(&call->truth.context, device, error);
    if (status == GF_OK)
        device->is_held = true;
    return status;
}

static gf_status build(gf_call *call, gf_error *error) {
    gf_run *run = &call->run;
    gf_status status = gf_run_autotune(run, error);
    if (status == GF_OK)
        status = gf_device_prepare(run->device, call->problem, run->variant, &run->tuning,
                                   &run->program, error);
    call->is_ready = status == GF_OK;
    if (status != GF_OK)
        drop(call);
    return status;
}

static gf_status make_ready(gf_call *call, gf_error *error) {
    if (call->is_ready)
        return GF_OK;
    const gf_status status = open_device(call, error);
    return status == GF_OK ? build(call, error) : status;
}

/* ---- Making one --------------------------------------------------------- */

/* What the device shares out is measured in a rehearsal, which a call does without. */
static gf_status check_device(const gf_device *device, gf_error *error) {
    if (device->backend->rehearse == NULL)
        return GF_OK;
    return gf_error_set_parameter(error, GF_USAGE, "device",
                                  " %s: several devices can't be called as one; call each of them",
                                  device->info.id);
}

static gf_status prepare(gf_call *call, const gf_target *target, gf_error *error) {
    call->run.truth = &call->truth;
    call->run.device = target->device;
    call->is_apart = target->device->is_remote;
    const gf_status status = open_device(call, error);
    if (status != GF_OK)
        return status;
    choose_variant(call, target); /* facts about an open device decide it */
    call->run.variant = call->variant;
    return build(call, error);
}

gf_status gf_call_create(gf_session *session, const gf_params *params, const gf_target *target,
                         const gf_run_options *options, gf_call **call, gf_error *error) {
    GF_ENTER(error);
    gf_call *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a call", sizeof *made);
    made->options = gf_run_options_or_defaults(options);
    gf_status status =
        gf_tuning_check_override(gf_params_workload(params), made->options.tuning, error);
    if (status == GF_OK)
        status = gf_problem_create(params, &made->problem, error);
    made->truth = (gf_truth){.problem = made->problem, .context = {session, &made->options}};
    if (status == GF_OK)
        status = check_device(target->device, error);
    if (status == GF_OK)
        status = prepare(made, target, error);
    if (status != GF_OK) {
        gf_problem_destroy(made->problem);
        free(made);
        return status;
    }
    *call = made;
    return GF_OK;
}

void gf_call_destroy(gf_call *call) {
    if (call == NULL)
        return;
    for (size_t i = 0; i < call->problem->buffer_count; i++) {
        gf_call_release_buffer(call, i);
        if (call->arrays[i].allocated.memory != NULL)
            gf_host_array_release(&call->arrays[i].allocated);
    }
    if (call->is_ready) {
        gf_run_release(&call->run);
        call->run.device->is_held = false;
    }
    gf_run_free_host(&call->run);
    gf_problem_destroy(call->problem);
    free(call);
}

const char *gf_call_label(const gf_call *call) {
    return call->label;
}

/* ---- Arrays ------------------------------------------------------------- */

size_t gf_call_array_count(const gf_call *call) {
    return call->problem->buffer_count;
}

bool gf_call_get_array(const gf_call *call, size_t index, gf_array_info *info) {
    if (index >= call->problem->buffer_count)
        return false;
    *info = gf_array_info_of(spec_of(call, index));
    return true;
}

static bool is_scratch(const gf_buffer_spec *spec) {
    return !gf_goes_up(spec->access) && !gf_comes_down(spec->access);
}

static gf_status check_index(const gf_call *call, size_t index, gf_error *error) {
    if (index >= call->problem->buffer_count)
        return gf_error_set(error, GF_USAGE, "array %zu: there are %u, which are counted from 0",
                            index, call->problem->buffer_count);
    if (is_scratch(spec_of(call, index)))
        return gf_error_set(error, GF_USAGE, "%s is scratch of the device; give it no memory",
                            spec_of(call, index)->name);
    return GF_OK;
}

gf_status gf_call_fill(const gf_call *call, size_t index, void *memory, gf_error *error) {
    GF_ENTER(error);
    const gf_status status = check_index(call, index, error);
    if (status != GF_OK)
        return status;
    if (!gf_goes_up(spec_of(call, index)->access))
        return gf_error_set(error, GF_USAGE, "%s has no first content: kernels only write it",
                            spec_of(call, index)->name);
    return call->problem->workload->fill(call->problem, (uint32_t)index, memory, error);
}

gf_status gf_call_bind(gf_call *call, size_t index, void *memory, gf_error *error) {
    GF_ENTER(error);
    const gf_status status = check_index(call, index, error);
    if (status != GF_OK)
        return status;
    const size_t number = gf_type_size(spec_of(call, index)->type);
    if ((uintptr_t)memory % number != 0)
        return gf_error_set(error, GF_USAGE,
                            "%s: its memory begins at %p; give memory at a multiple of %zu bytes",
                            spec_of(call, index)->name, memory, number);
    gf_call_take_memory(call, index, memory);
    return GF_OK;
}

static gf_status allocate(gf_call *call, size_t index, gf_error *error) {
    gf_call_array *array = &call->arrays[index];
    const gf_buffer_spec *spec = spec_of(call, index);
    gf_status status = make_ready(call, error);
    if (status != GF_OK)
        return status;
    status = gf_host_array_create(call->run.device, spec->name, spec->bytes, call->options.cancel,
                                  &array->allocated, error);
    array->is_shared = status == GF_OK;
    if (status != GF_OK)
        drop(call);
    return status;
}

gf_status gf_call_allocate(gf_call *call, size_t index, void **memory, gf_error *error) {
    GF_ENTER(error);
    gf_status status = check_index(call, index, error);
    gf_call_array *array = &call->arrays[index];
    if (status == GF_OK && array->allocated.memory == NULL)
        status = allocate(call, index, error);
    if (status != GF_OK)
        return status;
    gf_call_take_memory(call, index, array->allocated.memory);
    *memory = array->memory;
    return GF_OK;
}

/* ---- Running ------------------------------------------------------------ */

static gf_status check_apart(const gf_call *call, size_t a, size_t b, gf_error *error) {
    const uintptr_t first = (uintptr_t)call->arrays[a].memory;
    const uintptr_t second = (uintptr_t)call->arrays[b].memory;
    const gf_buffer_spec *one = spec_of(call, a), *other = spec_of(call, b);
    const bool written = gf_comes_down(one->access) || gf_comes_down(other->access);
    if (first == 0 || second == 0 || !written || first + one->bytes <= second ||
        second + other->bytes <= first)
        return GF_OK;
    return gf_error_set(error, GF_USAGE,
                        "%s and %s overlap, and one of them is written; give each its own memory",
                        one->name, other->name);
}

static gf_status check_arrays(const gf_call *call, gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; i < call->problem->buffer_count; i++) {
        if (call->arrays[i].memory == NULL && !is_scratch(spec_of(call, i)))
            return gf_error_set(error, GF_USAGE, "%s has no memory; bind an array",
                                spec_of(call, i)->name);
        for (size_t j = 0; status == GF_OK && j < i; j++)
            status = check_apart(call, j, i, error);
    }
    return status;
}

static uint64_t transferred_bytes(const gf_call *call) {
    const gf_traffic traffic = gf_problem_traffic(call->problem);
    const uint64_t room = UINT64_MAX - traffic.bytes_up;
    if (gf_call_is_in_place(call))
        return 0;
    return traffic.bytes_up + (traffic.bytes_down < room ? traffic.bytes_down : room);
}

/* Fills all of *times but the total. */
static gf_status run_once(gf_call *call, gf_call_times *times, gf_error *error) {
    gf_round_trip trip = {.total_ns = 0};
    bool swapped = false;
    gf_status status = gf_call_place_all(call, error);
    if (status == GF_OK)
        status = gf_call_stage_in(call, &times->copied_bytes, error);
    if (status == GF_OK)
        status = gf_run_trip(&call->run, &swapped, &trip, error);
    if (status == GF_OK)
        gf_call_stage_out(call, swapped, &times->copied_bytes);
    if (status == GF_OK)
        status = gf_call_claim_all(call, error);
    times->h2d_ns = trip.h2d_ns;
    times->compute_ns = trip.compute_wall_ns;
    times->d2h_ns = trip.d2h_ns;
    return status;
}

gf_status gf_call_run(gf_call *call, gf_call_times *times, gf_error *error) {
    GF_ENTER(error);
    gf_call_times taken = {.copied_bytes = 0};
    gf_status status = check_arrays(call, error);
    if (status == GF_OK)
        status = make_ready(call, error);
    if (status != GF_OK)
        return status;
    const uint64_t start_ns = gf_context_now(&call->truth.context);
    status = run_once(call, &taken, error);
    taken.total_ns = gf_context_now(&call->truth.context) - start_ns;
    if (status != GF_OK) {
        drop(call);
        return status;
    }
    taken.transferred_bytes = transferred_bytes(call);
    if (times != NULL)
        *times = taken;
    return GF_OK;
}
