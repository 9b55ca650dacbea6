#include "bound/host_time.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "problem/problem.h"

/* The serial share where the time of one thread is not known: kernels that are parallel have less.
 */
#define SERIAL_SHARE 0.1

/* ---- From predictions -------------------------------------------------- */

static bool is_single(const char *variant) {
    const size_t length = strlen(variant);
    return length > 3 && strcmp(variant + length - 3, "-1t") == 0;
}

uint32_t gf_host_cores(const char *label, uint32_t cores) {
    return is_single(label) ? 1 : cores;
}

static bool is_native(const gf_candidate *item, bool of_models) {
    return item->device_class == GF_CLASS_NATIVE && item->prediction.possible &&
           item->profile != NULL && (item->device == NULL) == of_models;
}

/* Steps that share a pass over memory need fewer bytes. */
static double memory_time(const gf_bound_request *request, const gf_profile *profile) {
    const gf_problem *problem = request->problem;
    const gf_estimate *estimate = request->estimate;
    gf_kernel_mix mix = {.kind = GF_KERNEL_OTHER};
    if (problem->workload->mix != NULL)
        problem->workload->mix(problem, &mix);
    const double rate = fmax(profile->ceilings.copy_memory, profile->ceilings.read_memory);
    const double visit =
        fmin(request->tables->steps_per_visit[mix.kind].low, estimate->segment_steps);
    return rate > 0 ? 1e9 * estimate->bytes / visit / rate : 0;
}

gf_host_time gf_host_predicted(const gf_bound_request *request, const gf_candidates *candidates,
                               bool of_models) {
    const gf_candidate *best = NULL, *single = NULL;
    for (size_t i = 0; i < candidates->count; i++) {
        const gf_candidate *item = &candidates->items[i];
        if (!is_native(item, of_models))
            continue;
        const double ns = gf_prediction_best(&item->prediction).value;
        if (best == NULL || ns < gf_prediction_best(&best->prediction).value)
            best = item;
        if (is_single(item->variant) &&
            (single == NULL || ns < gf_prediction_best(&single->prediction).value))
            single = item;
    }
    gf_host_time host = {.known = best != NULL};
    if (best == NULL)
        return host;
    const gf_interval total = gf_prediction_best(&best->prediction);
    char caution[512];
    host.disturbed =
        gf_candidates_caution(candidates, request->problem->params, caution, sizeof caution);
    host.value = total.value;
    host.low = total.low;
    host.high = total.high;
    host.cores = gf_host_cores(best->label, best->profile->threads);
    host.single_ns = single == NULL ? 0 : gf_prediction_best(&single->prediction).value;
    host.memory_ns = memory_time(request, best->profile);
    snprintf(host.label, sizeof host.label, "%s", best->label);
    if (of_models)
        snprintf(host.machine, sizeof host.machine, "%s", best->profile->machine);
    return host;
}

/* ---- From a comparison ------------------------------------------------- */

gf_host_time gf_host_measured(const gf_comparison *comparison) {
    gf_host_time host = {.measured = true};
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        const double ns = gf_result_best_ns(result);
        if (result->outcome != GF_OUTCOME_OK || ns <= 0 ||
            result->device->info.device_class != GF_CLASS_NATIVE)
            continue;
        if (is_single(result->variant))
            host.single_ns = ns;
        if (host.known && ns >= host.value)
            continue;
        host.known = true;
        host.disturbed = gf_result_is_disturbed(result);
        host.value = host.low = host.high = ns;
        host.cores = gf_host_cores(result->variant, result->device->info.compute_units);
        snprintf(host.label, sizeof host.label, "%s", result->label);
    }
    return host;
}

/* ---- Other numbers of cores -------------------------------------------- */

/* Amdahl's serial share from the times of one and of all cores. */
static double serial_share(const gf_host_time *host) {
    const double cores = host->cores;
    if (host->single_ns <= 0 || host->cores < 2)
        return SERIAL_SHARE;
    const double share = (host->value / host->single_ns - 1 / cores) / (1 - 1 / cores);
    return fmin(fmax(share, 0), 1);
}

void gf_host_scale(gf_host_time *host, uint32_t cores) {
    if (!host->known || cores == 0 || cores == host->cores)
        return;
    const double now = fmax(host->cores, 1), serial = serial_share(host);
    const double even = now / cores;
    const double amdahl = (serial + (1 - serial) / cores) / (serial + (1 - serial) / now);
    const double least = fmin(even, amdahl), most = fmax(even, amdahl);
    double high = host->high * most;
    if (cores > host->cores)
        high = fmin(fmax(high, host->memory_ns), host->high);
    host->low *= least;
    host->high = fmax(high, host->low);
    host->value = sqrt(host->low * host->high);
    host->asked_cores = cores;
}

/* ---- In words ---------------------------------------------------------- */

void gf_host_format(const gf_host_time *host, char *text, size_t size) {
    char low[24], high[24];
    gf_text to = gf_text_in(text, size);
    const uint32_t cores = host->asked_cores > 0 ? host->asked_cores : host->cores;
    gf_format_ns(host->low, low, sizeof low);
    gf_format_ns(host->high, high, sizeof high);
    const char *doubt = host->disturbed ? "; doubtful, other programs had the cores meanwhile" : "";
    gf_text_add(&to, "%s on %u core%s", host->label, cores, cores == 1 ? "" : "s");
    if (host->machine[0] != '\0')
        gf_text_add(&to, " of %.120s", host->machine);
    if (host->measured && host->asked_cores == 0)
        gf_text_add(&to, " (measured %s%s)", low, doubt);
    else
        gf_text_add(&to, " (%s %s to %s%s)",
                    host->asked_cores > 0 ? "bounds from the time on the present cores,"
                                          : "predicted",
                    low, high, doubt);
}
