/* Buffers and round trips of one device. docs/how-we-time.md describes what is timed. */
#include "measure/round_trip.h"

#include <stdlib.h>
#include <string.h>

#include "device/host_array.h"
#include "device/trip.h"
#include "measure/guards/buffer_guards.h"
#include "problem/traffic.h"

/* ---- Memory ------------------------------------------------------------ */

void gf_run_free_host(gf_run *run) {
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++)
        gf_host_array_release(&run->host[i]);
    run->output = NULL;
}

gf_status gf_run_make_buffers(gf_run *run, gf_error *error) {
    const gf_context *context = gf_run_context(run);
    const bool guarded = gf_distrusts_kernels(context->session, gf_run_problem(run));
    gf_run_free_host(run); /* of the search for tunables */
    run->guards_filled = false;
    for (uint32_t i = 0; i < gf_run_problem(run)->buffer_count; i++) {
        const gf_buffer_spec *spec = &gf_run_problem(run)->buffers[i];
        gf_status status = gf_host_array_create(run->device, spec->name, spec->bytes,
                                                context->options->cancel, &run->host[i], error);
        if (status == GF_OK)
            status = gf_context_check_cancel(context, error);
        if (status != GF_OK)
            return status;
        run->buffers[i] =
            (gf_buffer){.device = run->device,
                        .bytes = spec->bytes,
                        .access = spec->access,
                        .guarded = guarded && run->device->backend->buffer_trespass != NULL,
                        .host = run->host[i].memory};
        status = run->device->backend->buffer_create(&run->buffers[i], error);
        if (status != GF_OK)
            return status;
        run->buffers_made++;
    }
    return GF_OK;
}

void gf_run_release(gf_run *run) {
    const gf_backend *backend = run->device->backend;
    if (run->pipeline != NULL)
        backend->pipeline_release(run->pipeline);
    if (run->program != NULL)
        backend->program_release(run->program);
    for (uint32_t i = 0; i < run->buffers_made; i++)
        backend->buffer_release(&run->buffers[i]);
    run->pipeline = NULL;
    run->program = NULL;
    run->buffers_made = 0;
}

/* ---- One round trip ---------------------------------------------------- */

uint64_t gf_run_now(const gf_run *run) {
    return gf_device_now(run->device, &gf_run_context(run)->session->clock);
}

gf_trip gf_run_make_trip(gf_run *run) {
    const gf_context *context = gf_run_context(run);
    return (gf_trip){.device = run->device,
                     .problem = gf_run_problem(run),
                     .program = run->program,
                     .buffers = run->buffers,
                     .clock = &context->session->clock,
                     .cancel = context->options->cancel};
}

/* Some drivers start their threads at the first launch. */
gf_core_binding gf_run_unbind_for_launch(gf_run *run) {
    const bool first = !run->launched;
    run->launched = true;
    return first ? gf_device_unbind(run->device) : (gf_core_binding){.changed = false};
}

gf_status gf_run_upload(gf_run *run, bool first, bool swapped, gf_error *error) {
    const gf_trip trip = gf_run_make_trip(run);
    return gf_trip_upload(&trip, first, swapped, error);
}

gf_status gf_run_download(gf_run *run, bool swapped, gf_error *error) {
    const gf_trip trip = gf_run_make_trip(run);
    return gf_trip_download(&trip, swapped, error);
}

gf_status gf_run_compute(gf_run *run, uint64_t first, uint64_t steps, bool *swapped,
                         gf_round_trip *times, gf_error *error) {
    const gf_trip trip = gf_run_make_trip(run);
    const gf_core_binding binding = gf_run_unbind_for_launch(run);
    const gf_status status = gf_trip_compute(&trip, first, steps, swapped, times, error);
    gf_cores_bind_again(&binding);
    return status;
}

void gf_run_take_output(gf_run *run, bool swapped) {
    const gf_problem *problem = gf_run_problem(run);
    run->output = run->host[gf_trip_content(problem, problem->result, swapped)].memory;
}

static gf_status show_stop(void *context, uint64_t done, bool swapped, gf_error *error) {
    gf_run *run = context;
    gf_run_take_output(run, swapped);
    return run->stops.callback(run->stops.context, done, run->output, error);
}

gf_status gf_run_trip(gf_run *run, bool *swapped, gf_round_trip *times, gf_error *error) {
    const gf_trip trip = gf_run_make_trip(run);
    const gf_stops *stops = &run->stops;
    const uint64_t every =
        stops->every != 0 ? stops->every : gf_run_problem(run)->steps_per_transfer;
    const gf_core_binding binding = gf_run_unbind_for_launch(run);
    const gf_status status = gf_trip_run(&trip, every, stops->callback == NULL ? NULL : show_stop,
                                         run, swapped, times, error);
    gf_cores_bind_again(&binding);
    return status;
}

gf_status gf_run_round_trip(gf_run *run, gf_round_trip *times, gf_error *error) {
    bool swapped = false;
    const uint64_t began = gf_run_now(run);
    const gf_status status = gf_run_trip(run, &swapped, times, error);
    times->began_ns = began;
    gf_run_take_output(run, swapped);
    run->last_total_ns = times->total_ns;
    return status;
}

/* ---- Before and after a round trip ------------------------------------- */

/* A pattern that no right result has everywhere: NaN in reals, 0xa5 bytes in integers. The
 * largest integer would not do: every count is 65535 where nothing escapes in 65535 iterations.
 * Every other time it is another one: an element that is never written then differs from round trip
 * to round trip, wherever it is, though only samples may be compared with the reference. */
static void poison(void *array, size_t bytes, gf_type type, bool other) {
    if (type != GF_TYPE_F32 && type != GF_TYPE_F64) {
        memset(array, other ? 0x5a : 0xa5, bytes);
        return;
    }
    uint16_t *const halves = array; /* of quiet NaNs in either precision */
    for (size_t i = 0; i < bytes / sizeof *halves; i++)
        halves[i] = other ? 0xfffb : 0xffff;
}

/* Hands new content of buffer->host to the device, untimed. */
static gf_status hand_over(gf_buffer *buffer, gf_error *error) {
    return buffer->device->backend->buffer_write(buffer, buffer->host, error);
}

/* Called before the host writes to memory that the device may own. */
static gf_status claim_for_host(gf_buffer *buffer, gf_error *error) {
    const gf_backend *backend = buffer->device->backend;
    return backend->buffer_claim == NULL ? GF_OK : backend->buffer_claim(buffer, error);
}

size_t gf_run_reversible_rows(const gf_run *run) {
    const gf_problem *problem = gf_run_problem(run);
    return problem->workload->reversible_rows == NULL || run->truth->redrawn != NULL
               ? 0
               : problem->workload->reversible_rows(problem);
}

/* Writes a buffer's first content to the host's array: the rows that may be reversed come in
 * reverse where the turn asks for it. */
static void write_input(const gf_run *run, uint32_t index) {
    const gf_buffer_spec *spec = &gf_run_problem(run)->buffers[index];
    const char *input = gf_run_turn(run)->inputs[index];
    const size_t rows = run->reversed ? gf_run_reversible_rows(run) : 0;
    const size_t row_bytes = spec->bytes / spec->rows, reversed = rows * row_bytes;
    char *array = run->buffers[index].host;
    for (size_t row = 0; row < rows; row++)
        memcpy(array + row * row_bytes, input + (rows - 1 - row) * row_bytes, row_bytes);
    memcpy(array + reversed, input + reversed, spec->bytes - reversed);
}

/* Poisons a buffer, or writes its first content. Inputs of a device that computes in the host's
 * memory are overwritten as a whole, so that poison would be in vain. */
static gf_status reset_buffer(gf_run *run, uint32_t index, bool other, gf_error *error) {
    const gf_buffer_spec *spec = &gf_run_problem(run)->buffers[index];
    gf_buffer *buffer = &run->buffers[index];
    const bool up = gf_goes_up(spec->access);
    gf_status status = claim_for_host(buffer, error);
    if (status == GF_OK && (!up || !buffer->in_place)) {
        poison(buffer->host, spec->bytes, spec->type, other);
        status = hand_over(buffer, error);
    }
    if (status == GF_OK && up) /* stays the host's until the timed upload */
        write_input(run, index);
    return status;
}

gf_status gf_run_reset(gf_run *run, gf_error *error) {
    gf_status status = GF_OK;
    const bool guarded = gf_has_guards(gf_run_context(run)->session);
    for (uint32_t i = 0; guarded && !run->guards_filled && i < run->buffers_made; i++)
        gf_guard_buffer(&run->buffers[i], &run->host[i]);
    run->guards_filled = true;
    const bool other = run->resets++ % 2 != 0;
    for (uint32_t i = 0; status == GF_OK && i < gf_run_problem(run)->buffer_count; i++)
        status = reset_buffer(run, i, other, error);
    return status;
}

gf_status gf_run_restore(gf_run *run, gf_error *error) {
    const gf_problem *problem = gf_run_problem(run);
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        if (!gf_goes_up(spec->access) || !gf_comes_down(spec->access))
            continue;
        status = claim_for_host(&run->buffers[i], error);
        if (status == GF_OK)
            memcpy(run->buffers[i].host, run->truth->inputs[i], spec->bytes);
    }
    return status;
}

void gf_run_progress(const gf_run *run, const char *stage, uint32_t done, uint32_t planned,
                     uint64_t expected_ns) {
    const gf_progress progress = {.device_id = run->device->info.id,
                                  .variant = run->variant,
                                  .stage = stage,
                                  .done = done,
                                  .planned = planned,
                                  .expected_ns = expected_ns};
    gf_context_report_progress(gf_run_context(run), &progress);
}
