#include "backends/out_of_core/whole_rows.h"

#include <string.h>

#include "os/cores.h"

/* One core alone does not reach the rate of the memory. */
#define PIECE_BYTES ((size_t)1 << 20)

static void copy(void *target, const void *source, size_t bytes) {
    const size_t pieces = bytes / PIECE_BYTES + 1;
    const uint32_t threads = pieces > 2 ? gf_cores_own_threads() : 1;
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t i = 0; i < pieces; i++) {
        const size_t first = i * PIECE_BYTES, rest = bytes - first;
        memcpy((char *)target + first, (const char *)source + first,
               rest < PIECE_BYTES ? rest : PIECE_BYTES);
    }
}

gf_whole_rows gf_whole_rows_at(const gf_buffer *whole, size_t first) {
    if (whole->file != NULL)
        return (gf_whole_rows){.file = whole->file, .at = whole->file_offset + first};
    return (gf_whole_rows){.memory = (char *)whole->host + first};
}

gf_status gf_whole_rows_read(const gf_whole_rows *rows, void *target, size_t bytes,
                             gf_error *error) {
    if (rows->memory == NULL)
        return gf_large_file_read(rows->file, rows->at, target, bytes, error);
    copy(target, rows->memory, bytes);
    return GF_OK;
}

gf_status gf_whole_rows_write(const gf_whole_rows *rows, const void *source, size_t bytes,
                              gf_error *error) {
    if (rows->memory == NULL)
        return gf_large_file_write(rows->file, rows->at, source, bytes, error);
    copy(rows->memory, source, bytes);
    return GF_OK;
}
