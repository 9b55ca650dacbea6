#include "bound/bound.h"

#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "bound/kernel_bound.h"
#include "problem/problem.h"
#include "problem/traffic.h"

const char *gf_limit_name(gf_limit limit) {
    static const char *const names[GF_LIMITS] = {"bus", "memory", "issue", "arithmetic", "launch"};
    return limit < GF_LIMITS ? names[limit] : "";
}

/* ---- Whether it can run ------------------------------------------------ */

static bool is_possible(const gf_bound_request *request, const gf_model *model, gf_bound *bound) {
    const double needed = request->estimate->footprint;
    const double memory = gf_model_high(model, GF_MODEL_MEMORY, 0);
    char needs[24], has[24];
    if (needed > memory) {
        gf_format_bytes(needed, needs, sizeof needs);
        gf_format_bytes(memory, has, sizeof has);
        snprintf(bound->why_not, sizeof bound->why_not,
                 "it has %s of memory, and the buffers need %s", has, needs);
        return false;
    }
    if (request->problem->precision == GF_PRECISION_F64 &&
        gf_model_high(model, GF_MODEL_F64_ADD, 0) <= 0) {
        snprintf(bound->why_not, sizeof bound->why_not,
                 "it has no f64 arithmetic; ask for precision f32");
        return false;
    }
    return true;
}

/* ---- Transfers --------------------------------------------------------- */

/* Shared memory: at best the device reads what the host has written; at worst its driver copies
 * each buffer, which reads and writes it. */
static gf_bounds moved_in_shared_memory(const gf_bound_request *request, const gf_model *model,
                                        double bytes, double transfers) {
    const double usual = request->tables->shares[GF_SHARE_MEMORY][GF_KERNEL_COPY] / 2;
    const double share = gf_model_low(model, GF_MODEL_BUS_SHARE_PAGEABLE, usual);
    const double rate = gf_model_low(model, GF_MODEL_MEMORY_RATE, 1) * share;
    return (gf_bounds){0, 1e9 * bytes / rate +
                              transfers * gf_model_high(model, GF_MODEL_TRANSFER_LATENCY, 0)};
}

static double best_over_bus(const gf_model *model, double bytes) {
    const double share = gf_model_high(model, GF_MODEL_BUS_SHARE_PINNED, 1);
    return 1e9 * bytes / (gf_model_bus_rate(model, true) * share);
}

static double worst_over_bus(const gf_model *model, double bytes, gf_model_field memory) {
    return 1e9 * bytes / (gf_model_bus_rate(model, false) * gf_model_low(model, memory, 1));
}

static gf_bounds moved_over_bus(const gf_model *model, double bytes, double transfers) {
    return (gf_bounds){best_over_bus(model, bytes) +
                           transfers * gf_model_low(model, GF_MODEL_TRANSFER_LATENCY, 0),
                       worst_over_bus(model, bytes, GF_MODEL_BUS_SHARE_PINNED) +
                           transfers * gf_model_high(model, GF_MODEL_TRANSFER_LATENCY, 0)};
}

static gf_bounds moved(const gf_bound_request *request, const gf_model *model, double bytes,
                       double transfers) {
    return model->bus == GF_BUS_PCIE ? moved_over_bus(model, bytes, transfers)
                                     : moved_in_shared_memory(request, model, bytes, transfers);
}

/* How much longer pageable memory takes than pinned, at worst. */
static double pageable_extra(const gf_model *model, double bytes) {
    if (model->bus != GF_BUS_PCIE)
        return 0;
    return worst_over_bus(model, bytes, GF_MODEL_BUS_SHARE_PAGEABLE) -
           worst_over_bus(model, bytes, GF_MODEL_BUS_SHARE_PINNED);
}

/* ---- The round trip ---------------------------------------------------- */

/* Where transfers may overlap the kernel in any number of parts, only the longest counts at best.
 * Downloads at stops overlap the steps that follow. */
static double best_total(const gf_problem *problem, const gf_bound *bound, double segments) {
    const double up = bound->up.best, kernel = bound->kernel.best, down = bound->down.best;
    if (gf_problem_bands(problem) > 0)
        return fmax(fmax(up, down), kernel);
    if (gf_problem_overlaps_at_stops(problem)) {
        const double last = down / segments;
        return up + fmax(kernel, down - last) + last;
    }
    return up + kernel + down;
}

static gf_limit largest(const gf_bound *bound, bool best) {
    gf_limit limit = GF_LIMIT_BUS;
    for (gf_limit i = 0; i < GF_LIMITS; i++) {
        const gf_bounds *other = &bound->limits[i], *most = &bound->limits[limit];
        if (best ? other->best > most->best : other->worst > most->worst)
            limit = i;
    }
    return limit;
}

static void add_round_trip(const gf_bound_request *request, const gf_model *model,
                           gf_bound *bound) {
    const gf_estimate *estimate = request->estimate;
    bound->up = moved(request, model, estimate->bytes_up, estimate->uploads);
    bound->down = moved(request, model, estimate->bytes_down, estimate->downloads);
    bound->limits[GF_LIMIT_BUS] =
        (gf_bounds){bound->up.best + bound->down.best, bound->up.worst + bound->down.worst};
    const double least = model->bus == GF_BUS_PCIE ? request->tables->round_trip_ns : 0;
    const double best = best_total(request->problem, bound, estimate->segments);
    bound->total.best = fmax(best, least);
    bound->total.worst =
        fmax(bound->up.worst + bound->kernel.worst + bound->down.worst, bound->total.best);
    bound->pageable_worst_ns =
        bound->total.worst + pageable_extra(model, estimate->bytes_up + estimate->bytes_down);
    bound->best_limit = best < bound->total.best ? GF_LIMIT_LAUNCH : largest(bound, true);
    bound->worst_limit = largest(bound, false);
}

void gf_bound_of(const gf_bound_request *request, const gf_model *model, gf_bound *bound) {
    *bound = (gf_bound){.model = model, .work_bounded = request->estimate->bound};
    bound->possible = is_possible(request, model, bound);
    if (!bound->possible)
        return;
    gf_kernel_bound(request, model, bound);
    add_round_trip(request, model, bound);
}
