#include "backends/opencl/runtime/cl_overlap.h"
#include "backends/opencl/runtime/stage/cl_program_state.h"
#include "problem/ndrange.h"
#include "problem/traffic.h"

/* Bands end between groups. Where the driver chooses the group's size, every item may be the last.
 */
size_t gf_cl_group_items(const gf_program *program) {
    const size_t items = program->stages[0].plan.local[program->stages[0].plan.dimensions - 1];
    return program->stages[0].plan.local[0] == 0 || items == 0 ? 1 : items;
}

static bool cut_into_bands(const gf_program *program, gf_cl_cut *cut) {
    const size_t bands = gf_problem_bands(program->problem);
    if (program->stages[0].plan.rows_per_item == 0 || program->stage_count > 1 || bands == 0)
        return false;
    const size_t global = program->stages[0].plan.global[program->stages[0].plan.dimensions - 1];
    cut->groups = global / gf_cl_group_items(program);
    cut->band_groups = gf_ndrange_pieces(cut->groups, bands);
    return cut->groups >= 2;
}

bool gf_cl_find_cut(const gf_program *program, const gf_buffer *buffers, gf_cl_cut *cut) {
    const gf_problem *problem = program->problem;
    *cut = (gf_cl_cut){0, 0};
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (buffers[i].in_place)
            return false;
    }
    return problem->steps > 0 ? gf_problem_overlaps_at_stops(problem)
                              : cut_into_bands(program, cut);
}

gf_overlap gf_cl_overlap_of(const gf_program *program, const gf_cl_cut *cut) {
    const gf_problem *problem = program->problem;
    if (cut->band_groups > 0)
        return (gf_overlap){gf_ndrange_pieces(cut->groups, cut->band_groups), 1, false};
    return (gf_overlap){
        gf_problem_stops(problem),
        gf_ndrange_pieces(problem->steps_per_transfer, program->stages[0].plan.steps_per_launch),
        true};
}
