#include "measure/result.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

const char *gf_outcome_name(gf_outcome outcome) {
    static const char *const names[] = {"ok", "unsupported", "failed", "mismatch"};
    return names[outcome];
}

const char *gf_variant_fate_name(gf_variant_fate fate) {
    static const char *const names[] = {"timed",  "stopped", "not built",
                                        "failed", "wrong",   "not tried"};
    return names[fate];
}

const char *gf_build_state_name(gf_build_state state) {
    return state == GF_BUILD_COLD ? "cold" : state == GF_BUILD_WARM ? "warm" : NULL;
}

/* ---- Times ------------------------------------------------------------- */

static gf_status summarize(const gf_samples *samples, gf_statistics *statistics, gf_error *error) {
    *statistics = gf_samples_statistics(samples);
    if (statistics->count == samples->count)
        return GF_OK;
    return gf_error_no_memory(error, "sorted samples", samples->count * sizeof *samples->ns);
}

gf_status gf_result_summarize(gf_result *result, gf_error *error) {
    const gf_ledger *ledger = &result->ledger;
    double median_ns[GF_PHASE_COUNT];
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++) {
        const gf_status status =
            summarize(&ledger->phases[phase], &result->statistics[phase], error);
        if (status != GF_OK)
            return status;
        median_ns[phase] = (double)result->statistics[phase].median_ns;
    }
    result->fare = gf_fare_share(median_ns);
    result->median_trip =
        ledger->phases[GF_PHASE_TOTAL].count > 0 ? gf_ledger_median_trip(ledger) : 0;
    gf_statistics detours;
    const gf_status status = summarize(&ledger->detours, &detours, error);
    result->detour_ns = status == GF_OK ? detours.median_ns : 0;
    return status == GF_OK ? summarize(&ledger->pipelined, &result->pipelined, error) : status;
}

gf_schedule gf_result_schedule(const gf_result *result) {
    return result->pipelined.count > 0 &&
                   result->pipelined.median_ns < result->statistics[GF_PHASE_TOTAL].median_ns
               ? GF_SCHEDULE_PIPELINED
               : GF_SCHEDULE_SERIAL;
}

const gf_statistics *gf_result_best(const gf_result *result) {
    return gf_result_schedule(result) == GF_SCHEDULE_PIPELINED
               ? &result->pipelined
               : &result->statistics[GF_PHASE_TOTAL];
}

double gf_result_best_ns(const gf_result *result) {
    return (double)gf_result_best(result)->median_ns;
}

const gf_shares *gf_result_shares(const gf_result *result) {
    const gf_ledger *ledger = &result->ledger;
    return result->median_trip < ledger->share_count ? &ledger->shares[result->median_trip] : NULL;
}

double gf_result_cold_build_ns(const gf_result *result) {
    if (!result->build_known)
        return 0;
    return result->build.cold_ns > 0 ? (double)result->build.cold_ns
                                     : gf_result_median_ns(result, GF_PHASE_BUILD);
}

uint32_t gf_result_threads(const gf_result *result) {
    const gf_tuning *tuning = &result->tuning;
    for (uint32_t i = 0; i < tuning->count; i++) {
        if (strcmp(tuning->tunables[i].name, GF_THREADS_TUNABLE) == 0)
            return tuning->values[i];
    }
    return result->device->info.compute_units;
}

bool gf_result_is_disturbed(const gf_result *result) {
    return gf_are_disturbed(result->disturbed, result->ledger.phases[GF_PHASE_TOTAL].count);
}

bool gf_are_disturbed(uint32_t disturbed, uint32_t count) {
    return disturbed > 0 && 2 * (uint64_t)disturbed >= count;
}

double gf_result_scaled_ns(const gf_result *result, double factor) {
    double ns[GF_PHASE_COUNT];
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++)
        ns[phase] = gf_result_median_ns(result, phase);
    const double pipelined = (double)result->pipelined.median_ns;
    return gf_scaled_trip_ns(ns, pipelined, &result->overlap, factor);
}

void gf_result_drop_times(gf_result *result) {
    gf_ledger_clear(&result->ledger);
    memset(result->statistics, 0, sizeof result->statistics);
    result->pipelined = (gf_statistics){0, 0, 0, 0, 0, 0};
    result->overlap = (gf_overlap){0, 0, false};
    result->disturbed = result->retaken = 0;
    result->median_trip = 0;
    result->detour_ns = 0;
    result->fare = 0;
    result->build_known = false;
}

gf_status gf_result_note_failure(gf_result *result, gf_status status, gf_error *error) {
    if (status == GF_INTERRUPTED)
        return status;
    result->outcome = status == GF_UNSUPPORTED ? GF_OUTCOME_UNSUPPORTED : GF_OUTCOME_FAILED;
    result->error = *error;
    *error = (gf_error)GF_ERROR_INIT;
    gf_result_drop_times(result);
    return GF_OK;
}

void gf_result_destroy(gf_result *result) {
    if (result == NULL)
        return;
    gf_ledger_clear(&result->ledger);
    gf_error_clear(&result->error);
    free(result->build_record);
    free(result->png_path);
    free(result->npy_path);
    free(result->difference_path);
    gf_image_clear(&result->kept.picture);
    gf_image_clear(&result->kept.difference);
    free(result);
}

/* ---- The public face --------------------------------------------------- */

const gf_device_info *gf_result_device(const gf_result *result) {
    return &result->device->info;
}

const char *gf_result_variant(const gf_result *result) {
    return result->variant;
}

const char *gf_result_label(const gf_result *result) {
    return result->label;
}

gf_outcome gf_result_outcome(const gf_result *result) {
    return result->outcome;
}

const char *gf_result_reason(const gf_result *result) {
    return result->error.text;
}

gf_statistics gf_result_phase(const gf_result *result, gf_phase phase) {
    return result->statistics[phase];
}

gf_statistics gf_result_pipelined(const gf_result *result) {
    return result->pipelined;
}

double gf_result_checksum(const gf_result *result) {
    return result->checksum;
}

const char *gf_result_answer(const gf_result *result) {
    return result->answer;
}
