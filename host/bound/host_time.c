#include "bound/host_time.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "problem/problem.h"

/* The serial share where the time of one thread is not known: kernels that are parallel have less.
 */
#define SERIAL_SHARE 0.1

/* ---- One of several kernels -------------------------------------------- */

static const char single_suffix[] = "-1t";

static bool is_single(const char *label) {
    const size_t length = strlen(label), suffix = sizeof single_suffix - 1;
    return length > suffix && strcmp(label + length - suffix, single_suffix) == 0;
}

uint32_t gf_host_cores(const char *label, uint32_t threads) {
    return is_single(label) ? 1 : threads;
}

void gf_host_offer(gf_host_time *host, const gf_host_time *offered) {
    const uint32_t tried =
        host->tried_cores > offered->tried_cores ? host->tried_cores : offered->tried_cores;
    if (!host->known || offered->value < host->value)
        *host = *offered;
    host->tried_cores = tried;
}

void gf_host_offer_single(gf_host_time *host, const char *label, double ns) {
    const size_t length = strlen(host->label);
    if (host->known && strncmp(label, host->label, length) == 0 &&
        strcmp(label + length, single_suffix) == 0)
        host->single_ns = ns;
}

/* ---- From predictions -------------------------------------------------- */

static bool is_native(const gf_candidate *item, bool of_models) {
    return item->device_class == GF_CLASS_NATIVE && item->prediction.possible &&
           item->profile != NULL && (item->device == NULL) == of_models;
}

double gf_host_memory_rate(const gf_profile *profile) {
    return fmax(profile->ceilings.copy_memory, profile->ceilings.read_memory);
}

/* Steps that share a pass over memory need fewer bytes. */
void gf_host_set_memory(gf_host_time *host, const gf_bound_request *request, double rate) {
    const gf_problem *problem = request->problem;
    const gf_estimate *estimate = request->estimate;
    gf_kernel_mix mix = {.kind = GF_KERNEL_OTHER};
    if (problem->workload->mix != NULL)
        problem->workload->mix(problem, &mix);
    const double visit =
        fmin(request->tables->steps_per_visit[mix.kind].low, estimate->segment_steps);
    host->memory_known = rate > 0;
    host->memory_ns = rate > 0 ? 1e9 * estimate->bytes / visit / rate : 0;
}

void gf_host_set_predicted_cores(gf_host_time *host, const gf_prediction *prediction,
                                 uint32_t threads) {
    const bool known = prediction->most_threads > 0;
    host->cores = gf_host_cores(host->label, known ? prediction->most_threads : threads);
    host->least_cores = gf_host_cores(host->label, known ? prediction->least_threads : threads);
    host->tried_cores = gf_host_cores(host->label, threads);
}

static gf_host_time host_of_candidate(const gf_candidate *item) {
    const gf_interval total = gf_prediction_best(&item->prediction);
    gf_host_time host = {.known = true, .value = total.value, .low = total.low, .high = total.high};
    snprintf(host.label, sizeof host.label, "%s", item->label);
    gf_host_set_predicted_cores(&host, &item->prediction, item->profile->threads);
    return host;
}

gf_host_time gf_host_predicted(const gf_bound_request *request, const gf_candidates *candidates,
                               bool of_models) {
    const gf_candidate *best = NULL;
    gf_host_time host = {.known = false};
    for (size_t i = 0; i < candidates->count; i++) {
        const gf_candidate *item = &candidates->items[i];
        if (!is_native(item, of_models))
            continue;
        const gf_host_time offered = host_of_candidate(item);
        if (best == NULL || offered.value < host.value)
            best = item;
        gf_host_offer(&host, &offered);
    }
    if (best == NULL)
        return host;
    for (size_t i = 0; i < candidates->count; i++) {
        const gf_candidate *item = &candidates->items[i];
        if (is_native(item, of_models) && item->profile == best->profile)
            gf_host_offer_single(&host, item->label, gf_prediction_best(&item->prediction).value);
    }
    host.disturbed = gf_candidate_is_disturbed(best, request->problem->params);
    gf_host_set_memory(&host, request, gf_host_memory_rate(best->profile));
    if (of_models)
        snprintf(host.machine, sizeof host.machine, "%s", best->profile->machine);
    return host;
}

/* ---- From a comparison ------------------------------------------------- */

static bool has_native_time(const gf_result *result) {
    return result->outcome == GF_OUTCOME_OK && gf_result_best_ns(result) > 0 &&
           result->device->info.device_class == GF_CLASS_NATIVE;
}

gf_host_time gf_host_measured(const gf_comparison *comparison) {
    gf_host_time host = {.measured = true};
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        if (!has_native_time(result))
            continue;
        const double ns = gf_result_best_ns(result);
        gf_host_time offered = {
            .known = true,
            .measured = true,
            .disturbed = gf_result_is_disturbed(result),
            .value = ns,
            .low = ns,
            .high = ns,
            .cores = gf_host_cores(result->label, gf_result_threads(result)),
            .tried_cores = gf_host_cores(result->label, result->device->info.compute_units)};
        snprintf(offered.label, sizeof offered.label, "%s", result->label);
        gf_host_offer(&host, &offered);
    }
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        if (has_native_time(result))
            gf_host_offer_single(&host, result->label, gf_result_best_ns(result));
    }
    return host;
}

/* ---- Other numbers of cores -------------------------------------------- */

/* Amdahl's serial share from the times of one and of `cores` cores. */
static double serial_share(const gf_host_time *host, double cores) {
    if (host->single_ns <= 0 || cores < 2)
        return SERIAL_SHARE;
    const double share = (host->value / host->single_ns - 1 / cores) / (1 - 1 / cores);
    return fmin(fmax(share, 0), 1);
}

typedef struct factors {
    double least, most;
} factors;

/* By what a time of `now` cores changes on `cores`. */
static factors factors_of(const gf_host_time *host, double now, double cores) {
    const double serial = serial_share(host, now), even = now / cores;
    const double amdahl = (serial + (1 - serial) / cores) / (serial + (1 - serial) / now);
    if (cores <= now)
        return (factors){amdahl, even};
    return (factors){even, host->tried_cores > now ? 1 : amdahl};
}

void gf_host_scale(gf_host_time *host, uint32_t cores) {
    const uint32_t tried = host->tried_cores > 0 ? host->tried_cores : host->cores;
    if (!host->known || cores == 0 || cores == tried)
        return;
    const double least_now = host->least_cores > 0 ? host->least_cores : host->cores;
    const factors a = factors_of(host, fmax(least_now, 1), cores);
    const factors b = factors_of(host, fmax(host->cores, 1), cores);
    double high = host->high * fmax(a.most, b.most);
    if (cores > host->cores)
        high = host->memory_known ? fmin(fmax(high, host->memory_ns), host->high) : host->high;
    host->low *= fmin(a.least, b.least);
    host->high = fmax(high, host->low);
    host->value = sqrt(host->low * host->high);
    host->asked_cores = cores;
}

/* ---- In words ---------------------------------------------------------- */

/* "2 cores", "1 of 2 cores", "1 to 2 cores" */
static void add_cores(const gf_host_time *host, gf_text *to) {
    const uint32_t cores = host->asked_cores > 0 ? host->asked_cores : host->cores;
    uint32_t last = cores;
    if (host->asked_cores == 0 && host->least_cores > 0 && host->least_cores < cores)
        gf_text_add(to, "%u to ", host->least_cores);
    gf_text_add(to, "%u", cores);
    if (host->asked_cores == 0 && host->tried_cores > cores) {
        gf_text_add(to, " of %u", host->tried_cores);
        last = host->tried_cores;
    }
    gf_text_add(to, " core%s", last == 1 ? "" : "s");
}

void gf_host_format(const gf_host_time *host, char *text, size_t size) {
    char low[24], high[24];
    gf_text to = gf_text_in(text, size);
    gf_format_ns(host->low, low, sizeof low);
    gf_format_ns(host->high, high, sizeof high);
    const char *doubt = host->disturbed ? "; doubtful, other programs had the cores meanwhile" : "";
    gf_text_add(&to, "%s on ", host->label);
    add_cores(host, &to);
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
