#include "parallel/part/halo_choice.h"

#include <math.h>

#include "base/array.h"

/* Cells are copied on their way to and from a message, at about this rate of one core. */
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

/* ---- What a step takes ---------------------------------------------------- */

static double line_ns(const gf_line *line, double bytes) {
    return line->count == 0 ? 0 : line->a_ns + line->b_ns * bytes;
}

double gf_halo_messages_ns(const gf_halo_facts *facts, uint64_t halo) {
    const double width = (double)halo * facts->cell_bytes;
    double ns = 0;
    if (facts->row_borders > 0)
        ns += line_ns(&facts->line, width * (double)facts->own_columns);
    if (facts->column_borders > 0)
        ns += line_ns(&facts->line, width * (double)facts->own_rows);
    if (facts->row_borders > 0 && facts->column_borders > 0)
        ns += line_ns(&facts->line, width * (double)halo);
    return ns;
}

/* Of what goes over the borders one way. The cells at a side lie in short pieces, of which each
 * takes a line of the caches besides. */
static double copies_ns(const gf_halo_facts *facts, uint64_t halo) {
    const double width = (double)halo * facts->cell_bytes, cache_line = 64;
    const double of_rows = facts->row_borders * width * (double)facts->own_columns;
    const double of_columns =
        facts->column_borders * (width + cache_line) * (double)facts->own_rows;
    return (of_rows + of_columns) * COPY_NS_PER_BYTE;
}

/* A part with its halos. */
static double rows_of(const gf_halo_facts *facts, double halo) {
    return (double)facts->own_rows + facts->row_borders * halo;
}

static double columns_of(const gf_halo_facts *facts, double halo) {
    return (double)facts->own_columns + facts->column_borders * halo;
}

/* Cells of all edges, each with the two halos that its steps read. */
static double edge_cells(const gf_halo_facts *facts, double halo) {
    return 3 * halo *
           (facts->row_borders * columns_of(facts, halo) +
            facts->column_borders * rows_of(facts, halo));
}

/* Exchanges for each step. */
static double exchanges(const gf_halo_facts *facts, uint64_t steps) {
    const uint64_t visits = (facts->all_steps + steps - 1) / steps;
    return visits == 0 ? 1 / (double)steps : (double)(visits - 1) / (double)facts->all_steps;
}

double gf_halo_step_ns(const gf_halo_facts *facts, uint32_t index, bool overlaps) {
    const uint64_t steps = facts->costs.steps[index], halo_cells = steps * facts->reach;
    const double cell_ns = facts->costs.cell_ns[index], halo = (double)halo_cells;
    const double message_ns = gf_halo_messages_ns(facts, halo_cells);
    const double copies = copies_ns(facts, halo_cells);
    const double rest_ns = cell_ns * rows_of(facts, halo) * columns_of(facts, halo);
    if (!overlaps)
        return rest_ns + (message_ns + copies) * exchanges(facts, steps);
    const double edges_ns = cell_ns * edge_cells(facts, halo) * (double)steps;
    const double left_ns = fmax(message_ns - rest_ns * (double)steps, 0);
    return rest_ns + (edges_ns + left_ns + 2 * copies) * exchanges(facts, steps);
}

/* ---- The choice ------------------------------------------------------------ */

/* Edges are apart from one another where exchanges run beside the steps. */
static bool are_apart(const gf_halo_facts *facts, uint64_t halo) {
    return (facts->row_borders == 0 || facts->own_rows >= 2 * halo) &&
           (facts->column_borders == 0 || facts->own_columns >= 2 * halo);
}

bool gf_halo_is_possible(const gf_halo_facts *facts, uint32_t index, bool overlaps) {
    const uint64_t steps = facts->costs.steps[index];
    return facts->costs.cell_ns[index] > 0 && steps <= facts->most_steps &&
           (!overlaps || are_apart(facts, steps * facts->reach));
}

/* The best choice of one kind; `ns` infinite: none is possible. */
static uint32_t best_of(const gf_halo_facts *facts, bool overlaps, double *least_ns) {
    uint32_t best = 0;
    *least_ns = INFINITY;
    for (uint32_t i = 0; i < facts->costs.count; i++) {
        const double ns = gf_halo_step_ns(facts, i, overlaps);
        if (!gf_halo_is_possible(facts, i, overlaps) || ns >= *least_ns)
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
