/* What a kernel takes for a unit of work can't be had from a descriptor: it depends on caches,
 * launches, blocking, and how well the kernel was written. It is smooth in a few quantities,
 * though, and the measured cases of the same kernel tell it there: its logarithm is kriged over
 * them. Transfers follow their lines. */
#include "predict/predict.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "problem/problem.h"
#include "stats/confidence.h"
#include "stats/kriging.h"

#define LEAST_NOISE GF_PROCESS_DEVIATION
/* The median of a case's samples is steadier than one sample: its deviation as a share of the
 * distance of their quartiles, which is 1.35 deviations of one sample of a normal distribution. */
#define QUARTILES_TO_DEVIATION 0.4
/* Added to the deviation for each correlation length between a problem and the range of the points;
 * from how far on a prediction says that it is beyond them: an octave in most variables. */
#define BEYOND_DEVIATION 0.8
#define FAR_BEYOND       0.1
/* What a transfer changes by from one process to the next, of drivers whose threads sleep between
 * transfers (docs/how-well-we-predict.md). */
#define TRANSFER_NOISE 0.15
/* The most of the shortest measured segment that counts as its launch. Leaving one of 76 cases out,
 * 0.5 to 0.8 tell the others alike, and better than no launch does. */
#define MOST_LAUNCH 0.7
/* Measured cases from which on transfers are corrected by them. */
#define ENOUGH_TRANSFERS 3

/* ---- Limits of the device ---------------------------------------------- */

static bool fits(const gf_profile *profile, const gf_problem *problem, gf_prediction *prediction) {
    const uint64_t all = gf_problem_bytes(problem), largest = gf_problem_largest_buffer(problem);
    const uint64_t memory = profile->global_memory_bytes, alloc = profile->max_alloc_bytes;
    char need[32], have[32];
    if (problem->precision == GF_PRECISION_F64 && !profile->f64) {
        snprintf(prediction->why_not, sizeof prediction->why_not, "the device has no f64");
        return false;
    }
    const bool whole = memory > 0 && all > memory;
    if (!whole && (alloc == 0 || largest <= alloc))
        return true;
    gf_format_bytes((double)(whole ? all : largest), need, sizeof need);
    gf_format_bytes((double)(whole ? memory : alloc), have, sizeof have);
    snprintf(prediction->why_not, sizeof prediction->why_not, "%s %s, of %s",
             whole ? "the buffers need" : "the largest buffer is", need, have);
    return false;
}

/* ---- The curve of a kernel --------------------------------------------- */

typedef struct curve {
    const gf_case *cases[GF_KRIGING_POINTS];
    double distances[GF_KRIGING_POINTS]; /* from the problem, in correlation lengths */
    uint32_t count;
} curve;

static double octaves(double value, double length) {
    return log2(fmax(value, 1)) / length;
}

/* The correlation lengths are in octaves. Leaving one of 76 cases out, they are the ones under
 * which the others tell most of it; fitted to the points of one kernel they would follow its noise
 * (docs/how-well-we-predict.md). */
static gf_site site_of(double items, double footprint, double segment_steps, double work,
                       gf_precision precision) {
    return (gf_site){{octaves(items, 12), octaves(footprint / items, 8), octaves(segment_steps, 6),
                      octaves(work / (items * segment_steps), 6),
                      octaves(precision == GF_PRECISION_F32 ? 4 : 8, 3)}};
}

static gf_site site_of_point(const gf_case *p) {
    return site_of(p->items, p->footprint, p->segment_steps, p->work / p->segments, p->precision);
}

static gf_site site_of_estimate(const gf_estimate *e, gf_precision precision) {
    return site_of(e->items, e->footprint, e->segment_steps, e->work / e->segments, precision);
}

static double distance(const gf_site *a, const gf_site *b) {
    double square = 0;
    for (int i = 0; i < GF_KRIGING_DIMENSIONS; i++)
        square += (a->x[i] - b->x[i]) * (a->x[i] - b->x[i]);
    return sqrt(square);
}

/* Points of the other precision count, too: what they say is less, by their distance. */
static bool is_of(const gf_case *point, const char *variant, const gf_problem *problem) {
    return strcmp(point->workload, problem->workload->name) == 0 &&
           strcmp(point->variant, variant) == 0 && point->math == problem->math;
}

/* Takes a point in; when there is no room, in place of the farthest if it is nearer. */
static void take_point(curve *c, const gf_case *point, double off) {
    uint32_t slot = c->count;
    if (c->count == GF_KRIGING_POINTS) {
        slot = 0;
        for (uint32_t i = 1; i < c->count; i++)
            slot = c->distances[i] > c->distances[slot] ? i : slot;
        if (c->distances[slot] <= off)
            return;
    } else {
        c->count++;
    }
    c->cases[slot] = point;
    c->distances[slot] = off;
}

static void find_curve(const gf_profile *profile, const char *variant, const gf_problem *problem,
                       const gf_site *site, curve *c) {
    for (size_t i = 0; i < profile->case_count; i++) {
        const gf_case *point = &profile->cases[i];
        const gf_site own = site_of_point(point);
        if (is_of(point, variant, problem))
            take_point(c, point, distance(&own, site));
    }
}

static const gf_case *nearest(const curve *c) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < c->count; i++)
        best = c->distances[i] < c->distances[best] ? i : best;
    return c->cases[best];
}

/* Moves the site into the range of the points; returns by how many correlation lengths. */
static double pull_in(const gf_site *sites, uint32_t count, gf_site *site) {
    const gf_site asked = *site;
    for (int d = 0; d < GF_KRIGING_DIMENSIONS; d++) {
        double low = HUGE_VAL, high = -HUGE_VAL;
        for (uint32_t i = 0; i < count; i++) {
            low = fmin(low, sites[i].x[d]);
            high = fmax(high, sites[i].x[d]);
        }
        site->x[d] = fmin(fmax(site->x[d], low), high);
    }
    return distance(&asked, site);
}

/* What is kriged: the logarithm of some quantity at the points that have it. */
typedef struct field {
    gf_site sites[GF_KRIGING_POINTS];
    double y[GF_KRIGING_POINTS], noise[GF_KRIGING_POINTS];
    uint32_t count;
} field;

/* A quantity at a place. */
typedef struct belief {
    double value;
    double deviation; /* of its logarithm */
    double beyond;    /* the range of the points, in correlation lengths */
} belief;

static void add_to_field(field *f, const gf_case *point, double value, double noise) {
    f->sites[f->count] = site_of_point(point);
    f->y[f->count] = log(value);
    f->noise[f->count++] = fmax(noise, LEAST_NOISE);
}

/* false: no fit. */
static bool ask_field(const field *f, gf_site site, belief *b) {
    gf_kriging kriging;
    if (f->count == 0 || !gf_kriging_fit(&kriging, f->sites, f->y, f->noise, f->count))
        return false;
    b->beyond = pull_in(f->sites, f->count, &site);
    b->value = exp(gf_kriging_predict(&kriging, &site, &b->deviation));
    b->deviation = hypot(hypot(b->deviation, LEAST_NOISE), b->beyond * BEYOND_DEVIATION);
    return isfinite(b->value) && b->value > 0 && isfinite(b->deviation);
}

/* ns of a segment that come before any work: an empty launch as it was calibrated; but launches
 * differ from kernel to kernel, and the shortest of the measured segments had work to do as well.
 */
static double launch_of_leg(const gf_profile *profile, const curve *c) {
    double launch = profile->ceilings.launch_ns;
    for (uint32_t i = 0; i < c->count; i++) {
        const gf_case *p = c->cases[i];
        launch = fmin(launch, MOST_LAUNCH * (p->launch_ns + p->kernel_ns) / p->segments);
    }
    return launch;
}

/* ns of a unit of work in one segment, beside the launches, and how sure that is. What is known of
 * a time is known worse of what launches leave of it. false: no fit. */
static bool krige_work(const curve *c, double launch, gf_site site, double *ns,
                       gf_prediction *prediction) {
    field f = {.count = 0};
    for (uint32_t i = 0; i < c->count; i++) {
        const gf_case *p = c->cases[i];
        const double whole = p->launch_ns + p->kernel_ns, rest = whole - launch * p->segments;
        add_to_field(&f, p, rest / (p->work / p->efficiency),
                     fmax(p->spread * QUARTILES_TO_DEVIATION, LEAST_NOISE) * whole / rest);
    }
    belief b;
    if (!ask_field(&f, site, &b))
        return false;
    *ns = b.value;
    prediction->beyond = b.beyond > FAR_BEYOND;
    prediction->log_deviation = b.deviation;
    return true;
}

/* ---- Transfers --------------------------------------------------------- */

static gf_interval lognormal(double value, double deviation) {
    const double factor = exp(GF_CONFIDENCE_DEVIATIONS * deviation);
    return (gf_interval){value, value / factor, value * factor};
}

/* What a line is asked for: the transfers, or new buffers, of a phase and their bytes. */
typedef struct amount {
    double count, bytes;
} amount;

static double on_line(const gf_line *line, amount what) {
    return line->count == 0 ? 0 : what.count * line->a_ns + what.bytes * line->b_ns;
}

static const gf_line *line_of(const gf_profile *profile, gf_phase phase) {
    if (phase == GF_PHASE_ALLOC)
        return &profile->first_touch;
    return &profile->transfers[phase == GF_PHASE_H2D ? GF_UP : GF_DOWN][profile->used];
}

static amount amount_of_point(const gf_case *p, gf_phase phase) {
    return phase == GF_PHASE_H2D ? (amount){p->uploads, p->bytes_up}
                                 : (amount){p->downloads, p->bytes_down};
}

static amount amount_of_estimate(const gf_estimate *e, gf_phase phase) {
    if (phase == GF_PHASE_ALLOC)
        return (amount){e->buffers, e->footprint};
    return phase == GF_PHASE_H2D ? (amount){e->uploads, e->bytes_up}
                                 : (amount){e->downloads, e->bytes_down};
}

static double measured_ns(const gf_case *point, gf_phase phase) {
    return phase == GF_PHASE_H2D ? point->h2d_ns : point->d2h_ns;
}

/* How much longer a transfer takes between kernels than by itself, where a driver finds its threads
 * awake: kriged over the measured cases of this kernel. Where there are too few: 1, and as unsure
 * as the line is. */
static belief in_context(const gf_profile *profile, const curve *c, const gf_site *site,
                         gf_phase phase) {
    const gf_line *line = line_of(profile, phase);
    field f = {.count = 0};
    for (uint32_t i = 0; phase != GF_PHASE_ALLOC && i < c->count; i++) {
        const double alone = on_line(line, amount_of_point(c->cases[i], phase));
        const double measured = measured_ns(c->cases[i], phase);
        if (alone > 0 && measured > 0)
            add_to_field(&f, c->cases[i], measured / alone, TRANSFER_NOISE);
    }
    belief b;
    if (f.count >= ENOUGH_TRANSFERS && ask_field(&f, *site, &b))
        return b;
    return (belief){.value = 1, .deviation = line->spread};
}

/* A phase that follows a line, and the deviation of its logarithm. */
static double predict_line(const gf_profile *profile, const curve *c, const gf_site *site,
                           const gf_estimate *estimate, gf_phase phase, gf_prediction *prediction) {
    const belief context = in_context(profile, c, site, phase);
    const double ns =
        on_line(line_of(profile, phase), amount_of_estimate(estimate, phase)) * context.value;
    const double deviation = hypot(context.deviation, LEAST_NOISE);
    prediction->phases[phase] = lognormal(ns, deviation);
    return ns * deviation;
}

/* ---- Putting it together ----------------------------------------------- */

/* What of the computing is not the kernel itself, as in the nearest of the measured cases. */
static void split_launch(const curve *c, double compute, const gf_estimate *estimate,
                         gf_prediction *prediction) {
    const gf_case *near = nearest(c);
    const double launch = fmin(near->launch_ns / near->segments * estimate->segments, compute);
    prediction->phases[GF_PHASE_LAUNCH] = lognormal(launch, prediction->log_deviation);
    prediction->phases[GF_PHASE_KERNEL] = lognormal(compute - launch, prediction->log_deviation);
}

static void add_up(double compute, double transfer_deviation, gf_prediction *prediction) {
    const double total =
        compute + prediction->phases[GF_PHASE_H2D].value + prediction->phases[GF_PHASE_D2H].value;
    const double own = compute * prediction->log_deviation;
    prediction->log_deviation = hypot(own, transfer_deviation) / total;
    prediction->phases[GF_PHASE_TOTAL] = lognormal(total, prediction->log_deviation);
}

/* ---- The roofline ------------------------------------------------------ */

static double rate_of(const gf_ceilings *ceilings, gf_precision precision) {
    switch (precision) {
    case GF_PRECISION_F32:
        return ceilings->f32;
    case GF_PRECISION_F64:
        return ceilings->f64;
    case GF_PRECISION_INTEGER:
        break;
    }
    return ceilings->integer;
}

static void place(const gf_profile *profile, gf_precision precision, const gf_estimate *estimate,
                  double compute, gf_roofline *roofline) {
    const gf_ceilings *ceilings = &profile->ceilings;
    const double rate = rate_of(ceilings, precision);
    const bool cached = ceilings->cached_bytes > 0 && estimate->footprint <= ceilings->cached_bytes;
    const double bandwidth = cached ? ceilings->copy_cached : ceilings->copy_memory;
    const struct {
        const char *name;
        double ns;
    } all[] = {{gf_precision_name(precision), rate > 0 ? estimate->operations / rate * 1e9 : 0},
               {cached ? "cache" : "memory", bandwidth > 0 ? estimate->bytes / bandwidth * 1e9 : 0},
               {"launch", ceilings->launch_ns * estimate->segments}};
    *roofline = (gf_roofline){
        .intensity = estimate->bytes > 0 ? estimate->operations / estimate->bytes : HUGE_VAL};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].ns > roofline->ceiling_ns) {
            roofline->ceiling_ns = all[i].ns;
            roofline->ceiling = all[i].name;
        }
    }
    roofline->share = compute > 0 ? roofline->ceiling_ns / compute : 0;
}

/* ---- The prediction ---------------------------------------------------- */

void gf_predict(const gf_profile *profile, const char *variant, const gf_problem *problem,
                const gf_estimate *estimate, gf_prediction *prediction) {
    *prediction = (gf_prediction){.possible = false};
    if (!fits(profile, problem, prediction))
        return;
    const gf_site site = site_of_estimate(estimate, problem->precision);
    curve c = {.count = 0};
    find_curve(profile, variant, problem, &site, &c);
    prediction->case_count = c.count;
    const double launch = launch_of_leg(profile, &c);
    double work_ns = 0;
    if (c.count == 0 || !krige_work(&c, launch, site, &work_ns, prediction)) {
        snprintf(prediction->why_not, sizeof prediction->why_not,
                 "no measured cases of %s in %s on this device", problem->workload->name,
                 gf_precision_name(problem->precision));
        return;
    }
    prediction->possible = true;
    const double efficiency = gf_estimate_efficiency(estimate, nearest(&c)->lanes);
    const double compute =
        work_ns * fmax(estimate->work, 1) / efficiency + launch * estimate->segments;
    prediction->log_deviation = hypot(prediction->log_deviation, estimate->work_error);
    (void)predict_line(profile, &c, &site, estimate, GF_PHASE_ALLOC, prediction);
    const double up = predict_line(profile, &c, &site, estimate, GF_PHASE_H2D, prediction);
    const double down = predict_line(profile, &c, &site, estimate, GF_PHASE_D2H, prediction);
    split_launch(&c, compute, estimate, prediction);
    add_up(compute, hypot(up, down), prediction);
    place(profile, problem->precision, estimate, compute, &prediction->roofline);
}

/* The standard deviation of the logarithm of the ratio of two totals. */
static double ratio_deviation(const gf_prediction *a, const gf_prediction *b) {
    const double x = a->log_deviation, y = b->log_deviation;
    return sqrt(x * x + y * y - 2 * GF_ERRORS_ALIKE * x * y);
}

/* Student's distribution with 2 degrees of freedom: its distribution function at t is
 * 1/2 + t / (2 sqrt(2 + t^2)), whose inverse gives the t of which GF_CONFIDENCE lies between -t and
 * t. It stands there where the normal distribution has GF_CONFIDENCE_DEVIATIONS. */
double gf_predict_faster(const gf_prediction *a, const gf_prediction *b) {
    const double lead = log(b->phases[GF_PHASE_TOTAL].value / a->phases[GF_PHASE_TOTAL].value);
    const double at_confidence = GF_CONFIDENCE * sqrt(2 / (1 - GF_CONFIDENCE * GF_CONFIDENCE));
    const double t = lead / ratio_deviation(a, b) * (at_confidence / GF_CONFIDENCE_DEVIATIONS);
    return 0.5 + t / (2 * sqrt(2 + t * t));
}

gf_interval gf_predict_speedup(const gf_prediction *a, const gf_prediction *b) {
    return lognormal(b->phases[GF_PHASE_TOTAL].value / a->phases[GF_PHASE_TOTAL].value,
                     ratio_deviation(a, b));
}
