#include <string.h>

#include "breakeven/breakeven.h"
#include "breakeven/breakeven_remarks.h"

static bool is_unsteady(const gf_breakeven_cell *cell) {
    return cell->total.count > 0 && gf_statistics_spread(&cell->total) > GF_WIDE_SPREAD;
}

/* Thresholds between unsteady measurements may come out otherwise next time. */
static void remark_unsteady(const gf_breakeven *breakeven, size_t s, char *text, size_t size) {
    const gf_breakeven_series *series = breakeven->series[s];
    size_t used = 0;
    for (size_t i = 0; i < breakeven->sweep.count && used < size; i++) {
        const char *value = breakeven->sweep.values[i].text;
        if (!is_unsteady(&series->cells[i]))
            continue;
        if (used == 0)
            used = (size_t)snprintf(text, size, "%s is unsteady at %s", series->label, value);
        else
            used += (size_t)snprintf(text + used, size - used, ", %s", value);
    }
    if (used > 0 && used < size)
        snprintf(text + used, size - used,
                 ": half of its samples spread by more than %.0f %% of the median; quit other "
                 "programs or raise --min-time",
                 100 * GF_WIDE_SPREAD);
}

/* ---- Of the whole sweep ------------------------------------------------ */

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
    {is_modelled, "what is called model is predicted from a profile of another machine; nothing of "
                  "it was measured here"},
    {is_of_threads, "a sweep of threads is not predicted: what predictions start from is measured "
                    "with one number of threads, and here each value has another"},
    {lacks_gpu, "no GPU was measured: this is no evidence about GPUs"},
};

bool gf_breakeven_remark(const gf_breakeven *breakeven, size_t index, char *text, size_t size) {
    text[0] = '\0';
    if (index < breakeven->notes.count) {
        snprintf(text, size, "%s", breakeven->notes.lines[index]);
        return true;
    }
    index -= breakeven->notes.count;
    if (index < breakeven->series_count) {
        remark_unsteady(breakeven, index, text, size);
        return true;
    }
    index -= breakeven->series_count;
    if (index >= sizeof remarks / sizeof remarks[0])
        return false;
    if (remarks[index].applies(breakeven))
        snprintf(text, size, "%s", remarks[index].text);
    return true;
}
