#include "backends/out_of_core/band_copy.h"

static gf_buffer rows_of(const gf_set_member *band, uint32_t index, uint64_t first, uint64_t rows) {
    const size_t row_bytes = gf_row_bytes(&band->problem.buffers[index]);
    gf_buffer part = band->buffers[index];
    part.first = (size_t)first * row_bytes;
    part.bytes = (size_t)rows * row_bytes;
    return part;
}

gf_status gf_band_put(gf_set_member *band, uint32_t index, uint64_t first, uint64_t rows,
                      const gf_whole_rows *source, gf_error *error) {
    const gf_backend *backend = band->device->backend;
    gf_buffer part = rows_of(band, index, first, rows);
    char *host = (char *)part.host + part.first;
    if (rows == 0)
        return GF_OK;
    gf_status status =
        backend->buffer_claim == NULL ? GF_OK : backend->buffer_claim(&band->buffers[index], error);
    if (status == GF_OK)
        status = gf_whole_rows_read(source, host, part.bytes, error);
    return status == GF_OK ? backend->buffer_write(&part, host, error) : status;
}

gf_status gf_band_get(gf_set_member *band, uint32_t index, uint64_t first, uint64_t rows,
                      const gf_whole_rows *target, gf_error *error) {
    const gf_backend *backend = band->device->backend;
    gf_buffer part = rows_of(band, index, first, rows);
    char *host = (char *)part.host + part.first;
    if (rows == 0)
        return GF_OK;
    const gf_status status = backend->buffer_read(&part, host, error);
    return status == GF_OK ? gf_whole_rows_write(target, host, part.bytes, error) : status;
}
