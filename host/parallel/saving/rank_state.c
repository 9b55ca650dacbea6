#include "parallel/saving/rank_state.h"

#include <stdlib.h>

#include "base/error.h"
#include "device/host_array.h"
#include "device/trip.h"
#include "problem/problem.h"

static const gf_buffer_spec *spec_of(const gf_rank_part *part, uint32_t buffer) {
    return &part->whole->buffers[buffer];
}

/* ---- Places ------------------------------------------------------------- */

gf_rectangle gf_rank_state_area(const gf_rank_part *part, uint32_t buffer) {
    gf_rectangle area = {part->mine.first, part->mine.count, 0, spec_of(part, buffer)->cols};
    if (gf_rank_has_sides(part)) {
        area.first_column = part->columns.first;
        area.columns = part->columns.count;
    }
    return area;
}

/* The same, counted from the first of the local cells. */
static gf_rectangle own_area(const gf_rank_part *part, uint32_t buffer) {
    gf_rectangle area = gf_rank_own_cells(part);
    if (!gf_rank_has_sides(part)) {
        area.first_column = 0;
        area.columns = spec_of(part, buffer)->cols;
    }
    return area;
}

static size_t column_bytes(const gf_buffer_spec *spec) {
    return gf_row_bytes(spec) / spec->cols;
}

static size_t cells_bytes(const gf_rank_part *part, uint32_t buffer, uint64_t columns) {
    return (size_t)columns * column_bytes(spec_of(part, buffer));
}

/* ---- Inputs ------------------------------------------------------------- */

/* Of a buffer that is not cut every rank has all: the first one counts it. */
static uint64_t hash_input(const gf_rank_part *part, uint32_t buffer) {
    const gf_buffer_spec *spec = spec_of(part, buffer);
    if (gf_is_cut(&part->division, buffer)) {
        const gf_rectangle area = gf_rank_state_area(part, buffer), own = own_area(part, buffer);
        const size_t stride = cells_bytes(part, buffer, gf_rank_input_cells(part, buffer).columns);
        const char *first = (const char *)part->inputs[buffer] + own.first_row * stride +
                            cells_bytes(part, buffer, own.first_column);
        return gf_inputs_hash(spec, buffer, &area, first, stride);
    }
    return part->ranks.rank == 0
               ? gf_inputs_hash_of_rows(spec, buffer, 0, spec->rows, part->inputs[buffer])
               : 0;
}

uint64_t gf_rank_inputs_hash(const gf_rank_part *part) {
    uint64_t hash = 0;
    for (uint32_t i = 0; i < part->whole->buffer_count; i++) {
        if (gf_goes_up(spec_of(part, i)->access) && part->inputs[i] != NULL)
            hash += hash_input(part, i);
    }
    return hash;
}

/* ---- Saving ------------------------------------------------------------- */

gf_status gf_rank_state_refuse(const gf_problem *whole, gf_error *error) {
    return gf_error_set_parameter(error, GF_UNSUPPORTED, "checkpoint",
                                  ": ranks don't divide the state of %s; run it without a "
                                  "launcher, or without states",
                                  whole->workload->name);
}

gf_status gf_rank_state_check(const gf_problem *whole, const gf_checkpoint_identity *identity,
                              gf_error *error) {
    gf_division division;
    bool divided = true;
    gf_problem_divide(whole, &division);
    for (uint32_t i = 0; i < identity->field_count; i++)
        divided = divided && gf_is_cut(&division, identity->buffers[i]);
    return divided ? GF_OK : gf_rank_state_refuse(whole, error);
}

/* The part has room for the result; other fields need some. */
static gf_status find_room(gf_rank_part *part, uint32_t buffer, size_t bytes, void **room,
                           void **memory, gf_error *error) {
    if (buffer == part->whole->result) {
        *room = part->result_memory;
        return GF_OK;
    }
    *room = *memory = gf_host_allocate(bytes, part->context->options->cancel);
    return *memory != NULL ? GF_OK : gf_error_no_memory(error, spec_of(part, buffer)->name, bytes);
}

gf_status gf_rank_state_get(gf_rank_part *part, uint32_t buffer, const void **data, void **memory,
                            gf_error *error) {
    const uint32_t index = gf_trip_content(part->whole, buffer, part->member.swapped);
    const gf_rectangle area = own_area(part, buffer);
    const size_t row_bytes = cells_bytes(part, buffer, area.columns);
    void *room = NULL;
    *memory = NULL;
    if (part->in_place && !gf_rank_has_sides(part)) {
        *data = (const char *)part->member.buffers[index].host + (size_t)area.first_row * row_bytes;
        return GF_OK;
    }
    gf_status status = find_room(part, buffer, (size_t)area.rows * row_bytes, &room, memory, error);
    if (status == GF_OK)
        status = gf_set_member_get_cells(&part->member, index, area, room, error);
    *data = room;
    return status;
}

/* ---- Going on ------------------------------------------------------------- */

static gf_status make_room(gf_rank_part *part, uint32_t buffer, const gf_rectangle *area,
                           gf_error *error) {
    const gf_buffer_spec *spec = spec_of(part, buffer);
    const size_t bytes = (size_t)(area->rows * area->columns) * column_bytes(spec);
    if (part->inputs[buffer] == NULL)
        part->inputs[buffer] = gf_host_allocate(bytes, part->context->options->cancel);
    return part->inputs[buffer] != NULL ? GF_OK : gf_error_no_memory(error, spec->name, bytes);
}

static uint64_t least_of(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* Of `count` from `first` on, modulo `all`, what follows the `done` first of them in one piece. */
static gf_part next_piece(uint64_t first, uint64_t count, uint64_t all, uint64_t done) {
    const uint64_t at = (first + done) % all;
    return (gf_part){at, least_of(count - done, all - at)};
}

/* Rows of the field, with those of its columns that are wanted. */
static gf_status read_rows(const gf_saved_epoch *saved, uint32_t field, const gf_buffer_spec *spec,
                           const gf_rectangle *area, gf_part rows, char *into, gf_error *error) {
    const size_t size = column_bytes(spec);
    gf_status status = GF_OK;
    for (uint64_t done = 0; status == GF_OK && done < area->columns;) {
        const gf_part columns = next_piece(area->first_column, area->columns, spec->cols, done);
        const gf_rectangle piece = {rows.first, rows.count, columns.first, columns.count};
        status = gf_saved_epoch_read(saved, field, &piece, into + (size_t)done * size,
                                     (size_t)area->columns * size, error);
        done += columns.count;
    }
    return status;
}

gf_status gf_rank_state_read(gf_rank_part *part, const gf_saved_epoch *saved, uint32_t field,
                             uint32_t buffer, gf_error *error) {
    const gf_buffer_spec *spec = spec_of(part, buffer);
    const gf_rectangle area = gf_rank_input_cells(part, buffer);
    const size_t row_bytes = (size_t)area.columns * column_bytes(spec);
    gf_status status = make_room(part, buffer, &area, error);
    for (uint64_t done = 0; status == GF_OK && done < area.rows;) {
        const gf_part rows = next_piece(area.first_row, area.rows, spec->rows, done);
        status = read_rows(saved, field, spec, &area, rows,
                           (char *)part->inputs[buffer] + (size_t)done * row_bytes, error);
        done += rows.count;
    }
    return status;
}
