#include "parallel/part/halo_choice.h"

#include <math.h>

#include "base/array.h"

/* Rows are copied on their way to and from a message, at about this rate of one core. */
#define COPY_NS_PER_BYTE 0.2

/* As many steps as make all visits but the last one equal. */
static uint64_t even_steps(uint64_t all, uint64_t steps) {
    const uint64_t visits = (all + steps - 1) / steps;
    return (all + visits - 1) / visits;
}

gf_halo_costs gf_halo_choices(uint64_t all, uint64_t most, uint64_t wanted) {
    static const uint64_t tried[] = {1, 2, 4, 8, 16, 32, 64};
    gf_halo_costs costs = {.count = 0};
    if (wanted > 0 || all == 0) {
        costs.count = 1;
        costs.steps[0] = wanted > 0 && wanted < most ? wanted : most;
        return costs;
    }
    for (size_t i = 0; i < GF_COUNT_OF(tried); i++) {
        const uint64_t steps = even_steps(all, tried[i] < most ? tried[i] : most);
        if (costs.count == 0 || steps > costs.steps[costs.count - 1])
            costs.steps[costs.count++] = steps;
    }
    return costs;
}

double gf_halo_step_ns(const gf_halo_facts *facts, uint32_t index, bool overlaps) {
    const uint64_t steps = facts->costs.steps[index];
    const double row_ns = facts->costs.row_ns[index];
    const double halo = (double)(steps * facts->reach);
    const double bytes = halo * facts->row_bytes;
    const double message_ns =
        facts->line.count == 0 ? 0 : facts->line.a_ns + facts->line.b_ns * bytes;
    const double copies_ns = 2 * bytes * COPY_NS_PER_BYTE;
    const double rest_ns = row_ns * ((double)facts->own_rows + 2 * halo);
    if (!overlaps)
        return rest_ns + (message_ns + copies_ns) / (double)steps;
    const double edges_ns = row_ns * 6 * halo;
    const double left_ns = fmax(message_ns - rest_ns * (double)steps, 0);
    return rest_ns + edges_ns + (left_ns + 2 * copies_ns) / (double)steps;
}

/* Edges are apart from one another where exchanges run beside the steps. */
static bool is_possible(const gf_halo_facts *facts, uint32_t index, bool overlaps) {
    const uint64_t steps = facts->costs.steps[index];
    return facts->costs.row_ns[index] > 0 && steps <= facts->most_steps &&
           (!overlaps || facts->own_rows >= 2 * steps * facts->reach);
}

/* The best choice of one kind; `ns` infinite: none is possible. */
static uint32_t best_of(const gf_halo_facts *facts, bool overlaps, double *least_ns) {
    uint32_t best = 0;
    *least_ns = INFINITY;
    for (uint32_t i = 0; i < facts->costs.count; i++) {
        const double ns = gf_halo_step_ns(facts, i, overlaps);
        if (!is_possible(facts, i, overlaps) || ns >= *least_ns)
            continue;
        *least_ns = ns;
        best = i;
    }
    return best;
}

/* Two more launches and a thread for each exchange are not in the times above. */
#define WORTH_OVERLAPPING 0.8

uint32_t gf_halo_choose(const gf_halo_facts *facts, bool may_overlap, bool must_overlap,
                        bool *overlaps) {
    double plain_ns = INFINITY, beside_ns = INFINITY;
    const uint32_t plain = best_of(facts, false, &plain_ns);
    const uint32_t beside = best_of(facts, true, &beside_ns);
    *overlaps = must_overlap || (may_overlap && beside_ns < WORTH_OVERLAPPING * plain_ns);
    return *overlaps ? beside : plain;
}
