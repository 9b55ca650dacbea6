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
#define CLOSE_RATIO         1.05
#define MIN_VERDICT_SAMPLES 3

static const struct {
    const char *name, *question, *source;
} points[GF_POINT_COUNT] = {
    [GF_POINT_MEMORY] = {"memory", "does the problem fit the device's memory?",
                         "sizes of the buffers; limits that the device reports"},
    [GF_POINT_BRANCHING] = {"branching", "do the lanes of a group do the same work?",
                            "work of each item in the verified result"},
    [GF_POINT_MOVEMENT] = {"movement", "how much computing is there between two transfers?",
                           "bytes of the buffers; medians of this run's samples"},
    [GF_POINT_OPERATIONS] = {"operations", "does the device support the operations?",
                             "facts that the device reports; this run"},
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

static void list_efficiencies(const gf_comparison *comparison, char *text, size_t room) {
    size_t used = strlen(text);
    for (int i = 0; i < GF_LANE_GROUPS && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%s %.2f in %ux%u", i == 0 ? ";" : ",",
                                 comparison->efficiency[i], gf_lane_groups[i].rows,
                                 gf_lane_groups[i].cols);
}

static void check_branching(const gf_comparison *comparison, const gf_result *result,
                            gf_check *check) {
    check->limit = EFFICIENCY_FAIL;
    if (result->outcome != GF_OUTCOME_OK || result->lanes.rows == 0) {
        check->grade = GF_GRADE_UNKNOWN;
        snprintf(check->evidence, sizeof check->evidence,
                 result->outcome == GF_OUTCOME_OK ? "its lane groups are not known"
                                                  : "no verified run, so nothing was counted");
        return;
    }
    check->value = result->efficiency;
    check->grade = check->value >= EFFICIENCY_PASS   ? GF_GRADE_PASS
                   : check->value >= EFFICIENCY_FAIL ? GF_GRADE_MARGINAL
                                                     : GF_GRADE_FAIL;
    const bool uniform = comparison->problem->workload->row_work == NULL;
    snprintf(check->evidence, sizeof check->evidence,
             uniform ? "SIMD efficiency %.2f, in this variant's lane groups of %ux%u as in any"
                     : "SIMD efficiency %.3f in this variant's lane groups of %ux%u",
             check->value, result->lanes.rows, result->lanes.cols);
    if (!uniform)
        list_efficiencies(comparison, check->evidence, sizeof check->evidence);
    snprintf(check->flips_when, sizeof check->flips_when, "%s",
             uniform ? "never: every item does the same work"
             : result->lanes.rows * result->lanes.cols == 1
                 ? "never in this variant: no neighbours run in step"
             : check->grade == GF_GRADE_PASS
                 ? "neighbouring items that differ more in their work"
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

/* ---- Point 4: operations ----------------------------------------------------------------------
 */

/* What the numbers of a problem ask of a device, and what would change that. */
static const struct {
    const char *need, *flips_when;
} arithmetics[] = {
    [GF_PRECISION_F32] = {"f32 is enough", "--precision f64 on a device without f64"},
    [GF_PRECISION_F64] = {"f64 needed", "the same on a device without f64"},
    [GF_PRECISION_INTEGER] = {"whole numbers are enough", "never: every device has whole numbers"},
};

static void check_operations(const gf_comparison *comparison, const gf_result *result,
                             gf_check *check) {
    const gf_device_info *info = &result->device->info;
    const gf_precision precision = comparison->problem->precision;
    const bool needs_f64 = precision == GF_PRECISION_F64;
    const bool lacking = needs_f64 && !info->f64;
    check->limit = 1;
    check->value = lacking ? 0 : 1;
    check->grade = lacking                            ? GF_GRADE_FAIL
                   : result->outcome == GF_OUTCOME_OK ? GF_GRADE_PASS
                                                      : GF_GRADE_UNKNOWN;
    snprintf(check->evidence, sizeof check->evidence, "%s: device %s; %s; %s",
             arithmetics[precision].need, info->f64 ? "has f64" : "has no f64",
             comparison->problem->workload->operations_note,
             check->grade == GF_GRADE_PASS ? "compiled and ran" : "did not run");
    if (lacking)
        snprintf(check->flips_when, sizeof check->flips_when, "--precision f32");
    else if (check->grade == GF_GRADE_PASS)
        snprintf(check->flips_when, sizeof check->flips_when, "%s",
                 arithmetics[precision].flips_when);
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
    check->source = points[point].source;
    evaluate[point](comparison, result, check);
}

/* ---- Verdict ----------------------------------------------------------------------------------
 */

/* The faster of a verified result and the fastest so far; `fastest` may be NULL. */
static const gf_result *faster(const gf_result *fastest, const gf_result *result) {
    if (fastest == NULL || median_of(result, GF_PHASE_TOTAL) < median_of(fastest, GF_PHASE_TOTAL))
        return result;
    return fastest;
}

static const gf_result *fastest_of_others(const gf_comparison *comparison,
                                          const gf_device *except) {
    const gf_result *fastest = NULL;
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        if (result->outcome == GF_OUTCOME_OK && result->device != except)
            fastest = faster(fastest, result);
    }
    return fastest;
}

/* NULL: no GPU took part, so there is no evidence about GPUs. */
static const gf_result *fastest_gpu(const gf_comparison *comparison) {
    const gf_result *fastest = NULL;
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        if (result->outcome == GF_OUTCOME_OK && result->device->info.device_class == GF_CLASS_GPU)
            fastest = faster(fastest, result);
    }
    return fastest;
}

/* Fewer samples have no quartiles to speak of. */
static bool too_few_samples(const gf_result *result) {
    return gf_result_phase(result, GF_PHASE_TOTAL).count < MIN_VERDICT_SAMPLES;
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
                 "too close to call: the medians of %s (%s) and %s (%s) differ by %.1f %%, %s.%s",
                 verdict->winner->label, time, verdict->runner_up->label, second,
                 (verdict->ratio - 1) * 100,
                 too_few_samples(verdict->winner) || too_few_samples(verdict->runner_up)
                     ? "from too few samples to tell (raise --repeat)"
                 : verdict->ratio < CLOSE_RATIO
                     ? "less than what a measurement like this can tell apart"
                     : "but their samples overlap (quiet the machine or raise --min-time)",
                 evidence);
    else
        snprintf(verdict->text, sizeof verdict->text,
                 "%s: %s a round trip, %.2f times as fast as %s (%s)%s; medians of total.%s",
                 verdict->winner->label, time, verdict->ratio, verdict->runner_up->label, second,
                 baseline, evidence);
}

/* Both totals are fare + k * kernel when k times as much is computed between the same transfers.
 * They are equal for k = (fare_w - fare_s) / (kernel_s - kernel_w): that k, if it is positive, is
 * where the order turns. */
static void describe_flip(gf_verdict *verdict) {
    const gf_result *winner = verdict->winner, *second = verdict->runner_up;
    if (second == NULL)
        return;
    const double winner_kernel = median_of(winner, GF_PHASE_KERNEL);
    const double second_kernel = median_of(second, GF_PHASE_KERNEL);
    const double winner_total = median_of(winner, GF_PHASE_TOTAL);
    const double winner_fare = winner_total - winner_kernel;
    const double second_fare = median_of(second, GF_PHASE_TOTAL) - second_kernel;
    const double k = (winner_fare - second_fare) / (second_kernel - winner_kernel);
    if (k >= 0.01 && k <= 1e6)
        snprintf(verdict->flips_when, sizeof verdict->flips_when,
                 "%s wins with %s than %.2g times the computing between the same transfers",
                 second->label, k > 1 ? "more" : "less", k);
    else if (second_fare < winner_total)
        snprintf(verdict->flips_when, sizeof verdict->flips_when,
                 "no amount of computing between transfers; %s wins with a kernel %.2f times as "
                 "fast",
                 second->label, second_kernel / (winner_total - second_fare));
    else
        snprintf(verdict->flips_when, sizeof verdict->flips_when,
                 "only a smaller fare: that of %s alone takes longer than the winner's total",
                 second->label);
}

/* What was measured on an unsteady machine may come out otherwise next time. */
static void add_caution(gf_verdict *verdict) {
    const gf_result *const both[] = {verdict->winner, verdict->runner_up};
    for (int i = 0; i < 2; i++) {
        if (both[i] == NULL)
            continue;
        const gf_statistics total = gf_result_phase(both[i], GF_PHASE_TOTAL);
        if (gf_statistics_spread(&total) <= GF_WIDE_SPREAD)
            continue;
        const size_t used = strlen(verdict->text);
        snprintf(verdict->text + used, sizeof verdict->text - used,
                 " Doubtful: the samples of %s are unsteady (see Notes); measure again on a quiet "
                 "machine.",
                 both[i]->label);
        return;
    }
}

/* The fastest GPU, when the verdict's first two are something else. */
static void add_gpu(const gf_result *gpu, gf_verdict *verdict) {
    if (gpu == NULL || gpu == verdict->winner || gpu == verdict->runner_up)
        return;
    char time[24];
    gf_format_ns(median_of(gpu, GF_PHASE_TOTAL), time, sizeof time);
    const size_t used = strlen(verdict->text);
    snprintf(verdict->text + used, sizeof verdict->text - used, " The fastest GPU is %s (%s).",
             gpu->label, time);
}

void gf_verdict_reach(const gf_comparison *comparison, gf_verdict *verdict) {
    memset(verdict, 0, sizeof *verdict);
    const gf_result *gpu = fastest_gpu(comparison);
    verdict->gpu_evidence = gpu != NULL;
    verdict->winner = gf_comparison_fastest(comparison);
    if (verdict->winner == NULL) {
        snprintf(verdict->text, sizeof verdict->text, "no device returned a verified result");
        return;
    }
    verdict->runner_up = fastest_of_others(comparison, verdict->winner->device);
    if (verdict->runner_up != NULL) {
        verdict->ratio = median_of(verdict->runner_up, GF_PHASE_TOTAL) /
                         median_of(verdict->winner, GF_PHASE_TOTAL);
        verdict->too_close = verdict->ratio < CLOSE_RATIO || too_few_samples(verdict->winner) ||
                             too_few_samples(verdict->runner_up) ||
                             quartiles_overlap(verdict->winner, verdict->runner_up);
    }
    describe_winner(comparison, verdict);
    add_gpu(gpu, verdict);
    add_caution(verdict);
    describe_flip(verdict);
}
