#include "measure/saving/state_write.h"

#include <stdlib.h>

#include "base/error.h"

/* Rows of more bytes than this are cut into several parts, so that whoever reads some of them need
 * not read all. */
#define PART_BYTES (UINT64_C(64) << 20)

static uint64_t rows_of_part(const gf_checkpoint_field *field) {
    const uint64_t rows = PART_BYTES / field->row_bytes;
    return rows < 1 ? 1 : rows;
}

static size_t count_parts(const gf_checkpoint_identity *identity) {
    size_t count = 0;
    for (uint32_t i = 0; i < identity->field_count; i++) {
        const gf_checkpoint_field *field = &identity->fields[i];
        count += (size_t)((field->rows - 1) / rows_of_part(field) + 1);
    }
    return count;
}

/* *next: the field's parts; afterwards those of the next field. */
static gf_status write_field(const gf_epoch_folder *folder, const gf_checkpoint_identity *identity,
                             uint64_t step, uint32_t index, const char *rows_of_field,
                             gf_epoch_part **next, gf_error *error) {
    const gf_checkpoint_field *field = &identity->fields[index];
    const uint64_t most = rows_of_part(field);
    gf_status status = GF_OK;
    for (uint64_t first = 0; status == GF_OK && first < field->rows; first += most) {
        const uint64_t rows = field->rows - first < most ? field->rows - first : most;
        gf_epoch_part *part = (*next)++;
        *part = (gf_epoch_part){index, first, rows, rows * field->row_bytes, ""};
        status = gf_epoch_write_part(folder, step, part, rows_of_field + first * field->row_bytes,
                                     error);
    }
    return status;
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
