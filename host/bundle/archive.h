/* Archives of a few regular files: tar, compressed with zstd. */
#pragma once

#include "bundle/entries.h"

/* Whether this build can read and write archives; else GF_UNSUPPORTED with what to install. */
gf_status gf_archive_check(gf_error *error);

/* Writes the files in the order of their names, as files of user 0 from `mtime`: equal files give
 * equal archives, with one version of the libraries. */
gf_status gf_archive_write(gf_entries *entries, int64_t mtime, FILE *stream, gf_error *error);
/* Reads a whole archive into memory; nothing is written to the disk. GF_USAGE, by name, when it is
 * no such archive or has what a bundle never has: links, folders, devices, paths that lead
 * elsewhere, names that come twice, too many or too large files. */
gf_status gf_archive_read(const char *path, gf_entries *entries, gf_error *error);
