/* Compares saved reports: which lines a diff has, and what each says. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "diff/diff.h"
#include "diff/diff_advice.h"
#include "diff/diff_devices.h"

#define MOST_ALLOWED 100 /* a hundred times as long */

/* ---- Lines ------------------------------------------------------------- */

static const gf_samples *samples_of(const gf_diff *diff, const gf_diff_line *line, int side,
                                    size_t report) {
    return &diff->devices[line->device].results[side][report]->times[line->time];
}

static double median_of(const gf_samples *samples) {
    return samples->count == 0 ? 0 : (double)gf_samples_statistics(samples).median_ns;
}

/* The geometric mean of the medians of a side's reports; 0 if one of them is. */
static double side_median(const gf_diff *diff, const gf_diff_line *line, int side) {
    const size_t count = diff->devices[line->device].counts[side];
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += log(median_of(samples_of(diff, line, side, i)));
    return exp(sum / (double)count);
}

static gf_status add_line(gf_diff *diff, size_t device, size_t time, gf_error *error) {
    gf_status status = gf_array_grow(&diff->lines, diff->line_count, sizeof *diff->lines, error);
    if (status != GF_OK)
        return status;
    gf_diff_line *line = &diff->lines[diff->line_count++];
    *line = (gf_diff_line){.device = device, .time = time, .answer = GF_DIFF_UNKNOWN};
    if (diff->devices[device].brief != NULL) {
        line->regression = diff->devices[device].lost;
        snprintf(line->text, sizeof line->text, "%s: %s",
                 line->regression ? "was verified, is not any more" : "can't tell",
                 diff->devices[device].why);
        return GF_OK;
    }
    for (int side = 0; side < 2; side++) {
        line->medians[side] = side_median(diff, line, side);
        for (size_t i = 0; i < diff->devices[device].counts[side]; i++)
            line->samples[side] += samples_of(diff, line, side, i)->count;
    }
    return GF_OK;
}

static bool has_time(const gf_diff *diff, size_t device, size_t time) {
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < diff->devices[device].counts[side]; i++) {
            if (diff->devices[device].results[side][i]->times[time].count > 0)
                return true;
        }
    }
    return false;
}

/* A device without figures has one line, of its total; else each phase that was measured has one,
 * the total first. */
static gf_status add_lines(gf_diff *diff, size_t device, gf_error *error) {
    static const size_t order[GF_SAVED_TIMES] = {
        GF_PHASE_TOTAL, GF_SAVED_PIPELINED,   GF_PHASE_H2D,   GF_PHASE_LAUNCH, GF_PHASE_KERNEL,
        GF_PHASE_D2H,   GF_PHASE_UNEXPLAINED, GF_PHASE_BUILD, GF_PHASE_ALLOC};
    if (diff->devices[device].brief != NULL)
        return add_line(diff, device, GF_PHASE_TOTAL, error);
    gf_status status = GF_OK;
    for (size_t i = 0; i < GF_SAVED_TIMES && status == GF_OK; i++) {
        if (has_time(diff, device, order[i]))
            status = add_line(diff, device, order[i], error);
    }
    return status;
}

/* ---- What is judged ---------------------------------------------------- */

static void leave_out(gf_diff_line *line, const char *why) {
    line->answer = GF_DIFF_LEFT_OUT;
    snprintf(line->text, sizeof line->text, "not judged: %s", why);
}

static void give_up(gf_diff_line *line, const char *why) {
    line->answer = GF_DIFF_UNKNOWN;
    snprintf(line->text, sizeof line->text, "can't tell: %s", why);
}

/* Whether a text of the results is the same in all reports. */
static bool is_alike(const gf_diff *diff, const gf_diff_line *line, size_t offset) {
    const gf_diff_device *device = &diff->devices[line->device];
    const char *first = (const char *)device->results[0][0] + offset;
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < device->counts[side]; i++) {
            if (strcmp((const char *)device->results[side][i] + offset, first) != 0)
                return false;
        }
    }
    return true;
}

static bool is_everywhere(const gf_diff *diff, const gf_diff_line *line) {
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < diff->devices[line->device].counts[side]; i++) {
            if (samples_of(diff, line, side, i)->count == 0)
                return false;
        }
    }
    return true;
}

/* `totals`: the medians of the device's total. */
static bool is_small(const gf_diff_line *line, const double *totals) {
    return line->medians[0] < GF_DIFF_LEAST_SHARE * totals[0] &&
           line->medians[1] < GF_DIFF_LEAST_SHARE * totals[1];
}

/* Says why a line is not judged; true: it is. */
static bool will_judge(const gf_diff *diff, gf_diff_line *line, const double *totals) {
    const size_t *counts = diff->devices[line->device].counts;
    const bool once = line->time == GF_PHASE_BUILD || line->time == GF_PHASE_ALLOC;
    const bool part = line->time < GF_PHASE_COUNT && line->time != GF_PHASE_TOTAL;
    if (!is_everywhere(diff, line))
        give_up(line, "it was not measured in all reports");
    else if (once && counts[0] + counts[1] == 2)
        leave_out(line, "measured once in a run; give the reports of several runs");
    else if (line->time == GF_PHASE_BUILD &&
             !is_alike(diff, line, offsetof(gf_saved_result, build)))
        leave_out(line, "cold in one run, warm in another");
    else if (part && is_small(line, totals))
        leave_out(line, "below 1 % of the total");
    else if ((line->time == GF_PHASE_KERNEL || line->time == GF_PHASE_LAUNCH) &&
             !is_alike(diff, line, offsetof(gf_saved_result, kernel_clock)))
        give_up(line, "the kernel was timed by another clock");
    else if (line->medians[0] <= 0 || line->medians[1] <= 0)
        give_up(line, "it took no time in one of them, so that there is no ratio");
    else
        return true;
    return false;
}

/* ---- Judging ----------------------------------------------------------- */

static gf_status gather(const gf_diff *diff, const gf_diff_line *line, int side,
                        gf_change_run **runs, gf_error *error) {
    const size_t count = diff->devices[line->device].counts[side];
    *runs = calloc(count, sizeof **runs);
    if (*runs == NULL)
        return gf_error_no_memory(error, "samples", count * sizeof **runs);
    for (size_t i = 0; i < count; i++)
        (*runs)[i] = (gf_change_run){
            .samples = *samples_of(diff, line, side, i),
            .shared = gf_saved_is_shared(diff->devices[line->device].results[side][i])};
    return GF_OK;
}

static gf_status estimate(const gf_diff *diff, gf_diff_line *line, double outside,
                          gf_error *error) {
    const size_t *counts = diff->devices[line->device].counts;
    gf_change_run *old_runs = NULL, *new_runs = NULL;
    gf_status status = gather(diff, line, 0, &old_runs, error);
    if (status == GF_OK)
        status = gather(diff, line, 1, &new_runs, error);
    if (status == GF_OK)
        status = gf_change_estimate(old_runs, counts[0], new_runs, counts[1], outside, diff->seed,
                                    &line->change, error);
    free(old_runs);
    free(new_runs);
    return status;
}

/* "4 to 7 %": how much longer than a time another one is, by their ratio's interval. */
static void format_range(double low, double high, char *text, size_t size) {
    const double from = 100 * (low - 1), to = 100 * (high - 1);
    const int digits = to < 10 && to - from < 2 ? 1 : 0;
    snprintf(text, size, "%.*f to %.*f %%", digits, from, digits, to);
}

static void judge(const gf_diff *diff, gf_diff_line *line) {
    const gf_change *change = &line->change;
    char range[64];
    if (change->high <= 1 + diff->allowed && change->low >= 1 / (1 + diff->allowed)) {
        line->answer = GF_DIFF_SAME;
        snprintf(line->text, sizeof line->text, "same (%+.1f to %+.1f %%)", 100 * (change->low - 1),
                 100 * (change->high - 1));
    } else if (change->low > 1) {
        line->answer = GF_DIFF_SLOWER;
        line->regression = change->ratio > 1 + diff->allowed;
        format_range(change->low, change->high, range, sizeof range);
        snprintf(line->text, sizeof line->text, "slower by %s", range);
    } else if (change->high < 1) {
        line->answer = GF_DIFF_FASTER;
        format_range(1 / change->high, 1 / change->low, range, sizeof range);
        snprintf(line->text, sizeof line->text, "faster by %s", range);
    } else {
        line->answer = GF_DIFF_UNKNOWN;
        gf_diff_advise(diff, line, line->text, sizeof line->text);
    }
}

static void find_totals(const gf_diff *diff, size_t device, double *totals) {
    for (size_t i = 0; i < diff->line_count; i++) {
        if (diff->lines[i].device == device && diff->lines[i].time == GF_PHASE_TOTAL)
            memcpy(totals, diff->lines[i].medians, sizeof diff->lines[i].medians);
    }
}

/* All intervals hold at once with the certainty of one, if each leaves its part of the errors
 * outside (C. Bonferroni, 1936). */
static gf_status judge_lines(gf_diff *diff, gf_error *error) {
    bool *wanted = calloc(diff->line_count + 1, sizeof *wanted);
    if (wanted == NULL)
        return gf_error_no_memory(error, "a diff", (diff->line_count + 1) * sizeof *wanted);
    for (size_t i = 0; i < diff->line_count; i++) {
        double totals[2] = {0, 0};
        find_totals(diff, diff->lines[i].device, totals);
        wanted[i] = diff->devices[diff->lines[i].device].brief == NULL &&
                    will_judge(diff, &diff->lines[i], totals);
        diff->judged += wanted[i];
    }
    const double outside = GF_DIFF_ERRORS / (double)(diff->judged > 0 ? diff->judged : 1);
    gf_status status = GF_OK;
    for (size_t i = 0; i < diff->line_count && status == GF_OK; i++) {
        gf_diff_line *line = &diff->lines[i];
        if (!wanted[i])
            continue;
        if (gf_change_least_doubt(line->samples[0], line->samples[1]) > outside) {
            gf_diff_advise_samples(diff, line, outside, line->text, sizeof line->text);
            continue;
        }
        status = estimate(diff, line, outside, error);
        if (status == GF_OK)
            judge(diff, line);
    }
    free(wanted);
    return status;
}

/* ---- The diff ---------------------------------------------------------- */

gf_status gf_diff_create(const gf_saved_reports *old_reports, const gf_saved_reports *new_reports,
                         double allowed, uint64_t seed, gf_diff **diff, gf_error *error) {
    GF_ENTER(error);
    if (!(allowed > 0 && allowed <= MOST_ALLOWED))
        return gf_error_set_parameter(error, GF_USAGE, "fail-above",
                                      " %g: give a share above 0, up to %d", allowed, MOST_ALLOWED);
    gf_status status =
        gf_saved_same_problem(&old_reports->reports[0], &new_reports->reports[0], error);
    if (status != GF_OK)
        return status;
    gf_diff *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a diff", sizeof *made);
    *made = (gf_diff){.reports = {old_reports, new_reports}, .allowed = allowed, .seed = seed};
    status = gf_diff_match_devices(made, error);
    if (status == GF_OK)
        status = gf_diff_compare_machines(made, error);
    for (size_t i = 0; i < made->device_count && status == GF_OK; i++)
        status = add_lines(made, i, error);
    if (status == GF_OK)
        status = judge_lines(made, error);
    if (status != GF_OK) {
        gf_diff_destroy(made);
        return status;
    }
    gf_diff_conclude(made, made->verdict, sizeof made->verdict);
    *diff = made;
    return GF_OK;
}
