#include "breakeven/placement.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/ranking.h"
#include "base/array.h"
#include "base/error.h"
#include "base/text.h"
#include "breakeven/breakeven_text.h"

/* ---- Which device and which CPU ---------------------------------------- */

static double ns_at(const gf_breakeven_series *series, size_t value) {
    return gf_breakeven_has(series, value, GF_MEASURED)
               ? (double)series->cells[value].total.median_ns
               : INFINITY;
}

static bool is_cpu(const gf_breakeven_series *series) {
    return series->device_class == GF_CLASS_NATIVE && !series->modelled;
}

/* Of the series that are the CPU, or are not, the one that is the fastest at the last value at
 * which any of them has a time. */
static const gf_breakeven_series *fastest(const gf_breakeven *line, bool cpu) {
    for (size_t i = line->sweep.count; i-- > 0;) {
        const gf_breakeven_series *best = NULL;
        for (size_t s = 0; s < line->series_count; s++) {
            const gf_breakeven_series *series = line->series[s];
            if (is_cpu(series) == cpu && !series->modelled && isfinite(ns_at(series, i)) &&
                (best == NULL || ns_at(series, i) < ns_at(best, i)))
                best = series;
        }
        if (best != NULL)
            return best;
    }
    return NULL;
}

const char *gf_placement_device(const gf_breakeven *line) {
    const gf_breakeven_series *found = fastest(line, false);
    return found == NULL ? NULL : found->label;
}

static const gf_breakeven_series *find_series(const gf_breakeven *line, const char *label) {
    for (size_t s = 0; s < line->series_count; s++) {
        if (strcmp(line->series[s]->label, label) == 0)
            return line->series[s];
    }
    return NULL;
}

/* The fastest CPU variant at a value: a call may choose it. */
static double cpu_ns(const gf_breakeven *line, size_t value) {
    double least = INFINITY;
    for (size_t s = 0; s < line->series_count; s++) {
        if (is_cpu(line->series[s]))
            least = fmin(least, ns_at(line->series[s], value));
    }
    return least;
}

/* ---- The values that can be compared ----------------------------------- */

/* The curves of the device and of each CPU variant at the values at which the CPU has a time. */
typedef struct contest {
    size_t count, curve_count;
    size_t index[GF_SWEEP_MAX]; /* of each value in the sweep */
    double values[GF_SWEEP_MAX];
    gf_samples *samples; /* borrowed times: [curve * GF_SWEEP_MAX + value] */
    gf_curve *curves;
} contest;

static void contest_clear(contest *made) {
    free(made->samples);
    free(made->curves);
}

static void add_curve(contest *made, const gf_breakeven_series *series) {
    gf_samples *samples = &made->samples[made->curve_count * GF_SWEEP_MAX];
    for (size_t v = 0; v < made->count; v++)
        samples[v] = series->cells[made->index[v]].totals;
    made->curves[made->curve_count++] = (gf_curve){.samples = samples};
}

static gf_status contest_make(const gf_breakeven *line, const gf_breakeven_series *device,
                              contest *made, gf_error *error) {
    const size_t most = line->series_count + 1;
    *made = (contest){.samples = calloc(most * GF_SWEEP_MAX, sizeof(gf_samples)),
                      .curves = calloc(most, sizeof(gf_curve))};
    if (made->samples == NULL || made->curves == NULL)
        return gf_error_no_memory(error, "curves", most * GF_SWEEP_MAX * sizeof(gf_samples));
    for (size_t i = 0; i < line->sweep.count; i++) {
        if (isinf(cpu_ns(line, i)))
            continue;
        made->index[made->count] = i;
        made->values[made->count++] = line->sweep.values[i].number;
    }
    add_curve(made, device);
    for (size_t s = 0; s < line->series_count; s++) {
        if (is_cpu(line->series[s]) && gf_breakeven_has_any(line, line->series[s], GF_MEASURED))
            add_curve(made, line->series[s]);
    }
    return GF_OK;
}

/* ---- Finding it -------------------------------------------------------- */

static gf_status refuse(const gf_breakeven *line, const char *label, size_t compared,
                        gf_error *error) {
    if (compared < 2)
        return gf_error_set(error, GF_FAILED,
                            "no placement along %s: the native device has verified times at %zu of "
                            "%zu values; two are needed",
                            line->sweep.param->name, compared, line->sweep.count);
    return gf_error_set(error, GF_FAILED,
                        "no placement along %s: %s has no verified time at any value",
                        line->sweep.param->name, label == NULL ? "no other device" : label);
}

/* Which of both is ahead at a value, and whether by too little to tell. */
static bool is_ahead(const gf_breakeven *line, const gf_placement *placement, size_t value,
                     bool *close) {
    const double device = ns_at(placement->device, value), cpu = cpu_ns(line, value);
    *close = fmax(device, cpu) < GF_CLOSE_RATIO * fmin(device, cpu);
    return device < cpu;
}

static void judge_values(const gf_breakeven *line, const contest *made, gf_placement *placement) {
    bool close = false;
    placement->close = true;
    for (size_t v = 0; v < made->count; v++) {
        const size_t i = made->index[v];
        (void)is_ahead(line, placement, i, &close);
        placement->close = placement->close && close;
        placement->pipelined =
            placement->pipelined || (isfinite(ns_at(placement->device, i)) &&
                                     placement->device->cells[i].schedule == GF_SCHEDULE_PIPELINED);
        placement->missing += isfinite(ns_at(placement->device, i)) ? 0 : 1;
        for (size_t s = 0; s < line->series_count; s++) {
            const gf_breakeven_series *series = line->series[s];
            if (is_cpu(series) || series == placement->device)
                placement->disturbed = placement->disturbed || series->cells[i].disturbed;
        }
    }
    placement->close_at_last = close;
}

static void judge_crossings(gf_placement *placement) {
    for (size_t k = 0; k < placement->crossing_count; k++) {
        const gf_crossing *crossing = &placement->crossings[k];
        placement->wide = placement->wide || crossing->low <= 0 || isinf(crossing->high) ||
                          crossing->high > GF_WIDE_CROSSING * crossing->low;
    }
}

/* The costs where the device pays, which is what a program that uses it will see. */
static void find_cost(const gf_breakeven *line, const contest *made, gf_placement *placement) {
    bool found_ahead = false, close = false;
    for (size_t v = made->count; v-- > 0 && !found_ahead;) {
        const size_t i = made->index[v];
        const gf_breakeven_cell *cell = &placement->device->cells[i];
        if (!cell->cost.known)
            continue;
        found_ahead = is_ahead(line, placement, i, &close);
        if (placement->cost.known && !found_ahead)
            continue;
        placement->cost_at = i;
        placement->cost = cell->cost;
        placement->warm_build_ns = fmin(cell->warm_build_ns, cell->cost.build_ns);
    }
    for (size_t s = 0; found_ahead && s < line->series_count; s++) {
        const gf_call_cost cpu = line->series[s]->cells[placement->cost_at].cost;
        if (!is_cpu(line->series[s]) || !cpu.known)
            continue;
        const uint64_t calls = gf_calls_until_ahead(&placement->cost, &cpu);
        placement->ahead_after = calls > placement->ahead_after ? calls : placement->ahead_after;
    }
}

static gf_status place(const gf_breakeven *line, const contest *made, uint64_t seed,
                       gf_placement *placement, gf_error *error) {
    const gf_status status = gf_crossings_find(
        made->values, made->count, made->curves, made->curve_count, GF_CLOSE_RATIO, seed,
        &placement->device_first, placement->crossings, &placement->crossing_count, error);
    if (status != GF_OK)
        return status;
    for (size_t k = 0; k < placement->crossing_count; k++)
        placement->crossings[k].index = made->index[placement->crossings[k].index];
    placement->device_last = placement->device_first != (placement->crossing_count % 2 == 1);
    placement->compared = made->count;
    placement->first = made->index[0];
    placement->last = made->index[made->count - 1];
    judge_values(line, made, placement);
    judge_crossings(placement);
    find_cost(line, made, placement);
    return GF_OK;
}

gf_status gf_placement_find(const gf_breakeven *line, const char *label, uint64_t seed,
                            gf_placement *placement, gf_error *error) {
    const gf_breakeven_series *device = label == NULL ? NULL : find_series(line, label);
    contest made = {.count = 0};
    *placement = (gf_placement){.device = device, .cpu = fastest(line, true)};
    if (device == NULL || !gf_breakeven_has_any(line, device, GF_MEASURED))
        return refuse(line, label, GF_SWEEP_MAX, error);
    gf_status status = contest_make(line, device, &made, error);
    if (status == GF_OK && made.count < 2)
        status = refuse(line, label, made.count, error);
    if (status == GF_OK)
        status = place(line, &made, seed, placement, error);
    contest_clear(&made);
    return status;
}

/* ---- Reading ----------------------------------------------------------- */

bool gf_placement_on_device(const gf_placement *placement, double n) {
    bool ahead = placement->device_first;
    for (size_t k = 0; k < placement->crossing_count && n >= placement->crossings[k].at; k++)
        ahead = placement->crossings[k].wins;
    return ahead;
}

bool gf_placement_doubt(const gf_placement *placement, size_t index, char *text, size_t size) {
    char nowhere[96], at_last[96], wide[GF_DOUBT_SIZE];
    const double close = 100 * (GF_CLOSE_RATIO - 1);
    snprintf(nowhere, sizeof nowhere, "nowhere is either ahead by %.0f %%, so that both will do",
             close);
    snprintf(at_last, sizeof at_last, "at the largest value neither is ahead by %.0f %%", close);
    snprintf(wide, sizeof wide,
             "the interval of a crossing is wider than a factor of %g, or reaches beyond what was "
             "measured",
             GF_WIDE_CROSSING);
    const struct {
        bool applies;
        const char *text;
    } doubts[] = {
        {placement->disturbed, "other programs had the cores in most samples at some values"},
        {placement->missing > 0, "the device has no verified time at some values, and there the "
                                 "CPU is taken to be ahead"},
        {placement->close, nowhere},
        {placement->close_at_last && !placement->close, at_last},
        {placement->wide, wide},
    };
    for (size_t i = 0; i < GF_COUNT_OF(doubts); i++) {
        if (!doubts[i].applies || index-- > 0)
            continue;
        snprintf(text, size, "%s", doubts[i].text);
        return true;
    }
    return false;
}
