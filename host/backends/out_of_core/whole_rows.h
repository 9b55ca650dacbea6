/* Rows of the whole problem, which are in memory of the host or in a file. */
#pragma once

#include "device/buffer.h"

typedef struct gf_whole_rows {
    char *memory;        /* NULL: they are in the file */
    gf_large_file *file; /* from this byte on: */
    uint64_t at;
} gf_whole_rows;

/* From byte `first` of a buffer of the whole problem on. */
gf_whole_rows gf_whole_rows_at(const gf_buffer *whole, size_t first);
/* Copies, from and to memory with as many cores as pay. */
gf_status gf_whole_rows_read(const gf_whole_rows *rows, void *target, size_t bytes,
                             gf_error *error);
gf_status gf_whole_rows_write(const gf_whole_rows *rows, const void *source, size_t bytes,
                              gf_error *error);
