#include "analyse/checklist.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "device/targets/extended.h"
#include "problem/facts/needs.h"
#include "problem/problem.h"

/* Half of the memory leaves room for its other users: a display, other processes, the driver. */
#define MEMORY_MARGINAL 0.5
#define MEMORY_FAIL     1.0
/* Below 0.4 more than half of the lanes idle. */
#define EFFICIENCY_PASS 0.7
#define EFFICIENCY_FAIL 0.4
/* Above one half, moving data costs more than computing. */
#define FARE_PASS 0.2
#define FARE_FAIL 0.5

const char *gf_grade_name(gf_grade grade) {
    static const char *const names[] = {"pass", "marginal", "fail", "unknown"};
    return names[grade];
}

/* Lower is better. */
static gf_grade grade_below(double value, double pass, double fail) {
    return value <= pass ? GF_GRADE_PASS : value <= fail ? GF_GRADE_MARGINAL : GF_GRADE_FAIL;
}

gf_grade gf_grade_memory(double share) {
    return grade_below(share, MEMORY_MARGINAL, MEMORY_FAIL);
}

gf_grade gf_grade_efficiency(double efficiency) {
    return efficiency >= EFFICIENCY_PASS   ? GF_GRADE_PASS
           : efficiency >= EFFICIENCY_FAIL ? GF_GRADE_MARGINAL
                                           : GF_GRADE_FAIL;
}

gf_grade gf_grade_fare(double share) {
    return grade_below(share, FARE_PASS, FARE_FAIL);
}

double gf_grade_limit(gf_criterion criterion) {
    static const double limits[GF_CRITERION_COUNT] = {[GF_CRITERION_MEMORY] = MEMORY_FAIL,
                                                      [GF_CRITERION_BRANCHING] = EFFICIENCY_FAIL,
                                                      [GF_CRITERION_MOVEMENT] = FARE_FAIL,
                                                      [GF_CRITERION_OPERATIONS] = 1};
    return limits[criterion];
}

/* The share of the round trip that is no computing; 0: not known. */
static double fare_of(const gf_criterion_input *input) {
    const double *ns = input->ns;
    const double fare = ns[GF_PHASE_H2D] + ns[GF_PHASE_LAUNCH] + ns[GF_PHASE_D2H];
    return ns[GF_PHASE_TOTAL] > 0 ? fare / ns[GF_PHASE_TOTAL] : 0;
}

/* Band by band it goes through any memory, at its fare. */
static void add_visits(const gf_criterion_input *input, gf_criterion_result *result) {
    const size_t used = strlen(result->evidence);
    gf_text text = gf_text_in(result->evidence + used, sizeof result->evidence - used);
    gf_text_add(&text, "; fits in %llu visit%s", (unsigned long long)input->visits.visits,
                input->visits.visits == 1 ? "" : "s");
    if (fare_of(input) > 0)
        gf_text_add(&text, ", fare %.0f %%", 100 * fare_of(input));
    result->grade = GF_GRADE_MARGINAL;
}

/* A set may have room for parts of what none of its devices has room for. */
static void add_parts(gf_criterion_result *result) {
    const size_t used = strlen(result->evidence);
    if (result->grade != GF_GRADE_FAIL)
        return;
    snprintf(result->evidence + used, sizeof result->evidence - used,
             "; each device had room for its part");
    result->grade = GF_GRADE_MARGINAL;
}

static void grade_memory(const gf_criterion_input *input, gf_criterion_result *result) {
    const double needed = (double)gf_problem_bytes(input->problem);
    const double largest = (double)gf_problem_largest_buffer(input->problem);
    const double global = (double)input->global_memory_bytes;
    const double one = input->max_alloc_bytes > 0 ? (double)input->max_alloc_bytes : global;
    result->limit = gf_grade_limit(GF_CRITERION_MEMORY);
    if (global <= 0) {
        result->grade = GF_GRADE_UNKNOWN;
        snprintf(result->evidence, sizeof result->evidence,
                 "the device does not report its memory");
        return;
    }
    /* The larger share decides: all buffers of the memory, or the largest buffer of what one
     * allocation may have. */
    result->value = fmax(needed / global, largest / one);
    result->grade = gf_grade_memory(result->value);
    char texts[4][24];
    gf_format_bytes(needed, texts[0], sizeof texts[0]);
    gf_format_bytes(global, texts[1], sizeof texts[1]);
    gf_format_bytes(largest, texts[2], sizeof texts[2]);
    gf_format_bytes(one, texts[3], sizeof texts[3]);
    snprintf(result->evidence, sizeof result->evidence,
             "%s of %s; the largest buffer %s, a single allocation may have %s", texts[0], texts[1],
             texts[2], texts[3]);
    if (input->visits.bands > 0)
        add_visits(input, result);
    if (input->ran_in_parts)
        add_parts(result);
    const double factor = MEMORY_FAIL / result->value;
    snprintf(result->flips_when, sizeof result->flips_when, "%s %.*f times as many elements%s",
             factor >= 1 ? "does not fit from" : "fits with", factor < 10 ? 2 : 0, factor,
             input->memory_varies ? ", of the memory that its driver reports now" : "");
}

/* NULL, or why there is nothing to say that depends on the work. */
static const char *why_no_times(const gf_criterion_input *input) {
    return input->unknown == NULL && input->work_bounded ? "the work is only bounded"
                                                         : input->unknown;
}

static const char *why_not_counted(const gf_criterion_input *input) {
    const bool counted = input->problem->workload->row_work == NULL || input->efficiencies != NULL;
    return counted ? "its lane groups are not known"
                   : "items differ in their work, which is known after a run only";
}

static const char *flips_branching(const gf_criterion_input *input, gf_grade grade) {
    if (input->problem->workload->row_work == NULL)
        return "never: every item does the same work";
    if (input->lanes.rows * input->lanes.cols == 1)
        return "never in this variant: no neighbours run in step";
    return grade == GF_GRADE_PASS ? "neighbouring items that differ more in their work"
                                  : "smaller or squarer lane groups, or items sorted by their work";
}

/* In each shape that fits the result: of a larger one the edge is all that is seen. */
static void list_efficiencies(const gf_criterion_input *input, gf_text *evidence) {
    const gf_buffer_spec *result = &input->problem->buffers[input->problem->result];
    const char *mark = ";";
    for (size_t i = 0; i < GF_LANE_GROUPS; i++) {
        const gf_lane_group group = gf_lane_groups[i];
        if (group.rows > result->rows || group.cols > result->cols)
            continue;
        gf_text_add(evidence, "%s %.2f in %ux%u", mark, input->efficiencies[i], group.rows,
                    group.cols);
        mark = ",";
    }
}

static void grade_branching(const gf_criterion_input *input, gf_criterion_result *result) {
    gf_text evidence = gf_text_in(result->evidence, sizeof result->evidence);
    const bool uniform = input->problem->workload->row_work == NULL;
    result->limit = gf_grade_limit(GF_CRITERION_BRANCHING);
    result->grade = GF_GRADE_UNKNOWN;
    if (why_no_times(input) != NULL) {
        gf_text_add(&evidence, "%s, so nothing was counted", why_no_times(input));
        return;
    }
    if (input->lanes.rows == 0 || (!uniform && input->efficiencies == NULL)) {
        gf_text_add(&evidence, "%s", why_not_counted(input));
        return;
    }
    result->value = input->efficiency;
    result->grade = gf_grade_efficiency(result->value);
    gf_text_add(&evidence,
                uniform ? "SIMD efficiency %.2f, in this variant's lane groups of %ux%u as in any"
                        : "SIMD efficiency %.3f in this variant's lane groups of %ux%u",
                result->value, input->lanes.rows, input->lanes.cols);
    if (!uniform)
        list_efficiencies(input, &evidence);
    snprintf(result->flips_when, sizeof result->flips_when, "%s",
             flips_branching(input, result->grade));
}

static void format_direction(const char *name, double bytes, double ns, bool in_place, char *text,
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

/* The share of the round trip, by the better schedule, that is paid for moving data and starting
 * kernels: in a pipelined one all that the kernels do not hide. `factor`: times the computing. */
static double paid_share(const gf_criterion_input *input, double factor) {
    const double kernel = factor * input->ns[GF_PHASE_KERNEL];
    const double total = gf_scaled_trip_ns(input->ns, input->pipelined_ns, &input->overlap, factor);
    const double serial = input->ns[GF_PHASE_TOTAL] + kernel - input->ns[GF_PHASE_KERNEL];
    const double paid = total < serial ? fmax(total - kernel, 0) : gf_fare_ns(input->ns);
    return total > 0 ? fmin(paid / total, 1) : 0;
}

/* With more computing between the same transfers the share falls. 0: no factor leads to `share`. */
static double factor_of_share(const gf_criterion_input *input, double share) {
    double low = 0.001, high = 1e9;
    if (input->ns[GF_PHASE_KERNEL] <= 0 || paid_share(input, low) <= share)
        return 0;
    for (int i = 0; i < 100; i++) {
        const double middle = sqrt(low * high);
        *(paid_share(input, middle) > share ? &low : &high) = middle;
    }
    return high;
}

static void flips_movement(const gf_criterion_input *input, gf_criterion_result *result) {
    char number[24];
    if (input->ns[GF_PHASE_KERNEL] <= 0)
        return;
    const double factor = factor_of_share(input, FARE_PASS);
    if (factor <= 0) {
        snprintf(result->flips_when, sizeof result->flips_when, "never: there is almost no fare");
        return;
    }
    if (result->grade == GF_GRADE_PASS &&
        factor < gf_problem_least_share(input->problem, input->work)) {
        snprintf(result->flips_when, sizeof result->flips_when,
                 "never: with the least computing between transfers it stays below %.0f %%",
                 FARE_PASS * 100);
        return;
    }
    gf_format_factor(factor, number, sizeof number);
    snprintf(result->flips_when, sizeof result->flips_when,
             result->grade == GF_GRADE_PASS
                 ? "above %.0f %% with less than %s of the computing between transfers"
                 : "below %.0f %% with %s times the computing between transfers",
             FARE_PASS * 100, number);
}

static void grade_movement(const gf_criterion_input *input, gf_criterion_result *result) {
    result->limit = gf_grade_limit(GF_CRITERION_MOVEMENT);
    if (why_no_times(input) != NULL) {
        result->grade = GF_GRADE_UNKNOWN;
        snprintf(result->evidence, sizeof result->evidence, "%s, so no time", why_no_times(input));
        return;
    }
    if (input->disturbed) {
        result->grade = GF_GRADE_UNKNOWN;
        snprintf(result->evidence, sizeof result->evidence,
                 "the machine was busy, so that the times don't count");
        return;
    }
    const double moved = input->bytes_up + input->bytes_down;
    char up[64], down[64];
    format_direction("up", input->bytes_up, input->ns[GF_PHASE_H2D], input->in_place, up,
                     sizeof up);
    format_direction("down", input->bytes_down, input->ns[GF_PHASE_D2H], input->in_place, down,
                     sizeof down);
    result->value = paid_share(input, 1);
    result->grade = gf_grade_fare(result->value);
    gf_text evidence = gf_text_in(result->evidence, sizeof result->evidence);
    gf_text_add(&evidence, "%s, %s; %.3g %s for each byte moved; ", up, down,
                moved > 0 ? input->work / moved : 0, input->problem->workload->work_unit);
    gf_text_add(&evidence, "fare (h2d + launch + d2h) is %.1f %% of total",
                gf_fare_share(input->ns) * 100);
    if (input->pipelined_ns > 0 && input->pipelined_ns < input->ns[GF_PHASE_TOTAL])
        gf_text_add(&evidence, "; pipelined, kernels hide all but %.1f %% of the round trip",
                    result->value * 100);
    else if (input->pipelined_ns > 0)
        gf_text_add(&evidence, "; a pipelined round trip is no shorter");
    flips_movement(input, result);
}

/* The arithmetic that a problem needs of a device, and what would change that. */
static const struct {
    const char *need, *flips_when;
} arithmetics[] = {
    [GF_PRECISION_F32] = {"f32 is enough", "precision f64 on a device without f64"},
    [GF_PRECISION_F64] = {"f64 needed", "the same on a device without f64"},
    [GF_PRECISION_INTEGER] = {"whole numbers are enough", "never: every device has whole numbers"},
};

/* What runs on a device without f64, which may lack more. */
static void flips_lacking(const gf_criterion_input *input, gf_criterion_result *result) {
    char advice[160] = "precision f32";
    if (input->device != NULL)
        gf_needs_advise(input->problem, input->device, advice, sizeof advice);
    snprintf(result->flips_when, sizeof result->flips_when, "%s", advice);
}

static void grade_operations(const gf_criterion_input *input, gf_criterion_result *result) {
    const gf_precision precision = input->problem->precision;
    const bool lacking = precision == GF_PRECISION_F64 && !input->f64;
    result->limit = gf_grade_limit(GF_CRITERION_OPERATIONS);
    result->value = lacking ? 0 : 1;
    result->grade = lacking                  ? GF_GRADE_FAIL
                    : input->unknown == NULL ? GF_GRADE_PASS
                                             : GF_GRADE_UNKNOWN;
    snprintf(result->evidence, sizeof result->evidence, "%s: device %s; %s; %s",
             arithmetics[precision].need, input->f64 ? "has f64" : "has no f64",
             input->problem->workload->operations_note,
             result->grade == GF_GRADE_PASS ? input->proof : "did not run");
    if (lacking)
        flips_lacking(input, result);
    else if (result->grade == GF_GRADE_PASS)
        snprintf(result->flips_when, sizeof result->flips_when, "%s",
                 arithmetics[precision].flips_when);
}

static const struct {
    const char *name, *question;
    void (*grade)(const gf_criterion_input *input, gf_criterion_result *result);
} criteria[GF_CRITERION_COUNT] = {
    [GF_CRITERION_MEMORY] = {"memory", "does the problem fit the device's memory?", grade_memory},
    [GF_CRITERION_BRANCHING] = {"branching", "do the lanes of a group do the same work?",
                                grade_branching},
    [GF_CRITERION_MOVEMENT] = {"movement", "how much computing is there between two transfers?",
                               grade_movement},
    [GF_CRITERION_OPERATIONS] = {"operations", "does the device support the operations?",
                                 grade_operations},
};

const char *gf_criterion_name(gf_criterion criterion) {
    return criteria[criterion].name;
}

void gf_criteria_grade(const gf_criterion_input *input, const char *label,
                       gf_criterion_row rows[GF_CRITERION_COUNT]) {
    for (gf_criterion criterion = 0; criterion < GF_CRITERION_COUNT; criterion++) {
        rows[criterion] = (gf_criterion_row){.label = label,
                                             .result = {.criterion = criterion,
                                                        .question = criteria[criterion].question,
                                                        .source = input->sources[criterion]}};
        criteria[criterion].grade(input, &rows[criterion].result);
    }
}

static const char *const run_sources[GF_CRITERION_COUNT] = {
    [GF_CRITERION_MEMORY] = "sizes of the buffers; limits that the device reports",
    [GF_CRITERION_BRANCHING] = "work of each item in the verified result",
    [GF_CRITERION_MOVEMENT] = "bytes of the buffers; medians of this run's samples",
    [GF_CRITERION_OPERATIONS] = "facts that the device reports; this run",
};

void gf_criteria_evaluate(const gf_comparison *comparison, const gf_result *run,
                          gf_criterion_row rows[GF_CRITERION_COUNT]) {
    const gf_device_info *info = &run->device->info;
    const gf_memory_limits limits = gf_device_limits(run->device);
    size_t members = 0;
    const bool is_set = gf_device_members(run->device, &members) != NULL;
    gf_criterion_input input = {.problem = comparison->problem,
                                .sources = run_sources,
                                .unknown = run->outcome == GF_OUTCOME_OK ? NULL : "no verified run",
                                .global_memory_bytes = limits.total,
                                .max_alloc_bytes = limits.one_buffer,
                                .visits = run->visits,
                                .ran_in_parts = is_set && run->outcome == GF_OUTCOME_OK,
                                .memory_varies = info->device_class == GF_CLASS_CPU,
                                .device = info,
                                .f64 = info->f64,
                                .proof = "compiled and ran",
                                .lanes = run->lanes,
                                .efficiency = run->efficiency,
                                .efficiencies = comparison->efficiency,
                                .bytes_up = (double)run->bytes_up,
                                .bytes_down = (double)run->bytes_down,
                                .in_place = run->in_place,
                                .work = run->work,
                                .disturbed = gf_result_is_disturbed(run)};
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++)
        input.ns[phase] = gf_result_median_ns(run, phase);
    input.pipelined_ns = (double)run->pipelined.median_ns;
    input.overlap = run->overlap;
    gf_criteria_grade(&input, run->label, rows);
}
