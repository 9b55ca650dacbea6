/* Buffers and round trips of one device. docs/how-we-time.md describes what is timed. */
#include "measure/round_trip.h"

#include <stdlib.h>
#include <string.h>

#include "device/host_array.h"
#include "problem/traffic.h"

/* ---- Memory ------------------------------------------------------------ */

void gf_run_free_host(gf_run *run) {
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++)
        gf_host_array_release(&run->host[i]);
    run->output = NULL;
}

gf_status gf_run_make_buffers(gf_run *run, gf_error *error) {
    const gf_context *context = gf_run_context(run);
    gf_run_free_host(run); /* of the search for tunables */
    for (uint32_t i = 0; i < gf_run_problem(run)->buffer_count; i++) {
        const gf_buffer_spec *spec = &gf_run_problem(run)->buffers[i];
        gf_status status = gf_host_array_create(run->device, spec->name, spec->bytes,
                                                context->options->cancel, &run->host[i], error);
        if (status == GF_OK)
            status = gf_context_check_cancel(context, error);
        if (status != GF_OK)
            return status;
        run->buffers[i] = (gf_buffer){.device = run->device,
                                      .bytes = spec->bytes,
                                      .access = spec->access,
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

/* The index of the buffer that holds the content of buffer `index` now. */
static uint32_t content_of(const gf_problem *problem, uint32_t index, bool swapped) {
    return swapped && problem->has_pair && index == problem->result ? problem->partner : index;
}

gf_status gf_run_upload(gf_run *run, bool first, bool swapped, gf_error *error) {
    const gf_problem *problem = gf_run_problem(run);
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (!gf_uploads_before_stop(problem, i, first))
            continue;
        gf_buffer *buffer = &run->buffers[content_of(problem, i, swapped)];
        const gf_status status = run->device->backend->buffer_write(buffer, buffer->host, error);
        if (status != GF_OK)
            return status;
    }
    return GF_OK;
}

static gf_status download(gf_run *run, bool swapped, gf_error *error) {
    const gf_problem *problem = gf_run_problem(run);
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (!gf_downloads_at_stop(problem, i))
            continue;
        gf_buffer *buffer = &run->buffers[content_of(problem, i, swapped)];
        const gf_status status = run->device->backend->buffer_read(buffer, buffer->host, error);
        if (status != GF_OK)
            return status;
    }
    return GF_OK;
}

/* Takes the time by the device's own clock, unless it can't be true. */
static void read_device_clock(const gf_run *run, uint64_t wall_ns, gf_round_trip *trip) {
    const gf_backend *backend = run->device->backend;
    if (backend->device_time == NULL) {
        trip->device_clock_ok = false;
        return;
    }
    uint64_t kernel_ns = 0;
    const char *clock = NULL, *trouble = NULL;
    if (!backend->device_time(run->program, &kernel_ns, &clock, &trouble)) {
        trip->device_clock_ok = false;
        trip->clock_trouble = trouble;
    } else if (kernel_ns > wall_ns) {
        trip->device_clock_ok = false;
        trip->clock_trouble = "device events are longer than the wall clock allows";
    } else {
        trip->device_ns += kernel_ns;
        trip->device_clock = clock;
    }
}

gf_status gf_run_compute(gf_run *run, uint64_t steps, bool *swapped, gf_round_trip *trip,
                         gf_error *error) {
    const gf_backend *backend = run->device->backend;
    const gf_launch launch = {.buffers = run->buffers,
                              .swapped = *swapped,
                              .step_count = steps,
                              .cancel = gf_run_context(run)->options->cancel};
    /* Some drivers start their threads at the first launch. */
    gf_core_binding binding = {.changed = false};
    if (!run->launched)
        binding = gf_device_unbind(run->device);
    run->launched = true;
    const uint64_t start = gf_run_now(run);
    gf_status status = backend->launch(run->program, &launch, error);
    if (status == GF_OK)
        status = backend->finish(run->program, swapped, error);
    const uint64_t wall_ns = gf_run_now(run) - start;
    gf_cores_bind_again(&binding);
    if (status != GF_OK)
        return status;
    trip->compute_wall_ns += wall_ns;
    read_device_clock(run, wall_ns, trip);
    return gf_context_check_cancel(gf_run_context(run), error);
}

/* The segment of a round trip that leads to one stop: uploads, steps, downloads. */
static gf_status run_segment(gf_run *run, bool first, uint64_t steps, bool *swapped,
                             gf_round_trip *trip, gf_error *error) {
    const uint64_t start = gf_run_now(run);
    gf_status status = gf_run_upload(run, first, *swapped, error);
    const uint64_t uploaded = gf_run_now(run);
    if (status == GF_OK)
        status = gf_run_compute(run, steps, swapped, trip, error);
    const uint64_t computed = gf_run_now(run);
    if (status == GF_OK)
        status = download(run, *swapped, error);
    trip->h2d_ns += uploaded - start;
    trip->d2h_ns += gf_run_now(run) - computed;
    return status;
}

void gf_run_take_output(gf_run *run, bool swapped) {
    const gf_problem *problem = gf_run_problem(run);
    run->output = run->host[content_of(problem, problem->result, swapped)].memory;
}

gf_status gf_run_round_trip(gf_run *run, gf_round_trip *trip, gf_error *error) {
    const gf_problem *problem = gf_run_problem(run);
    const gf_stops *stops = &run->stops;
    const uint64_t every = stops->every != 0 ? stops->every : problem->steps_per_transfer;
    *trip = (gf_round_trip){.device_clock_ok = run->device->backend->device_time != NULL};
    gf_status status = GF_OK;
    bool swapped = false;
    uint64_t done = 0;
    const uint64_t start = gf_run_now(run);
    do {
        const uint64_t steps_left = problem->steps - done;
        const uint64_t steps = steps_left < every ? steps_left : every;
        status = run_segment(run, done == 0, steps, &swapped, trip, error);
        done += steps;
        gf_run_take_output(run, swapped);
        if (status == GF_OK && stops->callback != NULL)
            status = stops->callback(stops->context, done, run->output, error);
    } while (status == GF_OK && done < problem->steps);
    trip->total_ns = gf_run_now(run) - start;
    run->last_total_ns = trip->total_ns;
    return status;
}

/* ---- Before and after a round trip ------------------------------------- */

/* A pattern that no right result has everywhere: NaN in reals, 0xa5 bytes in integers. The
 * largest integer would not do: every count is 65535 where nothing escapes in 65535 iterations. */
static int poison_byte(gf_type type) {
    return type == GF_TYPE_F32 || type == GF_TYPE_F64 ? 0xff : 0xa5;
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

gf_status gf_run_reset(gf_run *run, gf_error *error) {
    const gf_problem *problem = gf_run_problem(run);
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        gf_buffer *buffer = &run->buffers[i];
        const bool up = gf_goes_up(spec->access);
        status = claim_for_host(buffer, error);
        if (status != GF_OK)
            break;
        memset(buffer->host, poison_byte(spec->type), spec->bytes);
        if (!up || !buffer->in_place)
            status = hand_over(buffer, error);
        if (status == GF_OK && up) /* stays the host's until the timed upload */
            memcpy(buffer->host, run->truth->inputs[i], spec->bytes);
    }
    return status;
}

void gf_run_progress(const gf_run *run, const char *stage, uint32_t done, uint32_t planned,
                     uint64_t expected_ns) {
    const gf_progress progress = {run->device->info.id, run->variant, stage, done, planned,
                                  expected_ns};
    gf_context_report_progress(gf_run_context(run), &progress);
}
