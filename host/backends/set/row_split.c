#include "backends/set/row_split.h"

#include <math.h>

#include "base/array.h"

/* Each border between two members is where the rates of those before it end. */
gf_row_split gf_split_rows(uint64_t rows, const double *rates, uint32_t count) {
    gf_row_split split = {.count = count};
    double all = 0, before = 0;
    uint64_t begin = 0;
    uint32_t last = 0;
    for (uint32_t i = 0; i < count; i++) {
        all += rates[i];
        last = rates[i] > 0 ? i : last;
    }
    for (uint32_t i = 0; i < count; i++) {
        before += rates[i];
        const uint64_t border = (uint64_t)llround((double)rows * (before / all));
        const uint64_t end = i >= last || border > rows ? rows : border;
        split.parts[i] = (gf_part){begin, end - begin};
        begin = end;
    }
    return split;
}

gf_local_rows gf_local_rows_of(const gf_division *division, gf_part part, uint64_t halo) {
    const uint64_t below = division->units - part.first - part.count;
    if (part.count == 0 || part.count == division->units)
        return (gf_local_rows){0, part.count, 0};
    if (division->wraps)
        return (gf_local_rows){halo, part.count, halo};
    return (gf_local_rows){part.first < halo ? part.first : halo, part.count,
                           below < halo ? below : halo};
}

/* Kernels take several steps through the caches at a time: with only a few steps between two
 * exchanges a step takes longer, taken to be as much as one more exchange of that many rows. */
static double step_ns(uint64_t rows, uint64_t steps, uint32_t members, double row_ns,
                      double exchange_ns) {
    const double halos = 2.0 * (double)steps * (double)(members - 1);
    const double computed = ((double)rows + halos) * row_ns;
    return computed * (1 + 0.5 / (double)steps) + exchange_ns / (double)steps;
}

uint64_t gf_choose_visit_steps(uint64_t rows, uint64_t most, uint32_t members, double row_ns,
                               double exchange_ns) {
    static const uint64_t tried[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, GF_MOST_VISIT_STEPS};
    uint64_t best = 1;
    for (size_t i = 0; i < GF_COUNT_OF(tried); i++) {
        if (tried[i] <= most && step_ns(rows, tried[i], members, row_ns, exchange_ns) <
                                    step_ns(rows, best, members, row_ns, exchange_ns))
            best = tried[i];
    }
    return best;
}

bool gf_is_unbalanced(const uint64_t *ns, uint32_t count) {
    const double tolerated = 1.1;
    uint64_t longest = 0, sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        longest = ns[i] > longest ? ns[i] : longest;
        sum += ns[i];
    }
    return count > 1 && (double)longest > tolerated * (double)sum / count;
}
