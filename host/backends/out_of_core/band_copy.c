#include "backends/out_of_core/band_copy.h"

#include <string.h>

#include "os/cores.h"

/* One core alone does not reach the rate of the memory. */
#define PIECE_BYTES ((size_t)1 << 20)

void gf_band_copy(void *target, const void *source, size_t bytes) {
    const size_t pieces = bytes / PIECE_BYTES + 1;
    const uint32_t threads = pieces > 2 ? gf_cores_own_threads() : 1;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t i = 0; i < pieces; i++) {
        const size_t first = i * PIECE_BYTES, rest = bytes - first;
        memcpy((char *)target + first, (const char *)source + first,
               rest < PIECE_BYTES ? rest : PIECE_BYTES);
    }
}

static gf_buffer rows_of(const gf_set_member *band, uint32_t index, uint64_t first, uint64_t rows) {
    const size_t row_bytes = gf_row_bytes(&band->problem.buffers[index]);
    gf_buffer part = band->buffers[index];
    part.first = (size_t)first * row_bytes;
    part.bytes = (size_t)rows * row_bytes;
    return part;
}

gf_status gf_band_put(gf_set_member *band, uint32_t index, uint64_t first, uint64_t rows,
                      const void *source, gf_error *error) {
    const gf_backend *backend = band->device->backend;
    gf_buffer part = rows_of(band, index, first, rows);
    char *host = (char *)part.host + part.first;
    if (rows == 0)
        return GF_OK;
    const gf_status status =
        backend->buffer_claim == NULL ? GF_OK : backend->buffer_claim(&band->buffers[index], error);
    if (status != GF_OK)
        return status;
    gf_band_copy(host, source, part.bytes);
    return backend->buffer_write(&part, host, error);
}

gf_status gf_band_get(gf_set_member *band, uint32_t index, uint64_t first, uint64_t rows,
                      void *target, gf_error *error) {
    const gf_backend *backend = band->device->backend;
    gf_buffer part = rows_of(band, index, first, rows);
    char *host = (char *)part.host + part.first;
    if (rows == 0)
        return GF_OK;
    const gf_status status = backend->buffer_read(&part, host, error);
    if (status == GF_OK)
        gf_band_copy(target, host, part.bytes);
    return status;
}
