#include "parallel/scaling/scaling.h"

#include <stdlib.h>

#include "parallel/parallel_plan.h"

gf_scaling gf_scaling_of(const gf_parallel *parallel) {
    if (parallel->how.weak) /* the problem is another one by now */
        return (gf_scaling){.known = false};
    gf_grid_facts grids = gf_plan_facts(parallel);
    for (size_t i = 0; i < parallel->result_count; i++) {
        const gf_parallel_result *result = &parallel->results[i];
        if (result->ranks != 1 || result->trips == 0 || !result->holds)
            continue;
        const gf_rank_times times = gf_median_times(result, 0);
        grids.costs = result->costs;
        return (gf_scaling){.known = true,
                            .division = &parallel->division,
                            .profile = &parallel->profile,
                            .steps = parallel->problem->steps,
                            .grids = grids,
                            .wanted = {parallel->how.ranks_across, parallel->how.ranks_down},
                            .moving_ns = (double)(times.h2d_ns + times.d2h_ns),
                            .launch_ns = (double)times.launch_ns,
                            .kernel_ns = (double)times.kernel_ns};
    }
    return (gf_scaling){.known = false};
}

/* The largest share of the work that a rank gets. */
static double largest_share(const gf_scaling *scaling, uint32_t ranks) {
    const uint64_t units = scaling->division->units;
    gf_part *parts = calloc(ranks, sizeof *parts);
    double largest = 0;
    if (parts == NULL)
        return 1;
    gf_rank_split(units, scaling->profile, scaling->division->reach, NULL, ranks, parts);
    for (uint32_t i = 0; i < ranks; i++) {
        const double share = gf_work_share(units, scaling->profile, parts[i]);
        largest = share > largest ? share : largest;
    }
    free(parts);
    return largest;
}

/* The grid that takes least, or the one that is asked for of so many ranks. */
static gf_grid_choice grid_of(const gf_scaling *scaling, uint32_t ranks) {
    const gf_rank_grid wanted = scaling->wanted;
    return wanted.across > 0 && wanted.across * wanted.down == ranks
               ? gf_grid_choice_of(&scaling->grids, wanted)
               : gf_grid_choose(&scaling->grids, ranks);
}

double gf_scaling_predict(const gf_scaling *scaling, uint32_t ranks) {
    if (!scaling->known || ranks == 0)
        return 0;
    if (ranks == 1 || scaling->division->reach == 0 || scaling->grids.costs.count == 0) {
        const double share = largest_share(scaling, ranks);
        return scaling->launch_ns + (scaling->moving_ns + scaling->kernel_ns) * share;
    }
    const gf_grid_choice choice = grid_of(scaling, ranks);
    return scaling->launch_ns + scaling->moving_ns * choice.share +
           (double)scaling->steps * choice.step_ns;
}

uint32_t gf_scaling_best(const gf_scaling *scaling, uint32_t most) {
    const double worth = 0.99;
    double least_ns = gf_scaling_predict(scaling, 1);
    uint32_t best = 1;
    const uint64_t units = scaling->division->units, columns = scaling->division->columns;
    for (uint32_t ranks = 2; ranks <= most && (columns > 0 || ranks <= units); ranks++) {
        const double ns = gf_scaling_predict(scaling, ranks);
        if (ns >= worth * least_ns)
            continue;
        least_ns = ns;
        best = ranks;
    }
    return best;
}
