#include "breakeven/breakeven_text.h"

#include <math.h>
#include <string.h>

#include "analyse/ranking.h"
#include "base/array.h"
#include "base/text.h"
#include "stats/confidence.h"

void gf_breakeven_format_axis(const gf_breakeven *breakeven, char *buffer, size_t size) {
    const gf_sweep *sweep = &breakeven->sweep;
    const gf_param *param = sweep->param;
    const bool is_size = param->type == GF_PARAM_SIZE;
    gf_text text = gf_text_in(buffer, size);
    gf_text_add(&text, "%s%s%s", is_size && !sweep->square ? "width of " : "", param->name,
                is_size && sweep->square ? " N x N" : "");
    if (param->unit != NULL && strcmp(param->unit, param->name) != 0)
        gf_text_add(&text, " [%s]", param->unit);
}

void gf_breakeven_format_number(const gf_breakeven *breakeven, double number, char *text,
                                size_t size) {
    const bool whole = breakeven->sweep.param->type != GF_PARAM_REAL;
    snprintf(text, size, whole && number >= 100 ? "%.0f" : whole ? "%.3g" : "%.4g", number);
}

static void format_end(const gf_breakeven *breakeven, double number, char *text, size_t size) {
    const gf_sweep *sweep = &breakeven->sweep;
    const double first = sweep->values[0].number, last = sweep->values[sweep->count - 1].number;
    if (number <= first)
        snprintf(text, size, "below %s", sweep->values[0].text);
    else if (number >= last)
        snprintf(text, size, "above %s", sweep->values[sweep->count - 1].text);
    else
        gf_breakeven_format_number(breakeven, number, text, size);
}

/* " (90 %: 85 to 101)"; nothing where the kind says as much. */
static void add_interval(const gf_breakeven *breakeven, const gf_crossover *crossover,
                         gf_text *text) {
    char low[64], high[64];
    format_end(breakeven, crossover->low, low, sizeof low);
    format_end(breakeven, crossover->high, high, sizeof high);
    if (crossover->kind == GF_CROSSOVER_AT || strcmp(low, high) != 0)
        gf_text_add(text, " (%.0f %%: %s to %s)", 100 * GF_CONFIDENCE, low, high);
}

/* Whether there is a threshold against all rivals, which may be that a device never wins. */
static bool has_thresholds(const gf_breakeven *breakeven, gf_basis basis) {
    for (size_t i = 0; i < breakeven->threshold_count; i++) {
        if (breakeven->thresholds[i].basis == basis &&
            breakeven->thresholds[i].rival == GF_ALL_RIVALS)
            return true;
    }
    return false;
}

/* A threshold that may lie beyond the end is none, perhaps, as between devices that are equal. */
static bool is_sure(const gf_breakeven_threshold *threshold) {
    return threshold->crossover.kind != GF_CROSSOVER_NEVER && isfinite(threshold->crossover.high);
}

static void add_winners(const gf_breakeven *breakeven, gf_basis basis, gf_text *text) {
    for (size_t i = 0; i < breakeven->threshold_count; i++) {
        const gf_breakeven_threshold *threshold = &breakeven->thresholds[i];
        const gf_crossover *found = &threshold->crossover;
        if (threshold->basis != basis || threshold->rival != GF_ALL_RIVALS ||
            found->kind == GF_CROSSOVER_NEVER)
            continue;
        gf_text_add(text, "%s%s %s ", text->used > 0 ? "; " : "",
                    breakeven->series[threshold->series]->label,
                    is_sure(threshold) ? "wins" : "may win");
        if (found->kind == GF_CROSSOVER_ALWAYS)
            gf_text_add(text, "at every value of %s", breakeven->sweep.param->name);
        else
            gf_text_add(text, "from %s %s on", breakeven->sweep.param->name,
                        breakeven->sweep.values[found->index].text);
        gf_text_add(text, "%s%s", basis == GF_MEASURED ? "" : ", as predicted",
                    is_sure(threshold) ? ""
                                       : ", but not surely: the interval reaches beyond the end");
    }
}

/* The time at the last value; 0: there is none. */
static double last_ns(const gf_breakeven *breakeven, size_t s, gf_basis basis) {
    const size_t last = breakeven->sweep.count - 1;
    const gf_breakeven_cell *cell = &breakeven->series[s]->cells[last];
    if (!gf_breakeven_has(breakeven->series[s], last, basis))
        return 0;
    return basis == GF_MEASURED ? (double)cell->total.median_ns
                                : gf_prediction_best(&cell->prediction).value;
}

/* Whether the two fastest take about as long at the last value. */
static bool ends_close(const gf_breakeven *breakeven, gf_basis basis) {
    double least = 0, second = 0;
    for (size_t s = 0; s < breakeven->series_count; s++) {
        const double ns = last_ns(breakeven, s, basis);
        if (ns > 0 && (least <= 0 || ns < least)) {
            second = least;
            least = ns;
        } else if (ns > 0 && (second <= 0 || ns < second)) {
            second = ns;
        }
    }
    return second > 0 && second < GF_CLOSE_RATIO * least;
}

static size_t count_with_times(const gf_breakeven *breakeven, gf_basis basis) {
    size_t count = 0;
    for (size_t s = 0; s < breakeven->series_count; s++)
        count += gf_breakeven_has_any(breakeven, breakeven->series[s], basis);
    return count;
}

/* Why no device wins by measurements, or by predictions where nothing was measured. */
static void add_none(const gf_breakeven *breakeven, gf_text *text) {
    const gf_basis basis =
        count_with_times(breakeven, GF_MEASURED) > 0 ? GF_MEASURED : GF_PREDICTED;
    const size_t count = count_with_times(breakeven, basis);
    if (count < 2)
        gf_text_add(text, "%s has times, so none wins",
                    count == 0 ? "no device" : "only one device");
    else if (ends_close(breakeven, basis))
        gf_text_add(text, "no device wins: the fastest are too close at the last value%s",
                    basis == GF_MEASURED ? "" : ", as predicted");
    else
        gf_text_add(text, "no device wins up to the last value%s",
                    basis == GF_MEASURED ? "" : ", as predicted");
}

static bool is_any_disturbed(const gf_breakeven *breakeven) {
    for (size_t s = 0; s < breakeven->series_count; s++) {
        if (gf_breakeven_is_disturbed(breakeven, breakeven->series[s]))
            return true;
    }
    return false;
}

gf_basis gf_breakeven_answer_basis(const gf_breakeven *breakeven) {
    gf_basis basis = GF_MEASURED;
    while (basis < GF_BASES && !has_thresholds(breakeven, basis))
        basis++;
    return basis;
}

bool gf_breakeven_is_sure(const gf_breakeven *breakeven) {
    const gf_basis basis = gf_breakeven_answer_basis(breakeven);
    for (size_t i = 0; i < breakeven->threshold_count; i++) {
        const gf_breakeven_threshold *threshold = &breakeven->thresholds[i];
        if (threshold->basis == basis && threshold->rival == GF_ALL_RIVALS && is_sure(threshold))
            return !is_any_disturbed(breakeven);
    }
    return false;
}

void gf_breakeven_rests_on(const gf_breakeven *breakeven, char *buffer, size_t size) {
    const gf_sweep *sweep = &breakeven->sweep;
    const size_t measured = count_with_times(breakeven, GF_MEASURED);
    const size_t devices = measured > 0 ? measured : count_with_times(breakeven, GF_PREDICTED);
    gf_text text = gf_text_in(buffer, size);
    gf_text_add(&text, "%s at %zu value%s of %s, %s to %s, on %zu device%s.",
                measured > 0 ? "Measured" : "Predicted, not measured,", sweep->count,
                sweep->count == 1 ? "" : "s", sweep->param->name, sweep->values[0].text,
                sweep->values[sweep->count - 1].text, devices, devices == 1 ? "" : "s");
    if (!gf_breakeven_gpu_evidence(breakeven))
        gf_text_add(&text, " No GPU was measured: this says nothing about GPUs.");
}

void gf_breakeven_answer(const gf_breakeven *breakeven, char *buffer, size_t size) {
    gf_text text = gf_text_in(buffer, size);
    const gf_basis basis = gf_breakeven_answer_basis(breakeven);
    if (basis < GF_BASES)
        add_winners(breakeven, basis, &text);
    if (is_any_disturbed(breakeven))
        gf_text_add(&text, "%scan't tell by measurements: the machine is busy",
                    text.used > 0 ? "; " : "");
    if (text.used == 0)
        add_none(breakeven, &text);
}

static const char *rival_label(const gf_breakeven *breakeven,
                               const gf_breakeven_threshold *threshold) {
    return threshold->rival == GF_ALL_RIVALS ? "all others"
                                             : breakeven->series[threshold->rival]->label;
}

void gf_breakeven_format(const gf_breakeven *breakeven, const gf_breakeven_threshold *threshold,
                         char *buffer, size_t size) {
    const gf_sweep_value *values = breakeven->sweep.values;
    const gf_crossover *crossover = &threshold->crossover;
    char crossing[64];
    gf_text text = gf_text_in(buffer, size);
    gf_text_add(&text, "%s: %s wins against %s", gf_basis_name(threshold->basis),
                breakeven->series[threshold->series]->label, rival_label(breakeven, threshold));
    switch (crossover->kind) {
    case GF_CROSSOVER_ALWAYS:
        gf_text_add(&text, " always, from %s on", values[0].text);
        break;
    case GF_CROSSOVER_NEVER:
        gf_text_add(&text, " never up to %s", values[breakeven->sweep.count - 1].text);
        break;
    case GF_CROSSOVER_AT:
        gf_breakeven_format_number(breakeven, crossover->crossing, crossing, sizeof crossing);
        gf_text_add(&text, " from %s on; the curves cross at about %s",
                    values[crossover->index].text, crossing);
        break;
    }
    add_interval(breakeven, crossover, &text);
}

/* What the device builds for, at a value; 0: nothing is compiled, or it is not known. */
static double build_at(const gf_breakeven_cell *cell, gf_basis basis) {
    return basis == GF_MEASURED ? cell->cost.build_ns : cell->prediction.build_ns;
}

void gf_breakeven_format_calls(const gf_breakeven *breakeven,
                               const gf_breakeven_threshold *threshold, char *buffer, size_t size) {
    const size_t last = breakeven->sweep.count - 1, first = threshold->crossover.index;
    const gf_breakeven_series *series = breakeven->series[threshold->series];
    const gf_basis basis = threshold->basis;
    gf_text text = gf_text_in(buffer, size);
    if (threshold->rival != GF_ALL_RIVALS || threshold->crossover.kind == GF_CROSSOVER_NEVER)
        return;
    const uint64_t at_first = gf_breakeven_ahead_after(breakeven, series, first, basis);
    const uint64_t at_last = gf_breakeven_ahead_after(breakeven, series, last, basis);
    const double build_ns = build_at(&series->cells[last], basis);
    if (at_first == 0 || at_last == 0 || (at_first == 1 && at_last == 1 && build_ns <= 0))
        return;
    gf_text_add(&text, "%s: %s is ahead after %llu call%s at %s %s", gf_basis_name(basis),
                series->label, (unsigned long long)at_first, at_first == 1 ? "" : "s",
                breakeven->sweep.param->name, breakeven->sweep.values[first].text);
    if (first != last)
        gf_text_add(&text, ", after %llu at %s", (unsigned long long)at_last,
                    breakeven->sweep.values[last].text);
    if (build_ns > 0) {
        char build[24];
        gf_format_ns(build_ns, build, sizeof build);
        gf_text_add(&text, "; its build (%s) and buffers are counted", build);
    } else {
        gf_text_add(&text, "; its buffers are counted");
    }
}

void gf_breakeven_format_short(const gf_breakeven *breakeven,
                               const gf_breakeven_threshold *threshold, char *buffer, size_t size) {
    const gf_crossover *crossover = &threshold->crossover;
    char crossing[64], low[64], high[64];
    gf_text text = gf_text_in(buffer, size);
    format_end(breakeven, crossover->crossing, crossing, sizeof crossing);
    format_end(breakeven, crossover->low, low, sizeof low);
    format_end(breakeven, crossover->high, high, sizeof high);
    gf_text_add(&text, "%s: %s wins", gf_basis_name(threshold->basis),
                breakeven->series[threshold->series]->label);
    if (threshold->rival != GF_ALL_RIVALS)
        gf_text_add(&text, " against %s", rival_label(breakeven, threshold));
    gf_text_add(&text, " from %s on; curves cross at %s (%s to %s)",
                breakeven->sweep.values[crossover->index].text, crossing, low, high);
}

static bool is_unsteady(const gf_breakeven_cell *cell) {
    return cell->total.count > 0 && gf_statistics_spread(&cell->total) > GF_WIDE_SPREAD;
}

static void remark_disturbed(const gf_breakeven *breakeven, const gf_breakeven_series *series,
                             gf_text *text) {
    gf_text_add(text,
                "can't tell from where on %s wins: the machine is busy. Other programs had the "
                "cores in most of its samples at",
                series->label);
    const char *before = " ";
    for (size_t i = 0; i < breakeven->sweep.count; i++) {
        if (!series->cells[i].disturbed)
            continue;
        gf_text_add(text, "%s%s", before, breakeven->sweep.values[i].text);
        before = ", ";
    }
    gf_text_add(text, "; measure again when it is quiet");
}

/* Thresholds between unsteady measurements may differ next time; with disturbed ones there are
 * none.
 */
static void remark_unsteady(const gf_breakeven *breakeven, size_t s, gf_text *text) {
    const gf_breakeven_series *series = breakeven->series[s];
    if (gf_breakeven_is_disturbed(breakeven, series)) {
        remark_disturbed(breakeven, series, text);
        return;
    }
    for (size_t i = 0; i < breakeven->sweep.count; i++) {
        const char *value = breakeven->sweep.values[i].text;
        if (is_unsteady(&series->cells[i]) && text->used == 0)
            gf_text_add(text, "%s is unsteady at %s", series->label, value);
        else if (is_unsteady(&series->cells[i]))
            gf_text_add(text, ", %s", value);
    }
    if (text->used > 0)
        gf_text_add(text,
                    ": half of its samples spread by more than %.0f %% of the median; quit other "
                    "programs or sample for longer",
                    100 * GF_WIDE_SPREAD);
}

/* At the first series of several devices that are one chip. */
static void remark_chip(const gf_breakeven *breakeven, size_t first, gf_text *text) {
    const gf_breakeven_series *series = breakeven->series[first];
    const char *ids[16] = {series->device_id};
    size_t count = 1;
    for (size_t s = 0; s < breakeven->series_count && count < GF_COUNT_OF(ids); s++) {
        const gf_breakeven_series *other = breakeven->series[s];
        const bool variant = !other->modelled && strcmp(other->device_id, series->device_id) == 0;
        if (s < first && (variant || gf_breakeven_share_chip(series, other)))
            return;
        bool seen = !gf_breakeven_share_chip(series, other);
        for (size_t i = 0; i < count && !seen; i++)
            seen = strcmp(ids[i], other->device_id) == 0;
        if (!seen)
            ids[count++] = other->device_id;
    }
    if (count < 2)
        return;
    gf_text_add_names(text, ids, count);
    gf_text_add(text,
                " are one chip (%s) under several names: none is a rival of another, and the "
                "fastest at a value stands for it there",
                series->chip);
}

bool gf_breakeven_remark(const gf_breakeven *breakeven, size_t index, char *buffer, size_t size) {
    const struct {
        bool applies;
        const char *text;
    } remarks[] = {
        {gf_breakeven_has_model(breakeven),
         "devices called model are predicted from a profile of another machine; none of them was "
         "measured here"},
        {breakeven->sweep.threads,
         "a sweep of threads is not predicted: a profile is measured with one number of threads, "
         "and here each value has another"},
    };
    gf_text text = gf_text_in(buffer, size);
    if (index < breakeven->notes.count) {
        gf_text_add(&text, "%s", breakeven->notes.lines[index]);
        return true;
    }
    index -= breakeven->notes.count;
    if (index < breakeven->series_count) {
        remark_unsteady(breakeven, index, &text);
        return true;
    }
    index -= breakeven->series_count;
    if (index < breakeven->series_count) {
        remark_chip(breakeven, index, &text);
        return true;
    }
    index -= breakeven->series_count;
    if (index >= GF_COUNT_OF(remarks))
        return false;
    if (remarks[index].applies)
        gf_text_add(&text, "%s", remarks[index].text);
    return true;
}
