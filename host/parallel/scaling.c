#include "parallel/scaling.h"

#include <stdlib.h>

#include "parallel/parallel.h"
#include "parallel/part/halo_choice.h"

gf_scaling gf_scaling_of(const gf_parallel *parallel) {
    const gf_problem *problem = parallel->problem;
    if (parallel->how.weak) /* the problem is another one by now */
        return (gf_scaling){.known = false};
    for (size_t i = 0; i < parallel->result_count; i++) {
        const gf_parallel_result *result = &parallel->results[i];
        if (result->ranks != 1 || result->trips == 0 || !result->holds)
            continue;
        const gf_rank_times times = gf_median_times(result, 0);
        return (gf_scaling){.known = true,
                            .division = &parallel->division,
                            .profile = &parallel->profile,
                            .steps = problem->steps,
                            .costs = result->costs,
                            .row_bytes = (double)gf_row_bytes(&problem->buffers[problem->result]),
                            .moving_ns = (double)(times.h2d_ns + times.d2h_ns),
                            .launch_ns = (double)times.launch_ns,
                            .kernel_ns = (double)times.kernel_ns,
                            .line = parallel->line,
                            .how = parallel->how};
    }
    return (gf_scaling){.known = false};
}

/* The largest share of the work that a rank gets. */
static double largest_share(const gf_scaling *scaling, uint32_t ranks, uint64_t *rows) {
    const uint64_t units = scaling->division->units;
    gf_part *parts = calloc(ranks, sizeof *parts);
    double largest = 0;
    *rows = units;
    if (parts == NULL)
        return 1;
    gf_rank_split(units, scaling->profile, scaling->division->reach, NULL, ranks, parts);
    for (uint32_t i = 0; i < ranks; i++) {
        const double share = gf_work_share(units, scaling->profile, parts[i]);
        if (share <= largest)
            continue;
        largest = share;
        *rows = parts[i].count;
    }
    free(parts);
    return largest;
}

/* Steps of rows with halos. */
static double steps_ns(const gf_scaling *scaling, uint64_t rows) {
    const uint64_t reach = scaling->division->reach;
    const gf_halo_facts facts = {.costs = scaling->costs,
                                 .own_rows = rows,
                                 .reach = reach,
                                 .most_steps = rows / reach,
                                 .row_bytes = scaling->row_bytes,
                                 .line = scaling->line};
    const gf_overlap_mode mode = scaling->how.overlap;
    bool overlaps = false;
    const uint32_t choice =
        gf_halo_choose(&facts, mode != GF_OVERLAP_NEVER, mode == GF_OVERLAP_ALWAYS, &overlaps);
    return (double)scaling->steps * gf_halo_step_ns(&facts, choice, overlaps);
}

double gf_scaling_predict(const gf_scaling *scaling, uint32_t ranks) {
    uint64_t rows = 0;
    if (!scaling->known || ranks == 0)
        return 0;
    const double share = largest_share(scaling, ranks, &rows);
    const double fixed_ns = scaling->launch_ns + scaling->moving_ns * share;
    if (ranks == 1 || scaling->division->reach == 0 || scaling->costs.count == 0)
        return fixed_ns + scaling->kernel_ns * share;
    return fixed_ns + steps_ns(scaling, rows);
}

uint32_t gf_scaling_best(const gf_scaling *scaling, uint32_t most) {
    const double worth = 0.99;
    double least_ns = gf_scaling_predict(scaling, 1);
    uint32_t best = 1;
    for (uint32_t ranks = 2; ranks <= most && ranks <= scaling->division->units; ranks++) {
        const double ns = gf_scaling_predict(scaling, ranks);
        if (ns >= worth * least_ns)
            continue;
        least_ns = ns;
        best = ranks;
    }
    return best;
}
