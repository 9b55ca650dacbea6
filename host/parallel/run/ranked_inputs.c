#include "parallel/run/ranked_inputs.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "parallel/grid/cell_inputs.h"

/* ---- Of this rank ----------------------------------------------------------- */

/* The first content of its own cells, without halos; `packed` holds it where halos at the sides
 * lie between its rows. */
static gf_status find_own_input(const gf_rank_part *part, uint32_t i, void **packed,
                                const void **input, gf_error *error) {
    const gf_buffer_spec *spec = &part->panel.buffers[i];
    const size_t row_bytes = gf_row_bytes(spec);
    *input = part->inputs[i];
    if (part->inputs[i] == NULL || !gf_is_cut(&part->division, i))
        return GF_OK;
    if (!gf_rank_has_sides(part)) {
        *input = (const char *)part->inputs[i] + (size_t)part->local.rows.top * row_bytes;
        return GF_OK;
    }
    *packed = malloc(part->problem.buffers[i].bytes);
    if (*packed == NULL)
        return gf_error_no_memory(error, spec->name, part->problem.buffers[i].bytes);
    gf_pack_cells(gf_rank_own_cells(part), row_bytes / spec->cols, part->inputs[i], row_bytes,
                  *packed);
    *input = *packed;
    return GF_OK;
}

static void look_at_inputs(gf_ranked_run *run, const void *const inputs[GF_MAX_BUFFERS]) {
    gf_rank_part *part = &run->parallel->part;
    const gf_workload *workload = run->parallel->problem->workload;
    if (workload->note_inputs != NULL)
        workload->note_inputs(&part->problem, inputs);
    if (workload->tolerance != NULL)
        workload->tolerance(&part->problem, inputs, &run->parallel->tolerance);
}

/* A rank without units takes on what the others have noted. */
static gf_status note_part(gf_ranked_run *run, gf_error *error) {
    const gf_rank_part *part = &run->parallel->part;
    const void *inputs[GF_MAX_BUFFERS] = {NULL};
    void *packed[GF_MAX_BUFFERS] = {NULL};
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < part->whole->buffer_count; i++)
        status = find_own_input(part, i, &packed[i], &inputs[i], error);
    if (status == GF_OK)
        look_at_inputs(run, inputs);
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++)
        free(packed[i]);
    return status;
}

/* What may differ: of these units, or of those in the queue. */
static void note_bands(gf_ranked_run *run) {
    const gf_held_units *held = run->parallel->bands.held;
    const gf_workload *workload = run->parallel->problem->workload;
    held = held[GF_HELD_OWN].units.count > 0 ? &held[GF_HELD_OWN] : &held[GF_HELD_QUEUED];
    if (workload->tolerance != NULL && held->units.count > 0)
        workload->tolerance(&held->problem, (const void *const *)held->inputs,
                            &run->parallel->tolerance);
}

gf_status gf_ranked_note_inputs(gf_ranked_run *run, gf_error *error) {
    run->parallel->tolerance = (gf_tolerance){0};
    if (gf_parallel_has_bands(run->parallel)) {
        note_bands(run);
        return GF_OK;
    }
    return run->parallel->part.mine.count > 0 ? note_part(run, error) : GF_OK;
}

/* ---- Of all of them --------------------------------------------------------- */

/* Joins what each rank has noted of its part of the inputs. */
static gf_status join_notes(gf_ranked_run *run, gf_error *error) {
    gf_problem *problem = run->parallel->problem;
    const gf_workload *workload = problem->workload;
    const size_t bytes = workload->extra_bytes;
    if (workload->join_notes == NULL || bytes == 0)
        return GF_OK;
    char *all = calloc(run->group.size, bytes);
    if (all == NULL)
        return gf_error_no_memory(error, "notes of inputs", run->group.size * bytes);
    const gf_status status =
        gf_ranks_gather_everywhere(&run->group, problem->extra, bytes, all, error);
    for (uint32_t i = 0; status == GF_OK && i < run->group.size; i++) {
        if (run->parallel->parts[i].count > 0)
            workload->join_notes(problem, all + i * bytes);
    }
    free(all);
    return status;
}

/* The error that any part allows is allowed everywhere. */
static gf_status join_tolerances(gf_ranked_run *run, gf_error *error) {
    double *mine = &run->parallel->tolerance.abs_error;
    double *all = calloc(run->group.size, sizeof *all);
    if (all == NULL)
        return gf_error_no_memory(error, "tolerances", run->group.size * sizeof *all);
    const gf_status status = gf_ranks_gather_everywhere(&run->group, mine, sizeof *all, all, error);
    for (uint32_t i = 0; status == GF_OK && i < run->group.size; i++)
        *mine = fmax(*mine, all[i]);
    free(all);
    return status;
}

gf_status gf_ranked_join_inputs(gf_ranked_run *run, gf_error *error) {
    const gf_status status = join_notes(run, error);
    return status == GF_OK ? join_tolerances(run, error) : status;
}
