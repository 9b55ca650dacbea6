#include "breakeven/breakeven_remarks.h"

#include "base/array.h"
#include "base/text.h"

static bool is_unsteady(const gf_breakeven_cell *cell) {
    return cell->total.count > 0 && gf_statistics_spread(&cell->total) > GF_WIDE_SPREAD;
}

/* Thresholds between unsteady measurements may differ next time. */
static void remark_unsteady(const gf_breakeven *breakeven, size_t s, gf_text *text) {
    const gf_breakeven_series *series = breakeven->series[s];
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

static bool is_modelled(const gf_breakeven *breakeven) {
    for (size_t s = 0; s < breakeven->series_count; s++) {
        if (breakeven->series[s]->modelled)
            return true;
    }
    return false;
}

static bool is_of_threads(const gf_breakeven *breakeven) {
    return breakeven->sweep.threads;
}

static bool lacks_gpu(const gf_breakeven *breakeven) {
    return !gf_breakeven_gpu_evidence(breakeven);
}

static const struct {
    bool (*applies)(const gf_breakeven *breakeven);
    const char *text;
} remarks[] = {
    {is_modelled, "devices called model are predicted from a profile of another machine; none of "
                  "them was measured here"},
    {is_of_threads, "a sweep of threads is not predicted: a profile is measured with one number of "
                    "threads, and here each value has another"},
    {lacks_gpu, "no GPU was measured: this says nothing about GPUs"},
};

bool gf_breakeven_remark(const gf_breakeven *breakeven, size_t index, char *buffer, size_t size) {
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
    if (index >= GF_COUNT_OF(remarks))
        return false;
    if (remarks[index].applies(breakeven))
        gf_text_add(&text, "%s", remarks[index].text);
    return true;
}
