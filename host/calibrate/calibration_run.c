#include "calibrate/calibration_run.h"

#include "base/error.h"
#include "os/machine.h"

uint64_t gf_calibrate_limit(const gf_device_info *device) {
    /* A copy has two arrays on the device; on the host two, their first content and a reference. */
    enum { DEVICE_PARTS = 4, HOST_PARTS = 16 };
    uint64_t limit = gf_machine_memory_bytes() / HOST_PARTS;
    if (device->global_memory_bytes > 0 && device->global_memory_bytes / DEVICE_PARTS < limit)
        limit = device->global_memory_bytes / DEVICE_PARTS;
    if (device->max_alloc_bytes > 0 && device->max_alloc_bytes < limit)
        limit = device->max_alloc_bytes;
    return limit;
}

gf_status gf_calibration_run_step(gf_calibration_run *calibration, gf_error *error) {
    const gf_run_options *options = calibration->options;
    if (options->cancel != NULL && *options->cancel != 0)
        return gf_error_set(error, GF_INTERRUPTED, "interrupted");
    const uint64_t spent = gf_clock_now(&calibration->session->clock) - calibration->started_ns;
    const gf_progress progress = {
        .device_id = calibration->device->info.id,
        .variant = "",
        .stage = "calibration",
        .done = calibration->done++,
        .planned = calibration->planned,
        .expected_ns = spent < calibration->expected_ns ? calibration->expected_ns - spent : 0};
    if (options->progress != NULL)
        options->progress(&progress, options->progress_context);
    return GF_OK;
}
