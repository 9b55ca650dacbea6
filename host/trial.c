/* Buffers and round trips of one device. docs/how-we-time.md describes what is timed. */
#include "trial.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "host_memory.h"

/* ---- Memory -----------------------------------------------------------------------------------
 */

void gf_trial_free_host(gf_trial *t) {
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++)
        gf_host_array_release(&t->comparison->host[i]);
    t->comparison->output = NULL;
}

gf_status gf_trial_make_buffers(gf_trial *t, gf_error *error) {
    gf_comparison *comparison = t->comparison;
    gf_trial_free_host(t); /* of the search for tunables, or the latest run */
    for (uint32_t i = 0; i < t->problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &t->problem->buffers[i];
        gf_status status =
            gf_host_array_create(t->device, spec->name, spec->bytes, comparison->options.cancel,
                                 &comparison->host[i], error);
        if (status == GF_OK)
            status = gf_check_cancel(comparison, error);
        if (status != GF_OK)
            return status;
        t->buffers[i] = (gf_buffer){.device = t->device,
                                    .bytes = spec->bytes,
                                    .access = spec->access,
                                    .host = comparison->host[i].memory};
        status = t->device->backend->buffer_create(&t->buffers[i], error);
        if (status != GF_OK)
            return status;
        t->buffers_made++;
    }
    return GF_OK;
}

void gf_trial_release(gf_trial *t) {
    const gf_backend *backend = t->device->backend;
    if (t->pipeline != NULL)
        backend->pipeline_release(t->pipeline);
    if (t->program != NULL)
        backend->program_release(t->program);
    for (uint32_t i = 0; i < t->buffers_made; i++)
        backend->buffer_release(&t->buffers[i]);
    t->pipeline = NULL;
    t->program = NULL;
    t->buffers_made = 0;
}

/* ---- One round trip ---------------------------------------------------------------------------
 */

uint32_t gf_trial_content(const gf_trial *t, uint32_t index, bool swapped) {
    return swapped && t->problem->has_pair && index == t->problem->result ? t->problem->partner
                                                                          : index;
}

gf_status gf_trial_upload(gf_trial *t, bool first, bool swapped, gf_error *error) {
    for (uint32_t i = 0; i < t->problem->buffer_count; i++) {
        const gf_access access = t->problem->buffers[i].access;
        if (!gf_goes_up(access) || (!first && access == GF_ACCESS_IN))
            continue;
        gf_buffer *buffer = &t->buffers[gf_trial_content(t, i, swapped)];
        const gf_status status = t->device->backend->buffer_write(buffer, buffer->host, error);
        if (status != GF_OK)
            return status;
    }
    return GF_OK;
}

static gf_status download(gf_trial *t, bool swapped, gf_error *error) {
    for (uint32_t i = 0; i < t->problem->buffer_count; i++) {
        if (!gf_comes_down(t->problem->buffers[i].access))
            continue;
        gf_buffer *buffer = &t->buffers[gf_trial_content(t, i, swapped)];
        const gf_status status = t->device->backend->buffer_read(buffer, buffer->host, error);
        if (status != GF_OK)
            return status;
    }
    return GF_OK;
}

/* The device's own clock is believed only where it can be true. */
static void read_device_clock(const gf_trial *t, uint64_t wall_ns, gf_round_trip *trip) {
    const gf_backend *backend = t->device->backend;
    if (backend->device_time == NULL) {
        trip->device_clock_ok = false;
        return;
    }
    uint64_t kernel_ns = 0;
    const char *clock = NULL, *trouble = NULL;
    if (!backend->device_time(t->program, &kernel_ns, &clock, &trouble)) {
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

gf_status gf_trial_compute(gf_trial *t, uint64_t steps, bool *swapped, gf_round_trip *trip,
                           gf_error *error) {
    const gf_backend *backend = t->device->backend;
    const gf_launch launch = {.buffers = t->buffers,
                              .swapped = *swapped,
                              .step_count = steps,
                              .cancel = t->comparison->options.cancel};
    const uint64_t start = gf_trial_now(t);
    gf_status status = backend->launch(t->program, &launch, error);
    if (status == GF_OK)
        status = backend->finish(t->program, swapped, error);
    const uint64_t wall_ns = gf_trial_now(t) - start;
    if (status != GF_OK)
        return status;
    trip->compute_wall_ns += wall_ns;
    read_device_clock(t, wall_ns, trip);
    return gf_check_cancel(t->comparison, error);
}

/* One stop: up (if the host has something new), the steps, down. */
static gf_status leg(gf_trial *t, bool first, uint64_t steps, bool *swapped, gf_round_trip *trip,
                     gf_error *error) {
    const uint64_t start = gf_trial_now(t);
    gf_status status = GF_OK;
    if (first || t->problem->upload_again)
        status = gf_trial_upload(t, first, *swapped, error);
    const uint64_t uploaded = gf_trial_now(t);
    if (status == GF_OK)
        status = gf_trial_compute(t, steps, swapped, trip, error);
    const uint64_t computed = gf_trial_now(t);
    if (status == GF_OK)
        status = download(t, *swapped, error);
    trip->h2d_ns += uploaded - start;
    trip->d2h_ns += gf_trial_now(t) - computed;
    return status;
}

gf_status gf_trial_round_trip(gf_trial *t, gf_round_trip *trip, gf_error *error) {
    const gf_problem *problem = t->problem;
    const uint64_t every = t->stop_every != 0 ? t->stop_every : problem->steps_per_transfer;
    *trip = (gf_round_trip){.device_clock_ok = t->device->backend->device_time != NULL};
    gf_status status = GF_OK;
    bool swapped = false;
    uint64_t done = 0;
    const uint64_t start = gf_trial_now(t);
    do {
        const uint64_t left = problem->steps - done;
        const uint64_t steps = left < every ? left : every;
        status = leg(t, done == 0, steps, &swapped, trip, error);
        done += steps;
        t->comparison->output =
            t->comparison->host[gf_trial_content(t, problem->result, swapped)].memory;
        if (status == GF_OK && t->stop != NULL)
            status = t->stop(t->stop_context, done, t->comparison->output, error);
    } while (status == GF_OK && done < problem->steps);
    trip->total_ns = gf_trial_now(t) - start;
    t->last_total_ns = trip->total_ns;
    return status;
}

/* ---- Before and after a round trip ------------------------------------------------------------
 */

/* A pattern that no right result has everywhere: NaN in reals, and in integers an odd number, since
 * the largest one is what all counts are where nothing escapes in 65535 iterations. */
static int poison_byte(gf_type type) {
    return type == GF_TYPE_F32 || type == GF_TYPE_F64 ? 0xff : 0xa5;
}

/* Hands new content of buffer->host to the device, untimed. */
static gf_status hand_over(gf_buffer *buffer, gf_error *error) {
    return buffer->device->backend->buffer_write(buffer, buffer->host, error);
}

/* Before the host writes to memory that the device may own. */
static gf_status claim(gf_buffer *buffer, gf_error *error) {
    const gf_backend *backend = buffer->device->backend;
    return backend->buffer_claim == NULL ? GF_OK : backend->buffer_claim(buffer, error);
}

gf_status gf_trial_reset(gf_trial *t, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < t->problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &t->problem->buffers[i];
        gf_buffer *buffer = &t->buffers[i];
        const bool up = gf_goes_up(spec->access);
        status = claim(buffer, error);
        if (status != GF_OK)
            break;
        memset(buffer->host, poison_byte(spec->type), spec->bytes);
        if (!up || !buffer->in_place)
            status = hand_over(buffer, error);
        if (status == GF_OK && up) /* stays the host's until the timed upload */
            memcpy(buffer->host, t->comparison->inputs[i], spec->bytes);
    }
    return status;
}

void gf_trial_progress(const gf_trial *t, const char *stage, uint32_t done, uint32_t planned,
                       uint64_t expected_ns) {
    const gf_run_options *options = &t->comparison->options;
    if (options->progress == NULL)
        return;
    const gf_progress progress = {t->device->info.id, t->result->variant, stage, done, planned,
                                  expected_ns};
    options->progress(&progress, options->progress_context);
}
