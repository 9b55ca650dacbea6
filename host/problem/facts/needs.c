#include "problem/facts/needs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "problem/facts/fact.h"
#include "problem/params.h"

/* ---- Facts ------------------------------------------------------------- */

/* What is not tried is as the driver says; what it says nothing about is as OpenCL demands. */
static bool is_true(const gf_device_info *device, gf_fact_kind kind) {
    if (device->facts == NULL)
        return true;
    const gf_fact *fact = &device->facts[kind];
    if (fact->state == GF_FACT_UNTRIED)
        return !fact->claimed || fact->claim != 0;
    return fact->state == GF_FACT_KNOWN && fact->value != 0;
}

/* What the device does instead, after "it". */
static const char *lack(gf_fact_kind kind) {
    switch (kind % GF_FACT_F64) {
    case GF_FACT_SEPARATE:
        return "fuses products and sums although the kernel forbids it";
    case GF_FACT_ADD:
        return "does not round sums right";
    case GF_FACT_ADD_DENORMALS:
        return "takes numbers below the least normal one for 0 in sums";
    case GF_FACT_MULTIPLY:
        return "does not round products right";
    case GF_FACT_MULTIPLY_DENORMALS:
        return "takes numbers below the least normal one for 0 in products";
    case GF_FACT_FMA:
        return "has no right fma()";
    case GF_FACT_FMA_DENORMALS:
        return "takes numbers below the least normal one for 0 in fma()";
    case GF_FACT_DIVIDE:
        return "does not round quotients right";
    default:
        return "does not round square roots right";
    }
}

static void explain(const gf_device_info *device, gf_fact_kind kind, char *why, size_t size) {
    const gf_fact *fact = &device->facts[kind];
    const char *precision = kind < GF_FACT_F64 ? "f32" : "f64";
    if (fact->state == GF_FACT_UNKNOWN)
        snprintf(why, size, "it is not known whether it has what the kernel needs, %s: %s",
                 gf_fact_name(kind), fact->why);
    else
        snprintf(why, size, "it %s in %s (%s%s)", lack(kind), precision,
                 fact->state == GF_FACT_UNTRIED ? "as its driver says" : "measured: ",
                 fact->why[0] == '\0' && fact->state == GF_FACT_KNOWN ? "no" : fact->why);
}

static bool operations_are_met(uint32_t operations, gf_fact_kind first,
                               const gf_device_info *device, char *why, size_t size) {
    for (uint32_t i = 0; i < GF_FACT_F64; i++) {
        const gf_fact_kind kind = (gf_fact_kind)((uint32_t)first + i);
        if ((operations >> i & 1) != 0 && !is_true(device, kind)) {
            explain(device, kind, why, size);
            return false;
        }
    }
    return true;
}

static bool rounds_are_met(uint64_t rounds, const gf_device_info *device, char *why, size_t size) {
    const gf_fact *fact = device->facts == NULL ? NULL : &device->facts[GF_FACT_ROUNDS];
    if (fact == NULL || fact->state != GF_FACT_KNOWN || rounds <= fact->value)
        return true;
    if (fact->value == 0)
        snprintf(why, size, "its loops give wrong results (measured)");
    else
        snprintf(why, size,
                 "its loops end after %" PRIu64
                 " rounds without an error (measured), and a work-item "
                 "may have to make %" PRIu64 " for a problem of this size",
                 fact->value, rounds);
    return false;
}

/* ---- Needs ------------------------------------------------------------- */

gf_needs gf_needs_of(const gf_problem *problem, const gf_ndrange_variant *variant,
                     const gf_ndrange_plan *plan) {
    gf_needs needs = {0, 0, 0};
    if (variant->needs != NULL)
        variant->needs(problem, plan, &needs);
    else if (problem->math == GF_MATH_STRICT)
        gf_needs_add(&needs, problem->precision, GF_NEEDS_SUMS_AND_PRODUCTS);
    return needs;
}

bool gf_needs_are_met(const gf_needs *needs, const gf_device_info *device, char *why, size_t size) {
    return operations_are_met(needs->f32, (gf_fact_kind)0, device, why, size) &&
           operations_are_met(needs->f64, GF_FACT_F64, device, why, size) &&
           rounds_are_met(needs->rounds, device, why, size);
}

static bool lacks_precision(const gf_problem *problem, const gf_device_info *device) {
    return problem->precision == GF_PRECISION_F64 && !device->f64;
}

static void make_default_plan(const gf_problem *problem, const gf_ndrange_variant *variant,
                              const gf_device_info *device, gf_ndrange_plan *plan) {
    uint32_t tuning[GF_MAX_TUNABLES] = {0};
    if (variant->tunable_count > 0)
        variant->defaults(problem, device, tuning);
    variant->plan(problem, device, tuning, plan);
}

bool gf_variant_can_run(const gf_problem *problem, const gf_ndrange_variant *variant,
                        const gf_device_info *device) {
    if (lacks_precision(problem, device) || variant->suits(problem, device) == 0)
        return false;
    gf_ndrange_plan plan = {.stage = 0};
    char ignored[GF_ERROR_TEXT];
    make_default_plan(problem, variant, device, &plan);
    const gf_needs needs = gf_needs_of(problem, variant, &plan);
    return gf_needs_are_met(&needs, device, ignored, sizeof ignored);
}

/* ---- Facts that refuse ------------------------------------------------- */

/* What some variant of some workload needs. */
#define NEEDED_F32 (GF_NEEDS_SUMS_AND_PRODUCTS | GF_NEED(FMA) | GF_NEED(FMA_DENORMALS))
#define NEEDED_F64 (GF_NEEDS_SUMS_AND_PRODUCTS | GF_NEED(FMA) | GF_NEED(DIVIDE))

static bool does_not_hold(const gf_fact *fact) {
    return fact->state == GF_FACT_UNKNOWN || (fact->state == GF_FACT_KNOWN && fact->value == 0);
}

static bool some_do_not_hold(const gf_fact *facts, uint32_t needed) {
    for (uint32_t i = 0; i < GF_FACT_F64; i++) {
        if ((needed >> i & 1) != 0 && does_not_hold(&facts[i]))
            return true;
    }
    return false;
}

static bool is_lowered(const gf_fact *facts, gf_fact_kind kind) {
    return facts[kind].state == GF_FACT_KNOWN &&
           facts[kind].value < gf_fact_most_tried(&facts[kind], kind);
}

bool gf_facts_refuse(const gf_fact *facts) {
    const gf_fact *rounds = &facts[GF_FACT_ROUNDS];
    return some_do_not_hold(facts, NEEDED_F32) ||
           some_do_not_hold(facts + GF_FACT_F64, NEEDED_F64) ||
           (rounds->state == GF_FACT_KNOWN && rounds->value != GF_NO_LIMIT) ||
           is_lowered(facts, GF_FACT_LOCAL_MEMORY) || is_lowered(facts, GF_FACT_WORK_GROUP);
}

bool gf_facts_need_relaxed_f32(const gf_fact *facts) {
    return some_do_not_hold(facts, GF_NEEDS_SUMS_AND_PRODUCTS) ||
           (!does_not_hold(&facts[GF_FACT_FMA]) && does_not_hold(&facts[GF_FACT_FMA_DENORMALS]));
}

/* ---- Advice ------------------------------------------------------------ */

static bool has_parameter(const gf_problem *problem, const char *name) {
    for (uint32_t i = 0; i < problem->workload->param_count; i++) {
        if (strcmp(problem->workload->params[i].name, name) == 0)
            return true;
    }
    return false;
}

/* The first variant that the device could run; NULL: none. */
static const char *find_runnable(const gf_problem *problem, const gf_device_info *device) {
    for (uint32_t i = 0; i < problem->workload->ndrange_variant_count; i++) {
        const gf_ndrange_variant *row = &problem->workload->ndrange_variants[i];
        if (gf_variant_can_run(problem, row, device))
            return row->name;
    }
    return NULL;
}

static bool would_run(const gf_problem *problem, gf_precision precision, gf_math math,
                      const gf_device_info *device) {
    gf_problem other = *problem;
    if (!has_parameter(problem, "precision") || !has_parameter(problem, "math"))
        return false;
    other.precision = precision;
    other.math = math;
    return find_runnable(&other, device) != NULL;
}

/* Only what this device can run: advice must not lead from one refusal to the next. */
void gf_needs_advise(const gf_problem *problem, const gf_device_info *device, char *out,
                     size_t size) {
    gf_text text = gf_text_in(out, size);
    const gf_precision mine = problem->precision;
    const gf_precision other = mine == GF_PRECISION_F64 ? GF_PRECISION_F32 : GF_PRECISION_F64;
    const char *variant = find_runnable(problem, device);
    if (variant != NULL) {
        gf_text_add(&text, "variant %s", variant);
        return;
    }
    const bool by_precision = would_run(problem, other, problem->math, device);
    const bool by_math =
        problem->math == GF_MATH_STRICT && would_run(problem, mine, GF_MATH_RELAXED, device);
    if (by_math || by_precision)
        gf_text_add(&text, "%s%s%s%s", by_math ? "relaxed math" : "",
                    by_math && by_precision ? " or " : "", by_precision ? "precision " : "",
                    by_precision ? gf_precision_name(other) : "");
    else if (would_run(problem, other, GF_MATH_RELAXED, device))
        gf_text_add(&text, "precision %s with relaxed math", gf_precision_name(other));
    else
        gf_text_add(&text, "another device");
}

static gf_status refuse(const gf_problem *problem, const gf_device_info *device, const char *why,
                        gf_error *error) {
    char advice[160];
    gf_needs_advise(problem, device, advice, sizeof advice);
    return gf_error_set(error, GF_UNSUPPORTED, "device %s can't run this: %s; use %s", device->id,
                        why, advice);
}

gf_status gf_precision_check(const gf_problem *problem, const gf_device_info *device,
                             gf_error *error) {
    return lacks_precision(problem, device) ? refuse(problem, device, "it has no f64", error)
                                            : GF_OK;
}

gf_status gf_needs_check(const gf_problem *problem, const gf_ndrange_variant *variant,
                         const gf_ndrange_plan *plan, const gf_device_info *device,
                         gf_error *error) {
    char why[400];
    const gf_needs needs = gf_needs_of(problem, variant, plan);
    return gf_needs_are_met(&needs, device, why, sizeof why) ? GF_OK
                                                             : refuse(problem, device, why, error);
}

/* ---- Forms of fma() ---------------------------------------------------- */

static gf_fact_kind of_precision(const gf_problem *problem, gf_fact_kind kind) {
    return problem->precision == GF_PRECISION_F64 ? (gf_fact_kind)(GF_FACT_F64 + kind) : kind;
}

bool gf_has_fma(const gf_problem *problem, const gf_device_info *device) {
    return is_true(device, of_precision(problem, GF_FACT_FMA));
}

bool gf_has_exact_fma(const gf_problem *problem, const gf_device_info *device) {
    return gf_has_fma(problem, device) &&
           is_true(device, of_precision(problem, GF_FACT_FMA_DENORMALS));
}
