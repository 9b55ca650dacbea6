#include "device/trip.h"

#include "base/cancel.h"
#include "base/error.h"
#include "problem/traffic.h"

static uint64_t detour_ns(const gf_device *device) {
    return device->backend->detour_ns == NULL ? 0 : device->backend->detour_ns(device);
}

uint64_t gf_device_now(const gf_device *device, const gf_clock *clock) {
    return gf_clock_now(clock) - detour_ns(device);
}

static uint64_t trip_now(const gf_trip *trip) {
    return gf_device_now(trip->device, trip->clock);
}

uint32_t gf_trip_content(const gf_problem *problem, uint32_t index, bool swapped) {
    return swapped && problem->has_pair && index == problem->result ? problem->partner : index;
}

gf_status gf_trip_upload(const gf_trip *trip, bool first, bool swapped, gf_error *error) {
    for (uint32_t i = 0; i < trip->problem->buffer_count; i++) {
        if (!gf_uploads_before_stop(trip->problem, i, first))
            continue;
        gf_buffer *buffer = &trip->buffers[gf_trip_content(trip->problem, i, swapped)];
        const gf_status status = trip->device->backend->buffer_write(buffer, buffer->host, error);
        if (status != GF_OK)
            return status;
    }
    return GF_OK;
}

gf_status gf_trip_download(const gf_trip *trip, bool swapped, gf_error *error) {
    for (uint32_t i = 0; i < trip->problem->buffer_count; i++) {
        if (!gf_downloads_at_stop(trip->problem, i))
            continue;
        gf_buffer *buffer = &trip->buffers[gf_trip_content(trip->problem, i, swapped)];
        const gf_status status = trip->device->backend->buffer_read(buffer, buffer->host, error);
        if (status != GF_OK)
            return status;
    }
    return GF_OK;
}

static void add_stage_times(const gf_trip *trip, gf_round_trip *times) {
    uint64_t stage_ns[GF_MAX_STAGES] = {0};
    if (trip->device->backend->stage_times == NULL)
        return;
    times->stage_count = trip->device->backend->stage_times(trip->program, stage_ns);
    for (uint32_t i = 0; i < times->stage_count; i++)
        times->stage_ns[i] += stage_ns[i];
}

/* What was transferred with the kernels is of the transfers. Returns the rest of the time. */
static uint64_t take_transfers(const gf_trip *trip, uint64_t wall_ns, gf_round_trip *times) {
    const gf_backend *backend = trip->device->backend;
    uint64_t up_ns = 0, down_ns = 0;
    if (backend->transfer_times != NULL)
        backend->transfer_times(trip->program, &up_ns, &down_ns);
    if (up_ns > wall_ns || down_ns > wall_ns - up_ns)
        return wall_ns;
    times->h2d_ns += up_ns;
    times->d2h_ns += down_ns;
    return wall_ns - up_ns - down_ns;
}

/* Takes the time by the device's own clock, unless it can't be true. */
static void read_device_clock(const gf_trip *trip, uint64_t wall_ns, gf_round_trip *times) {
    const gf_backend *backend = trip->device->backend;
    if (backend->device_time == NULL) {
        times->device_clock_ok = false;
        return;
    }
    uint64_t kernel_ns = 0;
    const char *clock = NULL, *trouble = NULL;
    if (!backend->device_time(trip->program, &kernel_ns, &clock, &trouble)) {
        times->device_clock_ok = false;
        times->clock_trouble = trouble;
    } else if (kernel_ns > wall_ns) {
        times->device_clock_ok = false;
        times->clock_trouble = "device events are longer than the wall clock allows";
    } else {
        times->device_ns += kernel_ns;
        times->device_clock = clock;
        add_stage_times(trip, times);
    }
}

/* `comes_down`: what comes down at a stop is read next. */
static gf_status compute(const gf_trip *trip, uint64_t first, uint64_t steps, bool comes_down,
                         bool *swapped, gf_round_trip *times, gf_error *error) {
    const gf_backend *backend = trip->device->backend;
    const gf_launch launch = {.buffers = trip->buffers,
                              .swapped = *swapped,
                              .first_step = first,
                              .step_count = steps,
                              .cancel = trip->cancel,
                              .part = trip->part,
                              .copies = trip->copies,
                              .copy_count = trip->copy_count,
                              .comes_down = comes_down};
    const uint64_t start = trip_now(trip);
    gf_status status = backend->launch(trip->program, &launch, error);
    if (status == GF_OK && trip->meanwhile != NULL)
        trip->meanwhile(trip->meanwhile_context);
    if (status == GF_OK)
        status = backend->finish(trip->program, swapped, error);
    const uint64_t all_ns = trip_now(trip) - start;
    if (status != GF_OK)
        return status;
    const uint64_t wall_ns = take_transfers(trip, all_ns, times);
    times->compute_wall_ns += wall_ns;
    read_device_clock(trip, wall_ns, times);
    return gf_cancelled(trip->cancel) ? gf_error_interrupted(error) : GF_OK;
}

gf_status gf_trip_compute(const gf_trip *trip, uint64_t first, uint64_t steps, bool *swapped,
                          gf_round_trip *times, gf_error *error) {
    return compute(trip, first, steps, false, swapped, times, error);
}

/* The segment of a round trip that leads to one stop: uploads, steps, downloads. */
static gf_status run_segment(const gf_trip *trip, uint64_t done, uint64_t steps, bool *swapped,
                             gf_round_trip *times, gf_error *error) {
    const uint64_t start = trip_now(trip);
    gf_status status = gf_trip_upload(trip, done == 0, *swapped, error);
    const uint64_t uploaded = trip_now(trip);
    if (status == GF_OK)
        status = compute(trip, done, steps, true, swapped, times, error);
    const uint64_t computed = trip_now(trip);
    if (status == GF_OK)
        status = gf_trip_download(trip, *swapped, error);
    times->h2d_ns += uploaded - start;
    times->d2h_ns += trip_now(trip) - computed;
    return status;
}

static gf_status run_segments(const gf_trip *trip, uint64_t every, gf_trip_stop at_stop,
                              void *context, bool *swapped, gf_round_trip *times, gf_error *error) {
    gf_status status = GF_OK;
    uint64_t done = 0;
    do {
        const uint64_t left = trip->problem->steps - done;
        const uint64_t steps = left < every ? left : every;
        status = run_segment(trip, done, steps, swapped, times, error);
        done += steps;
        if (status == GF_OK && at_stop != NULL)
            status = at_stop(context, done, *swapped, error);
    } while (status == GF_OK && done < trip->problem->steps);
    return status;
}

gf_status gf_trip_run(const gf_trip *trip, uint64_t every, gf_trip_stop at_stop, void *context,
                      bool *swapped, gf_round_trip *times, gf_error *error) {
    const gf_backend *backend = trip->device->backend;
    *times = (gf_round_trip){.device_clock_ok = backend->device_time != NULL};
    *swapped = false;
    if (backend->settle != NULL)
        backend->settle(trip->program);
    const uint64_t start = trip_now(trip), detour_before_ns = detour_ns(trip->device);
    const gf_status status =
        at_stop == NULL && backend->round_trip != NULL
            ? backend->round_trip(trip->program, trip->buffers, every, trip->cancel, swapped, times,
                                  error)
            : run_segments(trip, every, at_stop, context, swapped, times, error);
    times->total_ns = trip_now(trip) - start;
    times->detour_ns = detour_ns(trip->device) - detour_before_ns;
    return status;
}
