#include "calibrate/calibrate.h"

#include <string.h>
#include <time.h>

#include "calibrate/calibrate_ceilings.h"
#include "calibrate/calibrate_transfers.h"
#include "calibrate/calibration_run.h"
#include "calibrate/profile_store.h"

/* Seconds on two cores, rounded up. Drivers first compile the kernels. */
#define NATIVE_S 10.0
#define DRIVER_S 18.0

double gf_calibrate_seconds(const gf_device *device) {
    return device->info.device_class == GF_CLASS_NATIVE ? NATIVE_S : DRIVER_S;
}

/* Seconds for a case on two cores of a Xeon: samples, verification, and a driver's kernel build. */
#define NATIVE_CASE_S 0.3
#define DRIVER_CASE_S 0.6

double gf_cases_seconds(const gf_device *device, size_t count) {
    const bool native = device->info.device_class == GF_CLASS_NATIVE;
    return (native ? NATIVE_CASE_S : DRIVER_CASE_S) * (double)count;
}

static void note_time(gf_profile *profile, double took_s) {
    struct tm utc;
    const time_t now = time(NULL);
    profile->took_s = took_s;
    if (gmtime_r(&now, &utc) == NULL || strftime(profile->measured_at, sizeof profile->measured_at,
                                                 "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        profile->measured_at[0] = '\0';
}

static gf_status measure_parts(gf_calibration_run *run, gf_error *error) {
    gf_status status = gf_context_open_device(run->context, run->device, error);
    if (status == GF_OK)
        status = gf_calibrate_transfers(run, error);
    if (status == GF_OK)
        status = gf_calibrate_ceilings(run, error);
    if (status != GF_OK)
        gf_device_close(run->device); /* its context may be unusable after an error */
    return status;
}

gf_status gf_calibrate(const gf_context *context, gf_device *device, gf_profile *profile,
                       gf_error *error) {
    gf_profile measured = {.case_count = 0};
    gf_calibration_run run = {.context = context,
                              .device = device,
                              .profile = &measured,
                              .planned =
                                  gf_calibrate_transfers_pieces() + gf_calibrate_ceilings_pieces(),
                              .started_ns = gf_context_now(context),
                              .expected_ns = (uint64_t)(gf_calibrate_seconds(device) * 1e9)};
    const gf_status status = measure_parts(&run, error);
    if (status != GF_OK)
        return status;
    memcpy(profile->transfers, measured.transfers, sizeof profile->transfers);
    profile->used = measured.used;
    profile->first_touch = measured.first_touch;
    profile->first_touch_large = measured.first_touch_large;
    profile->ceilings = measured.ceilings;
    profile->disturbed = measured.disturbed;
    profile->missing = (gf_profile_parts){false};
    note_time(profile, (double)(gf_context_now(context) - run.started_ns) * 1e-9);
    return GF_OK;
}

gf_status gf_calibrate_transfers_first(const gf_context *context, gf_device *device,
                                       gf_profile *profile, gf_error *error) {
    gf_profile measured = {.case_count = 0};
    gf_calibration_run run = {.context = context,
                              .device = device,
                              .profile = &measured,
                              .planned = gf_calibrate_used_transfers_pieces(),
                              .once = true,
                              .started_ns = gf_context_now(context)};
    if (profile->measured_at[0] != '\0')
        return GF_OK;
    gf_status status = gf_context_open_device(context, device, error);
    if (status == GF_OK)
        status = gf_calibrate_used_transfers(&run, error);
    if (status != GF_OK) {
        gf_device_close(device); /* its context may be unusable after an error */
        return status;
    }
    memcpy(profile->transfers, measured.transfers, sizeof profile->transfers);
    profile->used = measured.used;
    profile->disturbed.transfers = measured.disturbed.transfers;
    profile->missing = (gf_profile_parts){true, true, true, true, true, true};
    note_time(profile, (double)(gf_context_now(context) - run.started_ns) * 1e-9);
    return GF_OK;
}

gf_status gf_profile_load_or_measure(const gf_context *context, gf_device *device,
                                     gf_profile **profile, char *why, size_t size,
                                     gf_error *error) {
    gf_profile *made = NULL;
    gf_status status =
        gf_profile_create(&device->info, context->session->options.thread_count, &made, error);
    if (status != GF_OK)
        return status;
    if (gf_profile_load(made, why, size) != GF_PROFILE_LOADED || gf_profile_is_partial(made)) {
        status = gf_calibrate(context, device, made, error);
        if (status == GF_OK)
            (void)gf_profile_save(made); /* if that fails, it is measured again next time */
    }
    if (status == GF_OK)
        *profile = made;
    else
        gf_profile_destroy(made);
    return status;
}
