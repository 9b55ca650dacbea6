#include "parallel/part/rank_part.h"

#include <stdlib.h>

#include "base/error.h"
#include "device/host_array.h"
#include "parallel/grid/cell_inputs.h"
#include "problem/problem.h"

/* ---- Inputs ------------------------------------------------------------ */

/* The unit of the whole that is the first of these. */
static uint64_t first_of(gf_local_rows local, gf_part own, uint64_t units) {
    return (own.first + units - local.top % units) % units;
}

/* A buffer that is cut by rows alone has its own number of columns. */
gf_rectangle gf_rank_input_cells(const gf_rank_part *part, uint32_t index) {
    const gf_buffer_spec *spec = &part->whole->buffers[index];
    gf_rectangle cells = {0, spec->rows, 0, spec->cols};
    if (!gf_is_cut(&part->division, index))
        return cells;
    cells.first_row = first_of(part->local.rows, part->mine, part->division.units);
    cells.rows = gf_local_count(part->local.rows);
    if (!gf_rank_has_sides(part))
        return cells;
    cells.first_column = first_of(part->local.columns, part->columns, part->division.columns);
    cells.columns = gf_local_count(part->local.columns);
    return cells;
}

static gf_status make_inputs(gf_rank_part *part, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < part->whole->buffer_count; i++) {
        if (gf_goes_up(part->whole->buffers[i].access))
            status = gf_fill_cells(part->whole, i, gf_rank_input_cells(part, i),
                                   part->context->options->cancel, &part->inputs[i], error);
    }
    return status;
}

/* ---- Its place among the others ------------------------------------------- */

static gf_part columns_of(const gf_rank_part *part, uint32_t rank) {
    return part->grid.across > 1 ? gf_grid_columns(part->grid, part->division.columns, rank)
                                 : (gf_part){0, part->whole->buffers[part->whole->result].cols};
}

gf_rectangle gf_rank_rectangle(const gf_rank_part *part, uint32_t rank) {
    const gf_part columns = columns_of(part, rank);
    return (gf_rectangle){part->parts[rank].first, part->parts[rank].count, columns.first,
                          columns.count};
}

bool gf_rank_exchanges(const gf_rank_part *part) {
    const gf_local_cells *local = &part->local;
    return local->rows.top + local->rows.bottom + local->columns.top + local->columns.bottom > 0;
}

bool gf_rank_has_sides(const gf_rank_part *part) {
    return part->grid.across > 1;
}

gf_rectangle gf_rank_local_cells(const gf_rank_part *part) {
    return (gf_rectangle){0, gf_local_count(part->local.rows), 0,
                          gf_local_count(part->local.columns)};
}

gf_rectangle gf_rank_own_cells(const gf_rank_part *part) {
    const gf_local_cells *local = &part->local;
    return (gf_rectangle){local->rows.top, local->rows.own, local->columns.top, local->columns.own};
}

static uint64_t least_of(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

uint64_t gf_rank_most_steps(const gf_problem *whole, const gf_division *division, gf_rank_grid grid,
                            const gf_part *parts, uint32_t count) {
    uint64_t most = whole->steps_per_transfer > 0 ? whole->steps_per_transfer : 1;
    if (division->reach == 0)
        return most;
    most = least_of(most, GF_MOST_VISIT_STEPS);
    for (uint32_t i = 0; i < count; i++) {
        if (parts[i].count > 0 && parts[i].count < division->units)
            most = least_of(most, parts[i].count / division->reach);
    }
    if (grid.across > 1)
        most = least_of(most, division->columns / grid.across / division->reach);
    return most > 0 ? most : 1;
}

/* ---- The device --------------------------------------------------------- */

/* A device that works in the host's memory gets the part's own. */
static gf_status give_memory(gf_rank_part *part, gf_error *error) {
    gf_buffer buffers[GF_MAX_BUFFERS];
    for (uint32_t i = 0; i < part->problem.buffer_count; i++) {
        const gf_buffer_spec *spec = &part->problem.buffers[i];
        part->own_memory[i] = gf_host_allocate(spec->bytes, part->context->options->cancel);
        if (part->own_memory[i] == NULL)
            return gf_error_no_memory(error, spec->name, spec->bytes);
        buffers[i] =
            (gf_buffer){.bytes = spec->bytes, .access = spec->access, .host = part->own_memory[i]};
    }
    part->member.works_inside = false; /* so that all of its memory is poisoned */
    return gf_set_member_take_memory(&part->member, buffers, error);
}

static bool is_in_place(const gf_set_member *member) {
    bool in_place = member->made > 0;
    for (uint32_t i = 0; i < member->made; i++)
        in_place = in_place && member->buffers[i].in_place;
    return in_place;
}

static gf_status make_device(gf_rank_part *part, const gf_member *its, gf_error *error) {
    gf_status status = gf_set_member_create(&part->member, its, &part->panel, &part->division,
                                            gf_local_count(part->local.rows), error);
    if (status == GF_OK && part->member.works_inside)
        status = give_memory(part, error);
    part->in_place = status == GF_OK && is_in_place(&part->member);
    return status;
}

/* ---- Exchanges ---------------------------------------------------------- */

static gf_status make_message(const gf_rank_part *part, gf_rectangle cells, char **message,
                              gf_error *error) {
    const gf_buffer_spec *spec = &part->panel.buffers[part->panel.result];
    const size_t bytes = (size_t)(cells.rows * cells.columns) * (gf_row_bytes(spec) / spec->cols);
    *message = gf_host_allocate(bytes, part->context->options->cancel);
    return *message != NULL ? GF_OK : gf_error_no_memory(error, "halos", bytes);
}

static gf_status make_messages(gf_rank_part *part, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < GF_DIRECTIONS; i++) {
        const gf_direction direction = gf_direction_at(i);
        if (!gf_has_neighbour(&part->local, direction))
            continue;
        status = make_message(part, gf_sent_cells(&part->local, direction, gf_rank_halo(part)),
                              &part->sent[i], error);
        if (status == GF_OK)
            status = make_message(part, gf_received_cells(&part->local, direction),
                                  &part->received[i], error);
    }
    return status;
}

/* Edges are apart from one another. */
static bool can_overlap(const gf_rank_part *part) {
    const gf_local_cells *local = &part->local;
    const uint64_t least = 2 * gf_rank_halo(part);
    return gf_rank_exchanges(part) &&
           (local->rows.top + local->rows.bottom == 0 || local->rows.own >= least) &&
           (local->columns.top + local->columns.bottom == 0 || local->columns.own >= least);
}

/* An edge with what its steps read: three halos. */
static gf_status make_strips(gf_rank_part *part, const gf_member *its, gf_error *error) {
    const uint64_t three = 3 * gf_rank_halo(part), rows = gf_local_count(part->local.rows);
    size_t bytes = 0;
    gf_status status = GF_OK;
    gf_problem made;
    part->overlaps = part->overlaps && can_overlap(part);
    if (part->overlaps && part->local.rows.top + part->local.rows.bottom > 0) {
        status =
            gf_set_member_create(&part->strip, its, &part->panel, &part->division, three, error);
        bytes = part->strip.problem.buffers[part->whole->result].bytes;
    }
    if (status == GF_OK && part->overlaps && gf_rank_has_sides(part)) {
        const gf_problem *side = gf_problem_of_columns(part->whole, three, &made);
        status = gf_set_member_create(&part->side_strip, its, side, &part->division, rows, error);
        const size_t side_bytes = part->side_strip.problem.buffers[part->whole->result].bytes;
        bytes = bytes > side_bytes ? bytes : side_bytes;
    }
    if (status != GF_OK || bytes == 0)
        return status;
    part->strip_cells = gf_host_allocate(bytes, part->context->options->cancel);
    return part->strip_cells != NULL ? GF_OK : gf_error_no_memory(error, "an edge", bytes);
}

/* Where a device computes in the host's memory its rows lie there one behind the other, but for
 * their halos at the sides. */
static gf_status make_result(gf_rank_part *part, gf_error *error) {
    const gf_buffer_spec *spec = &part->problem.buffers[part->problem.result];
    if (part->in_place && !gf_rank_has_sides(part))
        return GF_OK;
    part->result_memory = gf_host_allocate(spec->bytes, part->context->options->cancel);
    return part->result_memory != NULL ? GF_OK : gf_error_no_memory(error, spec->name, spec->bytes);
}

/* ---- All of it ----------------------------------------------------------- */

/* Of all ranks of this host. A workload that fills whole buffers only needs room for them. */
static gf_status check_host_memory(const gf_rank_part *part, gf_error *error) {
    const uint32_t here = part->ranks.transport.local_size;
    const uint32_t processes = here < part->active ? here : part->active;
    const bool cuts = part->whole->workload->fill_rows != NULL;
    return gf_problem_check_host_memory(cuts ? &part->problem : part->whole, processes, error);
}

/* Its cells and their halos. */
static void place(gf_rank_part *part) {
    const gf_division *division = &part->division;
    const gf_division of_columns = {.units = division->columns, .wraps = division->columns_wrap};
    const uint64_t halo = gf_rank_halo(part);
    part->grid.down = part->active / part->grid.across;
    part->columns = columns_of(part, part->ranks.rank);
    part->local.rows = gf_local_rows_of(division, part->mine, halo);
    part->local.columns = gf_rank_has_sides(part)
                              ? gf_local_rows_of(&of_columns, part->columns, halo)
                              : (gf_local_rows){0, part->columns.count, 0};
}

/* The problem of so many of its columns; the whole where parts are rows alone. */
static const gf_problem *own_columns(const gf_rank_part *part, uint64_t columns, gf_problem *made) {
    return gf_rank_has_sides(part) ? gf_problem_of_columns(part->whole, columns, made)
                                   : part->whole;
}

gf_status gf_rank_part_create(gf_rank_part *part, const gf_context *context, const gf_ranks *ranks,
                              const gf_problem *whole, const gf_part *parts,
                              const gf_halo_plan *plan, gf_error *error) {
    *part = (gf_rank_part){.context = context,
                           .ranks = *ranks,
                           .whole = whole,
                           .parts = parts,
                           .grid = plan->grid,
                           .mine = parts[ranks->rank],
                           .visit_steps = plan->steps,
                           .overlaps = plan->overlaps,
                           .line = plan->line};
    gf_problem_divide(whole, &part->division);
    while (part->active < ranks->size && parts[part->active].count > 0)
        part->active++;
    if (part->mine.count == 0)
        return GF_OK;
    place(part);
    gf_problem own;
    (void)gf_problem_of_part(own_columns(part, part->columns.count, &own), part->mine,
                             &part->problem);
    const gf_status status = check_host_memory(part, error);
    if (status != GF_OK)
        return status;
    part->panel = *own_columns(part, gf_local_count(part->local.columns), &own);
    return make_inputs(part, error);
}

gf_status gf_rank_part_prepare(gf_rank_part *part, const gf_member *its, gf_error *error) {
    gf_status status = part->mine.count == 0 ? GF_OK : make_device(part, its, error);
    if (status == GF_OK && part->mine.count > 0)
        status = make_messages(part, error);
    if (status == GF_OK && part->mine.count > 0)
        status = make_strips(part, its, error);
    return status == GF_OK && part->mine.count > 0 ? make_result(part, error) : status;
}

void gf_rank_part_clear(gf_rank_part *part) {
    if (part->member.device != NULL)
        gf_set_member_destroy(&part->member);
    if (part->strip.device != NULL)
        gf_set_member_destroy(&part->strip);
    if (part->side_strip.device != NULL)
        gf_set_member_destroy(&part->side_strip);
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++) {
        free(part->inputs[i]);
        free(part->own_memory[i]);
    }
    for (uint32_t i = 0; i < GF_DIRECTIONS; i++) {
        free(part->sent[i]);
        free(part->received[i]);
    }
    free(part->strip_cells);
    free(part->result_memory);
    *part = (gf_rank_part){.active = 0};
}
