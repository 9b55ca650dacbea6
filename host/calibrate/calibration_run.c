#include "calibrate/calibration_run.h"

#include "os/machine.h"

uint64_t gf_calibration_run_limit(const gf_device_info *device) {
    /* On the device a copy has two arrays, on the host their first content and a reference too. */
    enum { DEVICE_PARTS = 4, HOST_PARTS = 16 };
    uint64_t limit = gf_machine_memory_bytes() / HOST_PARTS;
    if (device->global_memory_bytes > 0 && device->global_memory_bytes / DEVICE_PARTS < limit)
        limit = device->global_memory_bytes / DEVICE_PARTS;
    if (device->max_alloc_bytes > 0 && device->max_alloc_bytes < limit)
        limit = device->max_alloc_bytes;
    return limit;
}

gf_status gf_calibration_run_step(gf_calibration_run *run, gf_error *error) {
    const gf_status status = gf_context_check_cancel(run->context, error);
    if (status != GF_OK)
        return status;
    const uint64_t spent = gf_context_now(run->context) - run->started_ns;
    const gf_progress progress = {.device_id = run->device->info.id,
                                  .variant = "",
                                  .stage = "calibration",
                                  .done = run->done++,
                                  .planned = run->planned,
                                  .expected_ns =
                                      spent < run->expected_ns ? run->expected_ns - spent : 0};
    gf_context_report_progress(run->context, &progress);
    return GF_OK;
}
