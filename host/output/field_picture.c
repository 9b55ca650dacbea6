#include "output/field_picture.h"

#include <stdlib.h>

#include "base/error.h"
#include "device/host_array.h"
#include "image/reduced_png.h"
#include "os/atomic_file.h"

#define MOST_SIDE 4096

static gf_status add_rows(gf_field *field, gf_part rows, void *memory, gf_reduced_png *png,
                          gf_error *error) {
    gf_problem part;
    gf_image image = {0};
    gf_status status = gf_field_read_rows(field, rows.first, rows.count, memory, error);
    (void)gf_problem_of_part(field->problem, rows, &part);
    if (status == GF_OK)
        status = part.workload->render(&part, memory, &image, error);
    if (status == GF_OK)
        status = gf_reduced_png_add(png, image.height, image.pixels, error);
    gf_image_clear(&image);
    return status;
}

static gf_status add_all(gf_field *field, void *memory, gf_reduced_png *png, gf_error *error) {
    const uint64_t all = field->division.units, at_once = gf_field_rows_at_once(field);
    gf_status status = GF_OK;
    for (uint64_t first = 0; status == GF_OK && first < all; first += at_once) {
        status = gf_context_check_cancel(&field->context, error);
        if (status == GF_OK)
            status =
                add_rows(field, (gf_part){first, all - first < at_once ? all - first : at_once},
                         memory, png, error);
    }
    return status;
}

static gf_status put_picture(gf_field *field, void *memory, FILE *stream, const char *path,
                             gf_error *error) {
    const gf_buffer_spec *spec = &field->problem->buffers[field->problem->result];
    gf_reduced_png *png = NULL;
    gf_status status =
        gf_reduced_png_begin(spec->cols, spec->rows, 3, MOST_SIDE, stream, path, &png, error);
    if (status != GF_OK)
        return status;
    status = add_all(field, memory, png, error);
    if (status == GF_OK)
        return gf_reduced_png_end(png, error);
    gf_reduced_png_discard(png);
    return status;
}

gf_status gf_field_write_picture(gf_field *field, const char *path, gf_error *error) {
    const size_t bytes = (size_t)gf_field_rows_at_once(field) * gf_field_row_bytes(field);
    gf_atomic_file *file = NULL;
    void *memory = NULL;
    if (field->problem->workload->render == NULL)
        return gf_error_set(error, GF_USAGE, "workload %s has no picture; leave it out",
                            field->problem->workload->name);
    gf_status status = gf_atomic_file_open(path, &file, error);
    if (status != GF_OK)
        return status;
    memory = gf_host_allocate(bytes, field->context.options->cancel);
    status = memory == NULL ? gf_error_no_memory(error, "rows of the field", bytes)
                            : put_picture(field, memory, gf_atomic_file_stream(file), path, error);
    free(memory);
    return gf_atomic_file_close(file, status, error);
}
