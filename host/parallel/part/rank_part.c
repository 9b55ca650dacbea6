#include "parallel/part/rank_part.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "device/host_array.h"
#include "problem/problem.h"

/* ---- Inputs ------------------------------------------------------------ */

/* Of a workload that fills whole buffers only. */
static gf_status cut_from_whole(const gf_problem *whole, uint32_t index, uint64_t first,
                                uint64_t rows, char *target, gf_error *error) {
    const gf_buffer_spec *spec = &whole->buffers[index];
    const size_t row_bytes = gf_row_bytes(spec);
    char *all = malloc(spec->bytes);
    if (all == NULL)
        return gf_error_no_memory(error, spec->name, spec->bytes);
    const gf_status status = whole->workload->fill(whole, index, all, error);
    for (uint64_t i = 0; status == GF_OK && i < rows; i++)
        memcpy(target + i * row_bytes, all + (first + i) % spec->rows * row_bytes, row_bytes);
    free(all);
    return status;
}

static gf_status fill_pieces(const gf_problem *whole, uint32_t index, uint64_t first, uint64_t rows,
                             char *target, gf_error *error) {
    const gf_buffer_spec *spec = &whole->buffers[index];
    gf_status status = GF_OK;
    if (whole->workload->fill_rows == NULL)
        return cut_from_whole(whole, index, first, rows, target, error);
    for (uint64_t i = 0; status == GF_OK && i < rows;) {
        const uint64_t at = (first + i) % spec->rows;
        const uint64_t piece = rows - i < spec->rows - at ? rows - i : spec->rows - at;
        status = whole->workload->fill_rows(whole, index, (size_t)at, (size_t)piece,
                                            target + i * gf_row_bytes(spec), error);
        i += piece;
    }
    return status;
}

gf_status gf_rank_fill_rows(const gf_problem *whole, uint32_t index, uint64_t first, uint64_t rows,
                            const volatile sig_atomic_t *cancel, void **made, gf_error *error) {
    const gf_buffer_spec *spec = &whole->buffers[index];
    size_t bytes = 0;
    if (!gf_mul_size((size_t)rows, gf_row_bytes(spec), &bytes))
        return gf_error_no_memory(error, spec->name, SIZE_MAX);
    void *target = gf_host_allocate(bytes, cancel);
    if (target == NULL)
        return gf_error_no_memory(error, spec->name, bytes);
    const gf_status status = fill_pieces(whole, index, first, rows, target, error);
    if (status == GF_OK)
        *made = target;
    else
        free(target);
    return status;
}

static uint64_t local_count(const gf_rank_part *part) {
    return part->local.top + part->local.own + part->local.bottom;
}

/* The row of the whole that is this rank's first, with its halo. */
static uint64_t first_local(const gf_rank_part *part) {
    const uint64_t units = part->division.units;
    return (part->mine.first + units - part->local.top % units) % units;
}

static gf_status make_inputs(gf_rank_part *part, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < part->whole->buffer_count; i++) {
        const gf_buffer_spec *spec = &part->whole->buffers[i];
        const bool cut = gf_is_cut(&part->division, i);
        if (gf_goes_up(spec->access))
            status = gf_rank_fill_rows(part->whole, i, cut ? first_local(part) : 0,
                                       cut ? local_count(part) : spec->rows,
                                       part->context->options->cancel, &part->inputs[i], error);
    }
    return status;
}

/* ---- Neighbours --------------------------------------------------------- */

bool gf_rank_has_upper(const gf_rank_part *part) {
    return part->local.top > 0;
}

bool gf_rank_has_lower(const gf_rank_part *part) {
    return part->local.bottom > 0;
}

uint32_t gf_rank_upper(const gf_rank_part *part) {
    return (part->ranks.rank + part->active - 1) % part->active;
}

uint32_t gf_rank_lower(const gf_rank_part *part) {
    return (part->ranks.rank + 1) % part->active;
}

uint64_t gf_rank_most_steps(const gf_problem *whole, const gf_division *division,
                            const gf_part *parts, uint32_t count) {
    uint64_t most = whole->steps_per_transfer > 0 ? whole->steps_per_transfer : 1;
    if (division->reach == 0)
        return most;
    most = most < GF_MOST_VISIT_STEPS ? most : GF_MOST_VISIT_STEPS;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t steps = parts[i].count / division->reach;
        if (parts[i].count > 0 && parts[i].count < division->units && steps < most)
            most = steps;
    }
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
    gf_status status = gf_set_member_create(&part->member, its, part->whole, &part->division,
                                            local_count(part), error);
    if (status == GF_OK && part->member.works_inside)
        status = give_memory(part, error);
    part->in_place = status == GF_OK && is_in_place(&part->member);
    return status;
}

/* ---- Exchanges ---------------------------------------------------------- */

static uint64_t halo_of(const gf_rank_part *part) {
    return part->visit_steps * part->division.reach;
}

static gf_status make_edges(gf_rank_part *part, gf_error *error) {
    const gf_buffer_spec *spec = &part->whole->buffers[part->whole->result];
    size_t bytes = 0;
    if (part->local.top + part->local.bottom == 0)
        return GF_OK;
    if (!gf_mul_size((size_t)halo_of(part), gf_row_bytes(spec), &bytes))
        return gf_error_no_memory(error, "halos", SIZE_MAX);
    for (uint32_t i = 0; i < 4; i++) {
        part->edges[i] = gf_host_allocate(bytes, part->context->options->cancel);
        if (part->edges[i] == NULL)
            return gf_error_no_memory(error, "halos", bytes);
    }
    return GF_OK;
}

/* An edge with what its steps read: three halos. */
static gf_status make_strip(gf_rank_part *part, const gf_member *its, gf_error *error) {
    part->overlaps = part->overlaps && part->local.top + part->local.bottom > 0 &&
                     part->local.own >= 2 * halo_of(part);
    if (!part->overlaps)
        return GF_OK;
    const gf_status status = gf_set_member_create(&part->strip, its, part->whole, &part->division,
                                                  3 * halo_of(part), error);
    if (status != GF_OK)
        return status;
    const size_t bytes = part->strip.problem.buffers[part->whole->result].bytes;
    part->strip_rows = gf_host_allocate(bytes, part->context->options->cancel);
    return part->strip_rows != NULL ? GF_OK : gf_error_no_memory(error, "an edge", bytes);
}

static gf_status make_result(gf_rank_part *part, gf_error *error) {
    const gf_buffer_spec *spec = &part->problem.buffers[part->problem.result];
    if (part->in_place)
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

gf_status gf_rank_part_create(gf_rank_part *part, const gf_context *context, const gf_ranks *ranks,
                              const gf_problem *whole, const gf_part *parts,
                              const gf_halo_plan *plan, gf_error *error) {
    *part = (gf_rank_part){.context = context,
                           .ranks = *ranks,
                           .whole = whole,
                           .parts = parts,
                           .mine = parts[ranks->rank],
                           .visit_steps = plan->steps,
                           .overlaps = plan->overlaps,
                           .line = plan->line};
    gf_problem_divide(whole, &part->division);
    while (part->active < ranks->size && parts[part->active].count > 0)
        part->active++;
    if (part->mine.count == 0)
        return GF_OK;
    part->local = gf_local_rows_of(&part->division, part->mine, halo_of(part));
    (void)gf_problem_of_part(whole, part->mine, &part->problem);
    const gf_status status = check_host_memory(part, error);
    return status == GF_OK ? make_inputs(part, error) : status;
}

gf_status gf_rank_part_prepare(gf_rank_part *part, const gf_member *its, gf_error *error) {
    gf_status status = part->mine.count == 0 ? GF_OK : make_device(part, its, error);
    if (status == GF_OK && part->mine.count > 0)
        status = make_edges(part, error);
    if (status == GF_OK && part->mine.count > 0)
        status = make_strip(part, its, error);
    return status == GF_OK && part->mine.count > 0 ? make_result(part, error) : status;
}

void gf_rank_part_clear(gf_rank_part *part) {
    if (part->member.device != NULL)
        gf_set_member_destroy(&part->member);
    if (part->strip.device != NULL)
        gf_set_member_destroy(&part->strip);
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++) {
        free(part->inputs[i]);
        free(part->own_memory[i]);
    }
    for (uint32_t i = 0; i < 4; i++)
        free(part->edges[i]);
    free(part->strip_rows);
    free(part->result_memory);
    *part = (gf_rank_part){.active = 0};
}
