#include "analyse/checklist.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "problem/problem.h"

/* Half of the memory leaves room for what else lives there: a display, other processes, the
 * driver. */
#define MEMORY_MARGINAL 0.5
#define MEMORY_FAIL     1.0
/* Below 0.4 more than half of the lanes idle. */
#define EFFICIENCY_PASS 0.7
#define EFFICIENCY_FAIL 0.4
/* Above one half, moving data costs more than computing. */
#define FARE_PASS 0.2
#define FARE_FAIL 0.5

static const struct {
    const char *name, *question;
} points[GF_CRITERION_COUNT] = {
    [GF_CRITERION_MEMORY] = {"memory", "does the problem fit the device's memory?"},
    [GF_CRITERION_BRANCHING] = {"branching", "do the lanes of a group do the same work?"},
    [GF_CRITERION_MOVEMENT] = {"movement", "how much computing is there between two transfers?"},
    [GF_CRITERION_OPERATIONS] = {"operations", "does the device support the operations?"},
};

const char *gf_criterion_name(gf_criterion point) {
    return points[point].name;
}

const char *gf_grade_name(gf_grade grade) {
    static const char *const names[] = {"pass", "marginal", "fail", "unknown"};
    return names[grade];
}

/* Lower is better. */
static gf_grade grade_below(double value, double pass, double fail) {
    return value <= pass ? GF_GRADE_PASS : value <= fail ? GF_GRADE_MARGINAL : GF_GRADE_FAIL;
}

/* ---- Point 1: memory --------------------------------------------------- */

static void check_memory(const gf_criterion_input *facts, gf_criterion_result *check) {
    const double needed = (double)gf_problem_bytes(facts->problem);
    const double largest = (double)gf_problem_largest_buffer(facts->problem);
    const double global = (double)facts->global_memory_bytes;
    const double one = facts->max_alloc_bytes > 0 ? (double)facts->max_alloc_bytes : global;
    check->limit = MEMORY_FAIL;
    if (global <= 0) {
        check->grade = GF_GRADE_UNKNOWN;
        snprintf(check->evidence, sizeof check->evidence, "the device does not tell its memory");
        return;
    }
    /* The larger of the two shares decides: all buffers of the memory, the largest of one
     * allocation. */
    check->value = fmax(needed / global, largest / one);
    check->grade = grade_below(check->value, MEMORY_MARGINAL, MEMORY_FAIL);
    char texts[4][24];
    gf_format_bytes(needed, texts[0], sizeof texts[0]);
    gf_format_bytes(global, texts[1], sizeof texts[1]);
    gf_format_bytes(largest, texts[2], sizeof texts[2]);
    gf_format_bytes(one, texts[3], sizeof texts[3]);
    snprintf(check->evidence, sizeof check->evidence,
             "%s of %s; the largest buffer %s, a single allocation may have %s", texts[0], texts[1],
             texts[2], texts[3]);
    const double factor = MEMORY_FAIL / check->value;
    snprintf(check->flips_when, sizeof check->flips_when, "%s %.*f times as many elements",
             factor >= 1 ? "does not fit from" : "fits with", factor < 10 ? 2 : 0, factor);
}

/* ---- Point 2: branching ------------------------------------------------ */

static void list_efficiencies(const double *efficiencies, char *text, size_t room) {
    size_t used = strlen(text);
    for (int i = 0; i < GF_LANE_GROUPS && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%s %.2f in %ux%u", i == 0 ? ";" : ",",
                                 efficiencies[i], gf_lane_groups[i].rows, gf_lane_groups[i].cols);
}

static void check_branching(const gf_criterion_input *facts, gf_criterion_result *check) {
    check->limit = EFFICIENCY_FAIL;
    const bool uniform = facts->problem->workload->row_work == NULL;
    const bool counted = uniform || facts->efficiencies != NULL;
    if (facts->unknown != NULL || facts->lanes.rows == 0 || !counted) {
        check->grade = GF_GRADE_UNKNOWN;
        if (facts->unknown != NULL)
            snprintf(check->evidence, sizeof check->evidence, "%s, so nothing was counted",
                     facts->unknown);
        else
            snprintf(check->evidence, sizeof check->evidence, "%s",
                     counted ? "its lane groups are not known"
                             : "items differ in their work, which is known after a run only");
        return;
    }
    check->value = facts->efficiency;
    check->grade = check->value >= EFFICIENCY_PASS   ? GF_GRADE_PASS
                   : check->value >= EFFICIENCY_FAIL ? GF_GRADE_MARGINAL
                                                     : GF_GRADE_FAIL;
    snprintf(check->evidence, sizeof check->evidence,
             uniform ? "SIMD efficiency %.2f, in this variant's lane groups of %ux%u as in any"
                     : "SIMD efficiency %.3f in this variant's lane groups of %ux%u",
             check->value, facts->lanes.rows, facts->lanes.cols);
    if (!uniform)
        list_efficiencies(facts->efficiencies, check->evidence, sizeof check->evidence);
    snprintf(check->flips_when, sizeof check->flips_when, "%s",
             uniform ? "never: every item does the same work"
             : facts->lanes.rows * facts->lanes.cols == 1
                 ? "never in this variant: no neighbours run in step"
             : check->grade == GF_GRADE_PASS
                 ? "neighbouring items that differ more in their work"
                 : "smaller or squarer lane groups, or items sorted by their work");
}

/* ---- Point 3: data movement -------------------------------------------- */

static void describe_direction(const char *name, double bytes, double ns, bool in_place, char *text,
                               size_t room) {
    char amount[24];
    gf_format_bytes(bytes, amount, sizeof amount);
    if (bytes <= 0)
        snprintf(text, room, "nothing %s", name);
    else if (in_place)
        snprintf(text, room, "%s %s in place", amount, name);
    else if (ns > 0)
        snprintf(text, room, "%s %s at %.3g GB/s", amount, name, bytes / ns);
    else
        snprintf(text, room, "%s %s", amount, name);
}

static void check_movement(const gf_criterion_input *facts, gf_criterion_result *check) {
    check->limit = FARE_FAIL;
    if (facts->unknown != NULL) {
        check->grade = GF_GRADE_UNKNOWN;
        snprintf(check->evidence, sizeof check->evidence, "%s, so no time", facts->unknown);
        return;
    }
    const double kernel = facts->ns[GF_PHASE_KERNEL], total = facts->ns[GF_PHASE_TOTAL];
    const double h2d = facts->ns[GF_PHASE_H2D], d2h = facts->ns[GF_PHASE_D2H];
    const double fare = h2d + d2h + facts->ns[GF_PHASE_LAUNCH];
    char up[64], down[64];
    describe_direction("up", facts->bytes_up, h2d, facts->in_place, up, sizeof up);
    describe_direction("down", facts->bytes_down, d2h, facts->in_place, down, sizeof down);
    check->value = total > 0 ? fmin(fare / total, 1) : 0;
    check->grade = grade_below(check->value, FARE_PASS, FARE_FAIL);
    const double moved = facts->bytes_up + facts->bytes_down;
    snprintf(check->evidence, sizeof check->evidence,
             "%s, %s; %.3g %s for each byte moved; fare (h2d + launch + d2h) is %.1f %% of total",
             up, down, moved > 0 ? facts->work / moved : 0, facts->problem->workload->work_unit,
             check->value * 100);
    if (kernel <= 0)
        return;
    /* With k times the computing between the same transfers the share is f / (f + k * kernel). */
    const double factor = fare * (1 / FARE_PASS - 1) / kernel;
    if (factor < 0.001) {
        snprintf(check->flips_when, sizeof check->flips_when, "never: there is next to no fare");
        return;
    }
    snprintf(check->flips_when, sizeof check->flips_when,
             check->grade == GF_GRADE_PASS
                 ? "above %.0f %% with less than %.2g of the computing between transfers"
                 : "below %.0f %% with %.2g times the computing between transfers",
             FARE_PASS * 100, factor);
}

/* ---- Point 4: operations ----------------------------------------------- */

/* What the numbers of a problem ask of a device, and what would change that. */
static const struct {
    const char *need, *flips_when;
} arithmetics[] = {
    [GF_PRECISION_F32] = {"f32 is enough", "--precision f64 on a device without f64"},
    [GF_PRECISION_F64] = {"f64 needed", "the same on a device without f64"},
    [GF_PRECISION_INTEGER] = {"whole numbers are enough", "never: every device has whole numbers"},
};

static void check_operations(const gf_criterion_input *facts, gf_criterion_result *check) {
    const gf_precision precision = facts->problem->precision;
    const bool lacking = precision == GF_PRECISION_F64 && !facts->f64;
    check->limit = 1;
    check->value = lacking ? 0 : 1;
    check->grade = lacking                  ? GF_GRADE_FAIL
                   : facts->unknown == NULL ? GF_GRADE_PASS
                                            : GF_GRADE_UNKNOWN;
    snprintf(check->evidence, sizeof check->evidence, "%s: device %s; %s; %s",
             arithmetics[precision].need, facts->f64 ? "has f64" : "has no f64",
             facts->problem->workload->operations_note,
             check->grade == GF_GRADE_PASS ? facts->proof : "did not run");
    if (lacking)
        snprintf(check->flips_when, sizeof check->flips_when, "--precision f32");
    else if (check->grade == GF_GRADE_PASS)
        snprintf(check->flips_when, sizeof check->flips_when, "%s",
                 arithmetics[precision].flips_when);
}

/* ---- Evaluating -------------------------------------------------------- */

void gf_criterion_grade(const gf_criterion_input *facts, gf_criterion point,
                        gf_criterion_result *check) {
    static void (*const evaluate[GF_CRITERION_COUNT])(const gf_criterion_input *,
                                                      gf_criterion_result *) = {
        [GF_CRITERION_MEMORY] = check_memory,
        [GF_CRITERION_BRANCHING] = check_branching,
        [GF_CRITERION_MOVEMENT] = check_movement,
        [GF_CRITERION_OPERATIONS] = check_operations,
    };
    memset(check, 0, sizeof *check);
    check->point = point;
    check->question = points[point].question;
    check->source = facts->sources[point];
    evaluate[point](facts, check);
}

static const char *const run_sources[GF_CRITERION_COUNT] = {
    [GF_CRITERION_MEMORY] = "sizes of the buffers; limits that the device reports",
    [GF_CRITERION_BRANCHING] = "work of each item in the verified result",
    [GF_CRITERION_MOVEMENT] = "bytes of the buffers; medians of this run's samples",
    [GF_CRITERION_OPERATIONS] = "facts that the device reports; this run",
};

void gf_criterion_evaluate(const gf_comparison *comparison, const gf_result *result,
                           gf_criterion point, gf_criterion_result *check) {
    const gf_device_info *info = &result->device->info;
    gf_criterion_input facts = {.problem = comparison->problem,
                                .sources = run_sources,
                                .unknown =
                                    result->outcome == GF_OUTCOME_OK ? NULL : "no verified run",
                                .global_memory_bytes = info->global_memory_bytes,
                                .max_alloc_bytes = info->max_alloc_bytes,
                                .f64 = info->f64,
                                .proof = "compiled and ran",
                                .lanes = result->lanes,
                                .efficiency = result->efficiency,
                                .efficiencies = comparison->efficiency,
                                .bytes_up = (double)result->bytes_up,
                                .bytes_down = (double)result->bytes_down,
                                .in_place = result->in_place,
                                .work = result->work};
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++)
        facts.ns[phase] = (double)gf_result_phase(result, phase).median_ns;
    gf_criterion_grade(&facts, point, check);
}
