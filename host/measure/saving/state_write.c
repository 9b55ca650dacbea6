#include "measure/saving/state_write.h"

#include <stdlib.h>

#include "base/error.h"

/* Rows of more bytes than this are cut into several parts, so that whoever reads some of them need
 * not read all. */
#define PART_BYTES (UINT64_C(64) << 20)

/* ---- A rectangle of a field -------------------------------------------------- */

static uint64_t bytes_of_row(const gf_checkpoint_field *field, const gf_rectangle *area) {
    return field->row_bytes / field->columns * area->columns;
}

static uint64_t rows_of_part(const gf_checkpoint_field *field, const gf_rectangle *area) {
    const uint64_t rows = PART_BYTES / bytes_of_row(field, area);
    return rows < 1 ? 1 : rows;
}

size_t gf_state_part_count(const gf_checkpoint_field *field, const gf_rectangle *area) {
    return area->rows == 0 || area->columns == 0
               ? 0
               : (size_t)((area->rows - 1) / rows_of_part(field, area) + 1);
}

gf_status gf_state_write_area(const gf_epoch_folder *folder, const gf_checkpoint_identity *identity,
                              uint64_t step, uint32_t index, const gf_rectangle *area,
                              const void *data, gf_epoch_part *parts, gf_error *error) {
    const gf_checkpoint_field *field = &identity->fields[index];
    const size_t count = gf_state_part_count(field, area);
    const char *next = data;
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < count; i++) {
        const uint64_t most = rows_of_part(field, area), done = i * most;
        gf_rectangle piece = *area;
        piece.first_row += done;
        piece.rows = area->rows - done < most ? area->rows - done : most;
        parts[i] = (gf_epoch_part){index, piece, piece.rows * bytes_of_row(field, area), ""};
        status = gf_epoch_write_part(folder, step, &parts[i], next, error);
        next += parts[i].bytes;
    }
    return status;
}

/* ---- A whole state ------------------------------------------------------------ */

static gf_rectangle whole_area(const gf_checkpoint_field *field) {
    return (gf_rectangle){0, field->rows, 0, field->columns};
}

static size_t count_parts(const gf_checkpoint_identity *identity) {
    size_t count = 0;
    for (uint32_t i = 0; i < identity->field_count; i++) {
        const gf_rectangle area = whole_area(&identity->fields[i]);
        count += gf_state_part_count(&identity->fields[i], &area);
    }
    return count;
}

/* *next: the field's parts; afterwards those of the next field. */
static gf_status write_field(const gf_epoch_folder *folder, const gf_checkpoint_identity *identity,
                             uint64_t step, uint32_t index, const void *data, gf_epoch_part **next,
                             gf_error *error) {
    const gf_rectangle area = whole_area(&identity->fields[index]);
    gf_epoch_part *parts = *next;
    *next += gf_state_part_count(&identity->fields[index], &area);
    return gf_state_write_area(folder, identity, step, index, &area, data, parts, error);
}

gf_status gf_state_write(const gf_epoch_folder *folder, const gf_checkpoint_identity *identity,
                         uint64_t step, const void *const *fields, gf_error *error) {
    const size_t count = count_parts(identity);
    gf_epoch_part *parts = calloc(count, sizeof *parts), *next = parts;
    if (parts == NULL)
        return gf_error_no_memory(error, "the parts of an epoch", count * sizeof *parts);
    gf_status status = gf_epoch_begin(folder, step, error);
    for (uint32_t i = 0; status == GF_OK && i < identity->field_count; i++)
        status = write_field(folder, identity, step, i, fields[i], &next, error);
    if (status == GF_OK)
        status = gf_epoch_commit(folder, step, identity, parts, count, error);
    if (status != GF_OK)
        gf_epoch_abandon(folder, step);
    free(parts);
    return status;
}
