#include "backends/opencl/runtime/cl_overlap.h"
#include "backends/opencl/runtime/cl_program_state.h"

/* Bytes of a band, in the direction that carries more: 16 MiB take about 0.7 ms on PCIe 4.0 x16, a
 * hundred times what enqueueing them takes, and a large problem still gets many bands. */
#define BAND_BYTES ((size_t)16 << 20)
/* With n equal bands at least 1/n of the transfers overlaps nothing: the first band's upload and
 * the last band's download. */
#define FEWEST_BANDS 4

/* Bands end between groups. Where the driver chooses the group's size, every item may be the last.
 */
size_t gf_cl_group_items(const gf_program *program) {
    const size_t items = program->plan.local[program->plan.dimensions - 1];
    return program->plan.local[0] == 0 || items == 0 ? 1 : items;
}

/* Whether every buffer that moves has the result's rows. */
static bool has_common_rows(const gf_problem *problem) {
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        if (spec->access != GF_ACCESS_SCRATCH &&
            spec->rows != problem->buffers[problem->result].rows)
            return false;
    }
    return true;
}

/* Bytes of the direction that carries more. */
static size_t heavier_bytes(const gf_problem *problem) {
    size_t up = 0, down = 0;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        up += gf_goes_up(spec->access) ? spec->bytes : 0;
        down += gf_comes_down(spec->access) ? spec->bytes : 0;
    }
    return up > down ? up : down;
}

static bool cut_into_bands(const gf_program *program, gf_cl_cut *cut) {
    const gf_problem *problem = program->problem;
    if (program->plan.rows_per_item == 0 || problem->has_pair || !has_common_rows(problem))
        return false;
    const size_t global = program->plan.global[program->plan.dimensions - 1];
    cut->groups = global / gf_cl_group_items(program);
    size_t bands = heavier_bytes(problem) / BAND_BYTES;
    if (bands < FEWEST_BANDS)
        bands = FEWEST_BANDS;
    cut->band_groups = cut->groups / bands + (cut->groups % bands != 0 ? 1 : 0);
    return cut->groups >= 2;
}

/* Only the ping-pong pair may be downloaded while steps run; no other written buffer has a second
 * copy. */
static bool can_cut_at_stops(const gf_problem *problem) {
    if (!problem->has_pair || problem->upload_again ||
        problem->steps_per_transfer >= problem->steps)
        return false;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (i != problem->result && gf_comes_down(problem->buffers[i].access))
            return false;
    }
    return true;
}

bool gf_cl_find_cut(const gf_program *program, const gf_buffer *buffers, gf_cl_cut *cut) {
    const gf_problem *problem = program->problem;
    *cut = (gf_cl_cut){0, 0};
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (buffers[i].in_place)
            return false;
    }
    return problem->steps > 0 ? can_cut_at_stops(problem) : cut_into_bands(program, cut);
}
