/* Files that appear complete or not at all. */
#pragma once

#include <signal.h>
#include <stdbool.h>

#include "gpufare.h"

typedef struct gf_atomic_file gf_atomic_file;

/* Opens a temporary file (os/files/temporary_file.h) in the directory of `path`; "-" is stdout.
 * Until gf_atomic_file_commit nothing appears at `path`, and a file that is there stays. */
gf_status gf_atomic_file_open(const char *path, gf_atomic_file **file, gf_error *error);
FILE *gf_atomic_file_stream(gf_atomic_file *file);
/* Puts the complete file in place: flush, fsync, its name, fsync of the directory. On failure the
 * file is discarded. Frees `file` in both cases. */
gf_status gf_atomic_file_commit(gf_atomic_file *file, gf_error *error);
/* Puts two complete files in place: both, or neither where one of them fails, as far as the system
 * allows it: what stood in the place of the first one is put back if the second one can't be put in
 * place. Frees both in any case. */
gf_status gf_atomic_file_commit_both(gf_atomic_file *first, gf_atomic_file *second,
                                     gf_error *error);
/* Removes the temporary file. Accepts NULL. */
void gf_atomic_file_discard(gf_atomic_file *file);
/* Commits a file that was written with this status; discards it if that is a failure, and returns
 * it.
 */
gf_status gf_atomic_file_close(gf_atomic_file *file, gf_status status, gf_error *error);
/* Whether two paths lead to the same file, which need not exist yet. */
bool gf_atomic_file_same(const char *a, const char *b);
/* The flag that ends waiting for the reader of a pipe, which gf_atomic_file_open does: it then
 * fails with GF_INTERRUPTED. NULL, as at first: nothing ends it. For the whole process. */
void gf_atomic_file_cancel_by(const volatile sig_atomic_t *cancel);
/* Checks that a file could be made at `path`, and leaves none there; "-" always can. */
gf_status gf_atomic_file_check(const char *path, gf_error *error);
