#include "checklist.h"

#include <math.h>
#include <string.h>

#include "table.h"

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
/* Two devices closer than this are not told apart even when their quartiles are. */
#define CLOSE_RATIO 1.05

static const struct {
    const char *name, *question;
} points[GF_POINT_COUNT] = {
    [GF_POINT_MEMORY] = {"memory", "does the problem fit the device's memory?"},
    [GF_POINT_BRANCHING] = {"branching", "do the lanes of a group do the same work?"},
    [GF_POINT_MOVEMENT] = {"movement", "how much computing is there between two transfers?"},
    [GF_POINT_OPERATIONS] = {"operations", "does the device support the operations?"},
};

const char *gf_check_point_name(gf_check_point point) {
    return points[point].name;
}

const char *gf_check_grade_name(gf_check_grade grade) {
    static const char *const names[] = {"pass", "marginal", "fail", "unknown"};
    return names[grade];
}

/* Lower is better. */
static gf_check_grade grade_below(double value, double pass, double fail) {
    return value <= pass ? GF_GRADE_PASS : value <= fail ? GF_GRADE_MARGINAL : GF_GRADE_FAIL;
}

/* ---- Point 1: memory --------------------------------------------------------------------------
 */

static void check_memory(const gf_comparison *comparison, const gf_result *result,
                         gf_check *check) {
    const gf_device_info *info = &result->device->info;
    const double needed = (double)gf_problem_bytes(comparison->problem);
    const double largest = (double)gf_problem_largest_buffer(comparison->problem);
    const double global = (double)info->global_memory_bytes;
    const double one = info->max_alloc_bytes > 0 ? (double)info->max_alloc_bytes : global;
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
    if (check->value <= MEMORY_FAIL)
        snprintf(check->flips_when, sizeof check->flips_when,
                 "does not fit from %.3g times as many elements", MEMORY_FAIL / check->value);
    else
        snprintf(check->flips_when, sizeof check->flips_when,
                 "fits with %.3g times as many elements", MEMORY_FAIL / check->value);
}

/* ---- Point 2: branching -----------------------------------------------------------------------
 */

/* A GPU's 32 lanes are taken as a tile of 4 rows of 8, as its kernel arranges them; a CPU's vector
 * as a row of its lanes. */
static int lane_group_of(const gf_comparison *comparison, const gf_device_info *info) {
    const uint32_t lanes = comparison->problem->precision == GF_PRECISION_F64
                               ? info->vector_width_f64
                               : info->vector_width_f32;
    const gf_lane_group wanted =
        info->device_class == GF_CLASS_GPU ? (gf_lane_group){4, 8} : (gf_lane_group){1, lanes};
    for (int i = 0; i < GF_LANE_GROUPS; i++) {
        if (gf_lane_groups[i].rows == wanted.rows && gf_lane_groups[i].cols == wanted.cols)
            return i;
    }
    return 0;
}

static void check_branching(const gf_comparison *comparison, const gf_result *result,
                            gf_check *check) {
    check->limit = EFFICIENCY_PASS;
    if (!comparison->has_efficiency) {
        check->grade = GF_GRADE_UNKNOWN;
        snprintf(check->evidence, sizeof check->evidence, "nothing ran, so nothing was counted");
        return;
    }
    const int group = lane_group_of(comparison, &result->device->info);
    check->value = comparison->efficiency[group];
    check->grade = check->value >= EFFICIENCY_PASS   ? GF_GRADE_PASS
                   : check->value >= EFFICIENCY_FAIL ? GF_GRADE_MARGINAL
                                                     : GF_GRADE_FAIL;
    size_t used =
        (size_t)snprintf(check->evidence, sizeof check->evidence,
                         "SIMD efficiency %.2f in lane groups of %ux%u as here;", check->value,
                         gf_lane_groups[group].rows, gf_lane_groups[group].cols);
    for (int i = 0; i < GF_LANE_GROUPS && used < sizeof check->evidence; i++)
        used += (size_t)snprintf(check->evidence + used, sizeof check->evidence - used,
                                 "%s %.2f in %ux%u", i == 0 ? "" : ",", comparison->efficiency[i],
                                 gf_lane_groups[i].rows, gf_lane_groups[i].cols);
    snprintf(check->flips_when, sizeof check->flips_when, "%s",
             comparison->problem->workload->row_work == NULL
                 ? "never: every item does the same work"
             : check->grade == GF_GRADE_PASS
                 ? "neighbours that differ more: a view along the set's edge, a larger max_iter"
                 : "smaller or squarer lane groups, or items sorted by their work");
}

/* ---- Point 3: data movement -------------------------------------------------------------------
 */

static double median_of(const gf_result *result, gf_phase phase) {
    return (double)gf_result_phase(result, phase).median_ns;
}

static void describe_direction(const char *name, uint64_t bytes, double ns, bool in_place,
                               char *text, size_t room) {
    char amount[24];
    gf_format_bytes((double)bytes, amount, sizeof amount);
    if (bytes == 0)
        snprintf(text, room, "nothing %s", name);
    else if (in_place)
        snprintf(text, room, "%s %s in place", amount, name);
    else if (ns > 0)
        snprintf(text, room, "%s %s at %.3g GB/s", amount, name, (double)bytes / ns);
    else
        snprintf(text, room, "%s %s", amount, name);
}

static void check_movement(const gf_comparison *comparison, const gf_result *result,
                           gf_check *check) {
    check->limit = FARE_FAIL;
    if (result->outcome != GF_OUTCOME_OK) {
        check->grade = GF_GRADE_UNKNOWN;
        snprintf(check->evidence, sizeof check->evidence, "no verified run, so no time");
        return;
    }
    const double h2d = median_of(result, GF_PHASE_H2D), d2h = median_of(result, GF_PHASE_D2H);
    const double kernel = median_of(result, GF_PHASE_KERNEL);
    const double fare = h2d + d2h + median_of(result, GF_PHASE_LAUNCH);
    const double total = median_of(result, GF_PHASE_TOTAL);
    char up[64], down[64];
    describe_direction("up", result->bytes_up, h2d, result->in_place, up, sizeof up);
    describe_direction("down", result->bytes_down, d2h, result->in_place, down, sizeof down);
    check->value = total > 0 ? fmin(fare / total, 1) : 0;
    check->grade = grade_below(check->value, FARE_PASS, FARE_FAIL);
    const double moved = (double)(result->bytes_up + result->bytes_down);
    snprintf(check->evidence, sizeof check->evidence,
             "%s, %s; %.3g %s for each byte moved; fare (h2d + launch + d2h) is %.1f %% of total",
             up, down, moved > 0 ? result->work / moved : 0,
             comparison->problem->workload->work_unit, check->value * 100);
    if (kernel <= 0)
        return;
    /* With k times the computing between the same transfers the share is f / (f + k * kernel). */
    const double factor = fare * (1 / FARE_PASS - 1) / kernel;
    snprintf(check->flips_when, sizeof check->flips_when,
             check->grade == GF_GRADE_PASS
                 ? "above %.0f %% with less than %.2g of the computing between transfers"
                 : "below %.0f %% with %.2g times the computing between transfers",
             FARE_PASS * 100, factor);
}

/* ---- Point 4: operations ----------------------------------------------------------------------
 */

static void check_operations(const gf_comparison *comparison, const gf_result *result,
                             gf_check *check) {
    const gf_device_info *info = &result->device->info;
    const bool needs_f64 = comparison->problem->precision == GF_PRECISION_F64;
    const bool lacking = needs_f64 && !info->f64;
    check->limit = 1;
    check->value = lacking || result->outcome == GF_OUTCOME_UNSUPPORTED ? 0 : 1;
    check->grade = check->value < 1                   ? GF_GRADE_FAIL
                   : result->outcome == GF_OUTCOME_OK ? GF_GRADE_PASS
                                                      : GF_GRADE_UNKNOWN;
    snprintf(check->evidence, sizeof check->evidence, "%s needed, device %s; %.180s",
             needs_f64 ? "f64" : "f32", lacking ? "lacks it" : "has it",
             result->outcome == GF_OUTCOME_UNSUPPORTED
                 ? result->error.text
                 : comparison->problem->workload->operations_note);
    snprintf(check->flips_when, sizeof check->flips_when, "%s",
             lacking                                      ? "--precision f32"
             : check->grade == GF_GRADE_PASS && needs_f64 ? "a device without f64"
             : check->grade == GF_GRADE_PASS              ? "--precision f64 on a device without it"
                                                          : "");
}

void gf_check_evaluate(const gf_comparison *comparison, const gf_result *result,
                       gf_check_point point, gf_check *check) {
    static void (*const evaluate[GF_POINT_COUNT])(const gf_comparison *, const gf_result *,
                                                  gf_check *) = {
        [GF_POINT_MEMORY] = check_memory,
        [GF_POINT_BRANCHING] = check_branching,
        [GF_POINT_MOVEMENT] = check_movement,
        [GF_POINT_OPERATIONS] = check_operations,
    };
    memset(check, 0, sizeof *check);
    check->point = point;
    check->question = points[point].question;
    evaluate[point](comparison, result, check);
}

/* ---- Verdict ----------------------------------------------------------------------------------
 */

static const gf_result *fastest_of_others(const gf_comparison *comparison,
                                          const gf_device *except) {
    const gf_result *fastest = NULL;
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        if (result->outcome != GF_OUTCOME_OK || result->device == except)
            continue;
        if (fastest == NULL ||
            median_of(result, GF_PHASE_TOTAL) < median_of(fastest, GF_PHASE_TOTAL))
            fastest = result;
    }
    return fastest;
}

static bool has_gpu_evidence(const gf_comparison *comparison) {
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        if (result->outcome == GF_OUTCOME_OK && result->device->info.device_class == GF_CLASS_GPU)
            return true;
    }
    return false;
}

static bool quartiles_overlap(const gf_result *fast, const gf_result *slow) {
    return gf_result_phase(fast, GF_PHASE_TOTAL).q3_ns >=
           gf_result_phase(slow, GF_PHASE_TOTAL).q1_ns;
}

static void describe_baseline(const gf_comparison *comparison, const gf_verdict *verdict,
                              char *text, size_t room) {
    const gf_result *baseline = gf_comparison_baseline(comparison);
    text[0] = '\0';
    if (baseline == NULL || baseline == verdict->winner || baseline == verdict->runner_up)
        return;
    snprintf(text, room, ", %.2f times as fast as %s",
             median_of(baseline, GF_PHASE_TOTAL) / median_of(verdict->winner, GF_PHASE_TOTAL),
             baseline->label);
}

static void describe_winner(const gf_comparison *comparison, gf_verdict *verdict) {
    char time[24], second[24], baseline[96];
    gf_format_ns(median_of(verdict->winner, GF_PHASE_TOTAL), time, sizeof time);
    describe_baseline(comparison, verdict, baseline, sizeof baseline);
    const char *evidence =
        verdict->gpu_evidence ? "" : " No GPU took part: this is no evidence about GPUs.";
    if (verdict->runner_up == NULL) {
        snprintf(verdict->text, sizeof verdict->text,
                 "%s: %s a round trip%s; no other device to compare with.%s",
                 verdict->winner->label, time, baseline, evidence);
        return;
    }
    gf_format_ns(median_of(verdict->runner_up, GF_PHASE_TOTAL), second, sizeof second);
    if (verdict->too_close)
        snprintf(verdict->text, sizeof verdict->text,
                 "too close to call: %s (%s) and %s (%s) differ by %.1f %%, less than what "
                 "this measurement can tell apart.%s",
                 verdict->winner->label, time, verdict->runner_up->label, second,
                 (verdict->ratio - 1) * 100, evidence);
    else
        snprintf(verdict->text, sizeof verdict->text,
                 "%s: %s a round trip, %.2f times as fast as %s (%s)%s; medians of total.%s",
                 verdict->winner->label, time, verdict->ratio, verdict->runner_up->label, second,
                 baseline, evidence);
}

/* The runner-up loses by its fare, by its kernel, or by both: what would have to change differs. */
static void describe_flip(gf_verdict *verdict) {
    const gf_result *second = verdict->runner_up;
    if (second == NULL)
        return;
    const double winner_total = median_of(verdict->winner, GF_PHASE_TOTAL);
    const double kernel = median_of(second, GF_PHASE_KERNEL);
    if (kernel < winner_total)
        snprintf(verdict->flips_when, sizeof verdict->flips_when,
                 "%s wins with more computing between transfers: its kernel alone takes %.0f %% of "
                 "the winner's total, the rest is fare",
                 second->label, 100 * kernel / winner_total);
    else
        snprintf(verdict->flips_when, sizeof verdict->flips_when,
                 "no saving on transfers: the kernel of %s alone takes %.2f times the winner's "
                 "total, so it must get that much faster",
                 second->label, kernel / winner_total);
}

void gf_verdict_reach(const gf_comparison *comparison, gf_verdict *verdict) {
    memset(verdict, 0, sizeof *verdict);
    verdict->gpu_evidence = has_gpu_evidence(comparison);
    verdict->winner = gf_comparison_fastest(comparison);
    if (verdict->winner == NULL) {
        snprintf(verdict->text, sizeof verdict->text, "no device returned a verified result");
        return;
    }
    verdict->runner_up = fastest_of_others(comparison, verdict->winner->device);
    if (verdict->runner_up != NULL) {
        verdict->ratio = median_of(verdict->runner_up, GF_PHASE_TOTAL) /
                         median_of(verdict->winner, GF_PHASE_TOTAL);
        verdict->too_close =
            verdict->ratio < CLOSE_RATIO || quartiles_overlap(verdict->winner, verdict->runner_up);
    }
    describe_winner(comparison, verdict);
    describe_flip(verdict);
}
