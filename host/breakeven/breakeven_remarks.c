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
        {!gf_breakeven_gpu_evidence(breakeven),
         "no GPU was measured: this says nothing about GPUs"},
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
    if (index >= GF_COUNT_OF(remarks))
        return false;
    if (remarks[index].applies)
        gf_text_add(&text, "%s", remarks[index].text);
    return true;
}
