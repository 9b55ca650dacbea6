/* Calibrating a device, and obtaining a profile of it. */
#include "calibrate/calibrate.h"

#include <string.h>
#include <time.h>

#include "calibrate/calibrate_ceilings.h"
#include "calibrate/calibrate_transfers.h"
#include "calibrate/calibration_run.h"
#include "device/device.h"
#include "device/session.h"

/* What calibrating took on two cores of a Xeon, with some room: a device compiles its kernels
 * first, one for each precision and arithmetic. */
#define NATIVE_S 8.0
#define DRIVER_S 10.0

double gf_calibrate_seconds(const gf_device *device) {
    return device->info.device_class == GF_CLASS_NATIVE ? NATIVE_S : DRIVER_S;
}

/* A case of a kernel takes about so long, on two cores of a Xeon: samples, their verification, and,
 * where a driver does that, building the kernel. */
#define NATIVE_CASE_S 0.3
#define DRIVER_CASE_S 0.6

double gf_cases_seconds(const gf_device *device, size_t count) {
    const bool native = device->info.device_class == GF_CLASS_NATIVE;
    return (native ? NATIVE_CASE_S : DRIVER_CASE_S) * (double)count;
}

/* ---- Measuring --------------------------------------------------------- */

static void note_time(gf_profile *profile, double took_s) {
    struct tm utc;
    const time_t now = time(NULL);
    profile->took_s = took_s;
    if (gmtime_r(&now, &utc) == NULL || strftime(profile->measured_at, sizeof profile->measured_at,
                                                 "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        profile->measured_at[0] = '\0';
}

/* Into *measured, which holds nothing yet. */
static gf_status measure(gf_calibration_run *calibration, gf_error *error) {
    gf_status status = gf_device_open(calibration->device, error);
    if (status == GF_OK)
        status = gf_calibrate_transfers(calibration, error);
    if (status == GF_OK)
        status = gf_calibrate_ceilings(calibration, error);
    if (status != GF_OK)
        gf_device_close(calibration->device); /* after an error its context can't be trusted */
    return status;
}

gf_status gf_calibrate(gf_profile *profile, gf_session *session, gf_device *device,
                       const gf_run_options *options, gf_error *error) {
    gf_profile measured = {.case_count = 0};
    gf_calibration_run calibration = {
        .profile = &measured,
        .session = session,
        .device = device,
        .options = options,
        .planned = gf_calibrate_transfers_pieces() + gf_calibrate_ceilings_pieces(),
        .started_ns = gf_clock_now(&session->clock),
        .expected_ns = (uint64_t)(gf_calibrate_seconds(device) * 1e9)};
    const gf_status status = measure(&calibration, error);
    if (status != GF_OK)
        return status;
    memcpy(profile->transfers, measured.transfers, sizeof profile->transfers);
    profile->used = measured.used;
    profile->first_touch = measured.first_touch;
    profile->ceilings = measured.ceilings;
    note_time(profile, (double)(gf_clock_now(&session->clock) - calibration.started_ns) * 1e-9);
    return GF_OK;
}

gf_status gf_profile_load_or_measure(gf_session *session, gf_device *device,
                                     const gf_run_options *options, gf_profile **profile,
                                     gf_profile_state *state, char *why, size_t size,
                                     gf_error *error) {
    gf_profile *made = NULL;
    gf_status status =
        gf_profile_create(&device->info, session->options.thread_count, &made, error);
    if (status != GF_OK)
        return status;
    *state = gf_profile_load(made, why, size);
    if (*state != GF_PROFILE_LOADED) {
        status = gf_calibrate(made, session, device, options, error);
        if (status == GF_OK)
            (void)gf_profile_save(made); /* else it is measured again next time */
    }
    if (status == GF_OK)
        *profile = made;
    else
        gf_profile_destroy(made);
    return status;
}
