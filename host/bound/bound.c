#include "bound/bound.h"

#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "bound/kernel_bound.h"
#include "bound/transfer_bound.h"
#include "problem/params.h"
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
        snprintf(bound->why_not, sizeof bound->why_not, "it has no f64 arithmetic; %s",
                 gf_params_text(request->problem->params, "precision") != NULL
                     ? "ask for precision f32"
                     : "the kernel would have to do without");
        return false;
    }
    return true;
}

/* ---- Transfers --------------------------------------------------------- */

static gf_bounds moved(const gf_bound_request *request, const gf_model *model, bool pageable,
                       double bytes, double transfers) {
    const gf_transfer_bound bound = gf_transfer_bound_of(request->tables, model, pageable);
    return (gf_bounds){gf_transfer_line_ns(&bound.best, bytes, transfers),
                       gf_transfer_line_ns(&bound.worst, bytes, transfers)};
}

/* ---- The round trip ---------------------------------------------------- */

/* Where transfers may overlap the kernel in any number of parts, only the longest counts at best.
 * Downloads at stops overlap the steps that follow. */
static double best_total(const gf_problem *problem, double up, double kernel, double down,
                         double segments) {
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

static void add_pageable(const gf_bound_request *request, const gf_model *model, gf_bound *bound) {
    const gf_estimate *estimate = request->estimate;
    const gf_bounds up = moved(request, model, true, estimate->bytes_up, estimate->uploads),
                    down = moved(request, model, true, estimate->bytes_down, estimate->downloads);
    const double best =
        best_total(request->problem, up.best, bound->kernel.best, down.best, estimate->segments);
    bound->pageable.up = up;
    bound->pageable.down = down;
    bound->pageable.total =
        (gf_bounds){fmax(best, bound->total.best), bound->total.worst + up.worst - bound->up.worst +
                                                       down.worst - bound->down.worst};
}

static void add_round_trip(const gf_bound_request *request, const gf_model *model,
                           gf_bound *bound) {
    const gf_estimate *estimate = request->estimate;
    bound->up = moved(request, model, false, estimate->bytes_up, estimate->uploads);
    bound->down = moved(request, model, false, estimate->bytes_down, estimate->downloads);
    bound->limits[GF_LIMIT_BUS] =
        (gf_bounds){bound->up.best + bound->down.best, bound->up.worst + bound->down.worst};
    const double least = model->bus == GF_BUS_PCIE ? request->tables->round_trip_ns : 0;
    const double best = best_total(request->problem, bound->up.best, bound->kernel.best,
                                   bound->down.best, estimate->segments);
    bound->total.best = fmax(best, least);
    bound->total.worst =
        fmax(bound->up.worst + bound->kernel.worst + bound->down.worst, bound->total.best);
    add_pageable(request, model, bound);
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
