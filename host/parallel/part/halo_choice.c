#include "parallel/part/halo_choice.h"

#include <math.h>

#include "base/array.h"

/* Rows are copied on their way to and from a message, at about this rate of one core. */
#define COPY_NS_PER_BYTE 0.2

/* Kernels take several steps through the caches at a time: with few between two exchanges a step
 * takes longer, taken to be 1 + 1 / (2 steps) times as long, as for sets of devices. */
static double rows_ns(const gf_halo_facts *facts, double rows, uint64_t steps) {
    return rows * facts->row_ns * (1 + 0.5 / (double)steps);
}

double gf_halo_step_ns(const gf_halo_facts *facts, uint64_t steps, bool overlaps) {
    const double halo = (double)(steps * facts->reach);
    const double bytes = halo * facts->row_bytes;
    const double message_ns =
        facts->line.count == 0 ? 0 : facts->line.a_ns + facts->line.b_ns * bytes;
    const double copies_ns = 2 * bytes * COPY_NS_PER_BYTE;
    const double rest_ns = rows_ns(facts, (double)facts->own_rows + 2 * halo, steps);
    if (!overlaps)
        return rest_ns + (message_ns + copies_ns) / (double)steps;
    const double edges_ns = rows_ns(facts, 6 * halo, steps);
    const double hidden_ns = fmax(message_ns - rest_ns * (double)steps, 0);
    return rest_ns + edges_ns + (hidden_ns + 2 * copies_ns) / (double)steps;
}

uint64_t gf_halo_choose(const gf_halo_facts *facts, bool may_overlap, bool must_overlap,
                        bool *overlaps) {
    static const uint64_t tried[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64};
    uint64_t best = 1;
    double least_ns = INFINITY;
    *overlaps = must_overlap;
    for (size_t i = 0; i < GF_COUNT_OF(tried) && tried[i] <= facts->most_steps; i++) {
        for (int mode = must_overlap ? 1 : 0; mode <= (may_overlap ? 1 : 0); mode++) {
            const bool fits = mode == 0 || facts->own_rows >= 2 * tried[i] * facts->reach;
            const double ns = gf_halo_step_ns(facts, tried[i], mode == 1);
            if (!fits || ns >= least_ns)
                continue;
            least_ns = ns;
            best = tried[i];
            *overlaps = mode == 1;
        }
    }
    return best;
}
