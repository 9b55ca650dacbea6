#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "calibrate/calibrate_ceilings.h"
#include "calibrate/calibration_run.h"
#include "measure/comparison.h"

/* Of each run: at least so many samples and so much time; measured so often when they scatter. */
#define REPEAT     5
#define MIN_TIME_S 0.1
#define ATTEMPTS   3
/* A kernel this long outweighs what starts and ends it, and the 4 ms or so that a scheduler gives
 * to another program. */
#define LONG_NS 1e7
/* One this many times as long as a launch is corrected for it; in a shorter one the launch is not
 * known well enough. */
#define MANY_LAUNCHES 20
/* Copies of a small array are repeated until they move this many bytes, or so often. */
#define COPY_BYTES ((uint64_t)32 << 20)
#define MOST_STEPS 64
/* The arrays of a copy together: 64 KiB to 256 MiB, in powers of 4. */
#define COPIES       7
#define LEAST_COPIED ((uint64_t)65536)
/* Copies are cached when they are faster than in memory by more than the usual scatter. */
#define CACHED_GAIN 1.2

uint32_t gf_calibrate_ceilings_pieces(void) {
    return 1 + COPIES + 3; /* launch; copies; f32, f64, integer */
}

/* ---- One run ----------------------------------------------------------- */

typedef struct peak_run {
    char size[32];
    uint64_t rounds, steps;
    const char *arithmetic, *precision;
    /* What came out. */
    double ns;       /* kernel and launch, medians; 0: the device does not support it */
    double least_ns; /* the same, of the fastest: what a ceiling is taken from, since whatever else
                        runs on the machine can only make a sample slower */
    double spread;   /* of the total */
    gf_cost cost;
} peak_run;

static gf_status set_number(gf_params *params, const char *name, uint64_t number, gf_error *error) {
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    return gf_params_set(params, name, text, error);
}

const gf_workload *gf_calibrate_workload(gf_error *error) {
    return gf_workload_find("peak", error);
}

static gf_status make_values(const peak_run *run, gf_params **params, gf_error *error) {
    const gf_workload *workload = gf_calibrate_workload(error);
    if (workload == NULL)
        return GF_FAILED;
    gf_status status = gf_params_create(workload, params, error);
    if (status == GF_OK)
        status = gf_params_set(*params, "size", run->size, error);
    if (status == GF_OK)
        status = set_number(*params, "rounds", run->rounds, error);
    if (status == GF_OK)
        status = set_number(*params, "steps", run->steps, error);
    if (status == GF_OK)
        status = gf_params_set(*params, "arithmetic", run->arithmetic, error);
    if (status == GF_OK)
        status = gf_params_set(*params, "precision", run->precision, error);
    return status;
}

static gf_status take_result(const gf_result *result, peak_run *run, gf_error *error) {
    if (gf_result_outcome(result) == GF_OUTCOME_UNSUPPORTED)
        return GF_OK;
    if (gf_result_outcome(result) != GF_OUTCOME_OK)
        return gf_error_set(error, GF_FAILED, "calibration: peak on %s: %s",
                            gf_result_label(result), gf_result_reason(result));
    const gf_statistics kernel = gf_result_phase(result, GF_PHASE_KERNEL);
    const gf_statistics launch = gf_result_phase(result, GF_PHASE_LAUNCH);
    const gf_statistics total = gf_result_phase(result, GF_PHASE_TOTAL);
    run->ns = (double)kernel.median_ns + (double)launch.median_ns;
    run->least_ns = (double)kernel.min_ns + (double)launch.min_ns;
    run->spread = gf_statistics_spread(&total);
    return GF_OK;
}

static gf_status run_once(const gf_calibration_run *calibration, peak_run *run, gf_error *error) {
    gf_run_options options = GF_RUN_OPTIONS_DEFAULT;
    options.repeat = REPEAT;
    options.min_time_s = MIN_TIME_S;
    options.search = options.pipeline = false;
    options.cancel = calibration->options->cancel;
    const gf_target target = {calibration->device, NULL, "calibration"};
    gf_params *params = NULL;
    gf_comparison *comparison = NULL;
    const gf_result *result = NULL;
    run->ns = run->least_ns = run->spread = 0;
    gf_status status = make_values(run, &params, error);
    if (status == GF_OK)
        status = gf_comparison_create(calibration->session, params, &options, &comparison, error);
    if (status == GF_OK)
        status = gf_comparison_run(comparison, &target, &result, error);
    if (status == GF_OK) {
        run->cost = comparison->problem->cost;
        status = take_result(result, run, error);
    }
    gf_comparison_destroy(comparison);
    gf_params_destroy(params);
    return status;
}

/* The steadiest of some attempts, where one is not steady enough, and the fastest of all. */
static gf_status run_steadily(const gf_calibration_run *calibration, peak_run *run,
                              gf_error *error) {
    gf_status status = run_once(calibration, run, error);
    for (int i = 1; status == GF_OK && i < ATTEMPTS && run->spread > GF_WIDE_SPREAD; i++) {
        peak_run again = *run;
        status = run_once(calibration, &again, error);
        const double least_ns = fmin(run->least_ns, again.least_ns);
        if (status == GF_OK && again.spread < run->spread)
            *run = again;
        run->least_ns = least_ns;
    }
    return status;
}

/* ---- Launch ------------------------------------------------------------ */

static const char *wide_precision(const gf_calibration_run *calibration) {
    return calibration->device->info.f64 ? "f64" : "f32";
}

static gf_status calibrate_launch(gf_calibration_run *calibration, gf_error *error) {
    peak_run run = {
        .size = "1x1", .steps = 1, .arithmetic = "real", .precision = wide_precision(calibration)};
    gf_status status = gf_calibration_run_step(calibration, error);
    if (status == GF_OK)
        status = run_steadily(calibration, &run, error);
    calibration->profile->ceilings.launch_ns = run.ns;
    return status;
}

/* ---- Copies ------------------------------------------------------------ */

/* Bytes a second of copying between two arrays of `bytes` together; 0: they don't fit. */
static gf_status copy(gf_calibration_run *calibration, uint64_t bytes, double *rate,
                      gf_error *error) {
    *rate = 0;
    gf_status status = gf_calibration_run_step(calibration, error);
    if (status != GF_OK || bytes / 2 > gf_calibrate_limit(&calibration->device->info))
        return status;
    const uint64_t repeats = COPY_BYTES / bytes;
    peak_run run = {.steps = repeats < 1            ? 1
                             : repeats > MOST_STEPS ? MOST_STEPS
                                                    : repeats,
                    .arithmetic = "real",
                    .precision = wide_precision(calibration)};
    /* 1024 elements wide: whole rows at the least size, and 16384 at the most. */
    const uint64_t element = calibration->device->info.f64 ? 8 : 4;
    snprintf(run.size, sizeof run.size, "1024x%llu",
             (unsigned long long)(bytes / 2 / element / 1024));
    status = run_steadily(calibration, &run, error);
    if (status == GF_OK && run.least_ns > 0)
        *rate = run.cost.bytes / run.least_ns * 1e9;
    return status;
}

/* The caches end, in bytes, between the last size that is copied at a rate nearer to that of the
 * caches than to that of memory, by ratio, and the next. */
static void take_copies(const double rates[COPIES], gf_ceilings *ceilings) {
    double best = 0, memory = 0;
    for (size_t i = 0; i < COPIES; i++) {
        best = fmax(best, rates[i]);
        memory = rates[i] > 0 ? rates[i] : memory; /* of the largest */
    }
    ceilings->copy_memory = memory;
    ceilings->copy_cached = best;
    ceilings->cached_bytes = 0;
    for (size_t i = 0; best > CACHED_GAIN * memory && i < COPIES; i++) {
        if (rates[i] > sqrt(best * memory))
            ceilings->cached_bytes = (double)(LEAST_COPIED << (2 * i)) * 2;
    }
}

static gf_status calibrate_copies(gf_calibration_run *calibration, gf_error *error) {
    double rates[COPIES];
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < COPIES; i++)
        status = copy(calibration, LEAST_COPIED << (2 * i), &rates[i], error);
    if (status == GF_OK)
        take_copies(rates, &calibration->profile->ceilings);
    return status;
}

/* ---- Arithmetic -------------------------------------------------------- */

static double rate_of(const peak_run *run, double launch_ns) {
    const double ns = run->least_ns;
    return run->cost.operations / (ns > MANY_LAUNCHES * launch_ns ? ns - launch_ns : ns) * 1e9;
}

/* Operations a second: of the best run, up to the first that takes long. */
static gf_status compute(gf_calibration_run *calibration, const char *arithmetic,
                         const char *precision, double *rate, gf_error *error) {
    static const struct {
        const char *size;
        uint64_t rounds;
    } ladder[] = {{"256x256", 16},     {"1024x1024", 16},   {"1024x1024", 128},
                  {"1024x1024", 1024}, {"1024x1024", 8192}, {"1024x1024", 65536}};
    peak_run run = {.steps = 1, .arithmetic = arithmetic, .precision = precision};
    gf_status status = gf_calibration_run_step(calibration, error);
    for (size_t i = 0; status == GF_OK && i < sizeof ladder / sizeof ladder[0]; i++) {
        snprintf(run.size, sizeof run.size, "%s", ladder[i].size);
        run.rounds = ladder[i].rounds;
        status = run_steadily(calibration, &run, error);
        if (status != GF_OK || run.least_ns == 0)
            break;
        *rate = fmax(*rate, rate_of(&run, calibration->profile->ceilings.launch_ns));
        if (run.least_ns >= LONG_NS)
            break;
    }
    return status;
}

gf_status gf_calibrate_ceilings(gf_calibration_run *calibration, gf_error *error) {
    gf_ceilings *ceilings = &calibration->profile->ceilings;
    gf_status status = calibrate_launch(calibration, error);
    if (status == GF_OK)
        status = calibrate_copies(calibration, error);
    if (status == GF_OK)
        status = compute(calibration, "real", "f32", &ceilings->f32, error);
    if (status == GF_OK && calibration->device->info.f64)
        status = compute(calibration, "real", "f64", &ceilings->f64, error);
    /* 32 bits: what indices, counts and most hashes are made of. */
    if (status == GF_OK)
        status = compute(calibration, "integer", "f32", &ceilings->integer, error);
    return status;
}
