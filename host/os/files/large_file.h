/* A file larger than memory that is read and written at places, and gets its name when it is
 * complete (temporary_file.h). */
#pragma once

#include "gpufare.h"
#include "os/files/temporary_file.h"

/* Content begins at a multiple of it, for files that are read past the page cache. */
#define GF_LARGE_FILE_BLOCK ((size_t)4096)

/* All zero: no file. */
typedef struct gf_large_file {
    gf_temporary_file temporary; /* until it is put in place */
    int fd;                      /* 0: no file */
    uint64_t bytes;              /* in the end; meanwhile it is rounded up to blocks */
    bool direct;                 /* it is read and written past the page cache (O_DIRECT) */
    size_t window;               /* bytes at a time */
    char *bounce;                /* direct: a window, for what is not aligned; owned */
    const char *target;          /* its name in the end; borrowed */
    /* What reads and writes took since these were zeroed. */
    uint64_t read_ns, write_ns, read_bytes, written_bytes;
} gf_large_file;

/* Makes a file of so many bytes in the folder of `target`, and has the file system reserve room for
 * them. `window`: the most memory that it may take; at least GF_LARGE_FILE_BLOCK, a multiple of it.
 * GF_UNSUPPORTED: the file system can't read and write past the page cache. */
gf_status gf_large_file_create(gf_large_file *file, const char *target, uint64_t bytes, bool direct,
                               size_t window, gf_error *error);
/* Copies bytes from and to memory. */
gf_status gf_large_file_read(gf_large_file *file, uint64_t at, void *memory, size_t bytes,
                             gf_error *error);
gf_status gf_large_file_write(gf_large_file *file, uint64_t at, const void *memory, size_t bytes,
                              gf_error *error);
/* Gives the complete file its name, once it is on the disk. It can be read on. */
gf_status gf_large_file_put(gf_large_file *file, gf_error *error);
/* Removes it, unless it was put in place. Accepts no file. */
void gf_large_file_close(gf_large_file *file);
