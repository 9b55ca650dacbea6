#include "backends/device_set/row_split.h"

#include <math.h>

#include "base/array.h"

/* Rows of halos that a member computes: at each border to another one. */
static double halo_rows(const gf_division *division, const bool *takes_part, uint32_t count,
                        uint32_t member, uint64_t halo) {
    uint32_t before = 0, behind = 0;
    for (uint32_t i = 0; i < count; i++) {
        before += takes_part[i] && i < member ? 1 : 0;
        behind += takes_part[i] && i > member ? 1 : 0;
    }
    if (before + behind == 0)
        return 0;
    const uint32_t borders = division->wraps ? 2 : (before > 0 ? 1U : 0U) + (behind > 0 ? 1U : 0U);
    return (double)halo * borders;
}

/* What a step takes if all that take part end together: the rows and all halos, by their rates. */
static double even_ns(const gf_division *division, const double *rates, const bool *takes_part,
                      uint32_t count, uint64_t halo) {
    double rows = (double)division->units, rate = 0;
    for (uint32_t i = 0; i < count; i++) {
        rows += takes_part[i] ? halo_rows(division, takes_part, count, i, halo) : 0;
        rate += takes_part[i] ? rates[i] : 0;
    }
    return rows / rate;
}

/* Takes out the slowest of those that would have no rows of their own. */
static bool drop_useless(const gf_division *division, const double *rates, bool *takes_part,
                         uint32_t count, uint64_t halo) {
    const double ns = even_ns(division, rates, takes_part, count, halo);
    uint32_t slowest = count;
    for (uint32_t i = 0; i < count; i++) {
        if (takes_part[i] && rates[i] * ns - halo_rows(division, takes_part, count, i, halo) < 1 &&
            (slowest == count || rates[i] < rates[slowest]))
            slowest = i;
    }
    if (slowest < count)
        takes_part[slowest] = false;
    return slowest < count;
}

/* Each border between two members is where the rows of those before it end. */
static gf_row_split cut_rows(uint64_t rows, const double *own, uint32_t count, uint32_t last) {
    gf_row_split split = {.count = count};
    double before = 0;
    uint64_t begin = 0;
    for (uint32_t i = 0; i < count; i++) {
        before += own[i];
        const uint64_t border = (uint64_t)llround(before);
        const uint64_t end = i >= last || border > rows ? rows : border;
        split.parts[i] = (gf_part){begin, end - begin};
        begin = end;
    }
    return split;
}

gf_row_split gf_split_rows(const gf_division *division, const double *rates, uint32_t count,
                           uint64_t halo) {
    bool takes_part[GF_MOST_MEMBERS];
    double own[GF_MOST_MEMBERS] = {0};
    uint32_t left = 0, last = 0;
    for (uint32_t i = 0; i < count; i++) {
        takes_part[i] = rates[i] > 0;
        left += takes_part[i] ? 1 : 0;
    }
    while (left > 1 && drop_useless(division, rates, takes_part, count, halo))
        left--;
    const double ns = even_ns(division, rates, takes_part, count, halo);
    for (uint32_t i = 0; i < count; i++) {
        if (!takes_part[i])
            continue;
        own[i] = rates[i] * ns - halo_rows(division, takes_part, count, i, halo);
        last = i;
    }
    return cut_rows(division->units, own, count, last);
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

/* The longest step of any member, and its part of an exchange, unless one member has all rows.
 * Kernels take several steps through the caches at a time: with only a few between two exchanges a
 * step takes longer, taken to be 1 + 1 / (2 steps) times as long. */
static double step_ns(const gf_division *division, const double *rates, uint32_t count,
                      uint64_t steps, double exchange_ns) {
    const uint64_t halo = steps * division->reach;
    const gf_row_split split = gf_split_rows(division, rates, count, halo);
    double longest = 0;
    for (uint32_t i = 0; i < count; i++) {
        const gf_local_rows local = gf_local_rows_of(division, split.parts[i], halo);
        if (local.own == division->units)
            return (double)division->units / rates[i];
        if (local.own > 0)
            longest = fmax(longest, (double)(local.top + local.own + local.bottom) / rates[i]);
    }
    return longest * (1 + 0.5 / (double)steps) + exchange_ns / (double)steps;
}

uint64_t gf_choose_visit_steps(const gf_division *division, const double *rates, uint32_t count,
                               uint64_t most, double exchange_ns) {
    static const uint64_t tried[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, GF_MOST_VISIT_STEPS};
    uint64_t best = 1;
    double least_ns = INFINITY;
    for (size_t i = 0; i < GF_COUNT_OF(tried) && tried[i] <= most; i++) {
        const double ns = step_ns(division, rates, count, tried[i], exchange_ns);
        best = ns < least_ns ? tried[i] : best;
        least_ns = fmin(ns, least_ns);
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
