#include "calibrate/calibrate_ceilings.h"

#include <inttypes.h>
#include <math.h>

#include "base/array.h"
#include "base/error.h"
#include "measure/comparison.h"

/* Least samples and time of a run, and most runs while the samples scatter. */
#define REPEAT     5
#define MIN_TIME_S 0.1
#define ATTEMPTS   3
/* A kernel this long outweighs its start and end, and the slice of about 4 ms that a scheduler
 * gives to another program. */
#define LONG_NS 1e7
/* The launch is subtracted from kernels at least this many times as long; it is not known well
 * enough for shorter ones. */
#define MANY_LAUNCHES 20
/* A small array is copied repeatedly, up to this many bytes or steps. */
#define COPY_BYTES ((uint64_t)32 << 20)
#define MOST_STEPS 64
/* Both arrays of a copy together: 64 KiB to 256 MiB, in powers of 4. */
#define COPIES       7
#define LEAST_COPIED ((uint64_t)65536)
/* Copies this much faster than in memory, more than the usual scatter, are cached. */
#define CACHED_GAIN 1.2

uint32_t gf_calibrate_ceilings_pieces(void) {
    return 1 + COPIES + 3; /* launch; copies; f32, f64, integer */
}

/* ---- One run ----------------------------------------------------------- */

typedef struct peak_run {
    char size[32];
    uint64_t rounds, steps;
    const char *arithmetic, *precision;
    /* Results. */
    double ns;       /* median kernel + median launch; 0: the device does not support the run */
    double least_ns; /* minimum kernel + minimum launch. Ceilings are taken from it, since other
                        programs can only make a sample slower */
    double spread;   /* of the total */
    gf_cost cost;
} peak_run;

const gf_workload *gf_calibrate_workload(gf_error *error) {
    return gf_workload_find("peak", error);
}

static gf_status make_params(const peak_run *peak, gf_params **params, gf_error *error) {
    char rounds[32], steps[32];
    snprintf(rounds, sizeof rounds, "%" PRIu64, peak->rounds);
    snprintf(steps, sizeof steps, "%" PRIu64, peak->steps);
    const struct {
        const char *name, *text;
    } values[] = {{"size", peak->size},
                  {"rounds", rounds},
                  {"steps", steps},
                  {"arithmetic", peak->arithmetic},
                  {"precision", peak->precision}};
    const gf_workload *workload = gf_calibrate_workload(error);
    if (workload == NULL)
        return GF_FAILED;
    gf_status status = gf_params_create(workload, params, error);
    for (size_t i = 0; status == GF_OK && i < GF_COUNT_OF(values); i++)
        status = gf_params_set(*params, values[i].name, values[i].text, error);
    return status;
}

static gf_status take_result(const gf_result *result, peak_run *peak, gf_error *error) {
    if (gf_result_outcome(result) == GF_OUTCOME_UNSUPPORTED)
        return GF_OK;
    if (gf_result_outcome(result) != GF_OUTCOME_OK)
        return gf_error_set(error, GF_FAILED, "calibration: peak on %s: %s",
                            gf_result_label(result), gf_result_reason(result));
    const gf_statistics kernel = gf_result_phase(result, GF_PHASE_KERNEL);
    const gf_statistics launch = gf_result_phase(result, GF_PHASE_LAUNCH);
    peak->ns = (double)kernel.median_ns + (double)launch.median_ns;
    peak->least_ns = (double)kernel.min_ns + (double)launch.min_ns;
    peak->spread = gf_statistics_spread(&result->statistics[GF_PHASE_TOTAL]);
    return GF_OK;
}

static gf_status run_once(const gf_calibration_run *run, peak_run *peak, gf_error *error) {
    gf_run_options options;
    gf_run_options_defaults(&options);
    options.repeat = REPEAT;
    options.min_time_s = MIN_TIME_S;
    options.search = options.pipeline = false;
    options.cancel = run->context->options->cancel;
    const gf_target target = {run->device, NULL, "calibration"};
    gf_params *params = NULL;
    gf_comparison *comparison = NULL;
    const gf_result *result = NULL;
    peak->ns = peak->least_ns = peak->spread = 0;
    gf_status status = make_params(peak, &params, error);
    if (status == GF_OK)
        status = gf_comparison_create(run->context->session, params, &options, &comparison, error);
    if (status == GF_OK)
        status = gf_comparison_run(comparison, &target, &result, error);
    if (status == GF_OK) {
        peak->cost = comparison->problem->cost;
        status = take_result(result, peak, error);
    }
    gf_comparison_destroy(comparison);
    gf_params_destroy(params);
    return status;
}

/* Repeats an unsteady run; keeps the steadiest attempt, with the least_ns of all attempts. */
static gf_status run_steadily(const gf_calibration_run *run, peak_run *peak, gf_error *error) {
    gf_status status = run_once(run, peak, error);
    for (int i = 1; status == GF_OK && i < ATTEMPTS && peak->spread > GF_WIDE_SPREAD; i++) {
        peak_run again = *peak;
        status = run_once(run, &again, error);
        const double least_ns = fmin(peak->least_ns, again.least_ns);
        if (status == GF_OK && again.spread < peak->spread)
            *peak = again;
        peak->least_ns = least_ns;
    }
    return status;
}

static const char *wide_precision(const gf_calibration_run *run) {
    return run->device->info.f64 ? "f64" : "f32";
}

static gf_status calibrate_launch(gf_calibration_run *run, gf_error *error) {
    peak_run peak = {
        .size = "1x1", .steps = 1, .arithmetic = "real", .precision = wide_precision(run)};
    gf_status status = gf_calibration_run_step(run, error);
    if (status == GF_OK)
        status = run_steadily(run, &peak, error);
    run->profile->ceilings.launch_ns = peak.ns;
    return status;
}

/* ---- Copies ------------------------------------------------------------ */

/* Bytes per second of copying between two arrays of `bytes` together; 0: they don't fit. */
static gf_status measure_copy(gf_calibration_run *run, uint64_t bytes, double *rate,
                              gf_error *error) {
    *rate = 0;
    gf_status status = gf_calibration_run_step(run, error);
    if (status != GF_OK || bytes / 2 > gf_calibration_run_limit(&run->device->info))
        return status;
    const uint64_t repeats = COPY_BYTES / bytes;
    peak_run peak = {.steps = repeats < 1            ? 1
                              : repeats > MOST_STEPS ? MOST_STEPS
                                                     : repeats,
                     .arithmetic = "real",
                     .precision = wide_precision(run)};
    /* 1024 elements wide: whole rows at the smallest size, 16384 rows of f64 at the largest. */
    const uint64_t element = run->device->info.f64 ? 8 : 4;
    snprintf(peak.size, sizeof peak.size, "1024x%llu",
             (unsigned long long)(bytes / 2 / element / 1024));
    status = run_steadily(run, &peak, error);
    if (status == GF_OK && peak.least_ns > 0)
        *rate = peak.cost.bytes / peak.least_ns * 1e9;
    return status;
}

/* The cached range ends at the last size whose rate is closer (as a ratio) to the best rate than to
 * the memory rate. cached_bytes is the geometric mean of this size and the next. */
static void take_copy_rates(const double rates[COPIES], gf_ceilings *ceilings) {
    double best = 0, memory = 0;
    for (size_t i = 0; i < COPIES; i++) {
        best = fmax(best, rates[i]);
        memory = rates[i] > 0 ? rates[i] : memory; /* the largest size that fits */
    }
    ceilings->copy_memory = memory;
    ceilings->copy_cached = best;
    ceilings->cached_bytes = 0;
    for (size_t i = 0; best > CACHED_GAIN * memory && i < COPIES; i++) {
        if (rates[i] > sqrt(best * memory))
            ceilings->cached_bytes = (double)(LEAST_COPIED << (2 * i)) * 2;
    }
}

static gf_status calibrate_copies(gf_calibration_run *run, gf_error *error) {
    double rates[COPIES];
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < COPIES; i++)
        status = measure_copy(run, LEAST_COPIED << (2 * i), &rates[i], error);
    if (status == GF_OK)
        take_copy_rates(rates, &run->profile->ceilings);
    return status;
}

/* ---- Arithmetic -------------------------------------------------------- */

static double rate_of(const peak_run *peak, double launch_ns) {
    const double ns = peak->least_ns;
    return peak->cost.operations / (ns > MANY_LAUNCHES * launch_ns ? ns - launch_ns : ns) * 1e9;
}

/* Operations per second of the best run, up to the first long one. */
static gf_status measure_rate(gf_calibration_run *run, const char *arithmetic,
                              const char *precision, double *rate, gf_error *error) {
    static const struct {
        const char *size;
        uint64_t rounds;
    } ladder[] = {{"256x256", 16},     {"1024x1024", 16},   {"1024x1024", 128},
                  {"1024x1024", 1024}, {"1024x1024", 8192}, {"1024x1024", 65536}};
    peak_run peak = {.steps = 1, .arithmetic = arithmetic, .precision = precision};
    gf_status status = gf_calibration_run_step(run, error);
    for (size_t i = 0; status == GF_OK && i < GF_COUNT_OF(ladder); i++) {
        snprintf(peak.size, sizeof peak.size, "%s", ladder[i].size);
        peak.rounds = ladder[i].rounds;
        status = run_steadily(run, &peak, error);
        if (status != GF_OK || peak.least_ns == 0)
            break;
        *rate = fmax(*rate, rate_of(&peak, run->profile->ceilings.launch_ns));
        if (peak.least_ns >= LONG_NS)
            break;
    }
    return status;
}

gf_status gf_calibrate_ceilings(gf_calibration_run *run, gf_error *error) {
    gf_ceilings *ceilings = &run->profile->ceilings;
    gf_status status = calibrate_launch(run, error);
    if (status == GF_OK)
        status = calibrate_copies(run, error);
    if (status == GF_OK)
        status = measure_rate(run, "real", "f32", &ceilings->f32, error);
    if (status == GF_OK && run->device->info.f64)
        status = measure_rate(run, "real", "f64", &ceilings->f64, error);
    /* 32 bits, as most indices, counts and hashes have. */
    if (status == GF_OK)
        status = measure_rate(run, "integer", "f32", &ceilings->integer, error);
    return status;
}
