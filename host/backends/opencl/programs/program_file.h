/* Programs that OpenCL drivers have compiled, each in a file of gpufare's cache (os/store.h). Files
 * may vanish at any time, several processes may write them, and whatever is wrong with one only
 * means that the program is compiled again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes; all files together, which the least recently used ones leave, and one of them. */
#define GF_PROGRAM_FILES_LIMIT UINT64_C(67108864)
#define GF_PROGRAM_FILE_LIMIT  UINT64_C(16777216)

/* All that the binary depends on. It is saved with the binary and compared, since two keys may have
 * one hash. */
typedef struct gf_program_key {
    char *bytes; /* owned; NULL: the program is not to be saved */
    size_t length;
} gf_program_key;

typedef struct gf_saved_program {
    unsigned char *binary; /* owned; NULL: none is saved */
    size_t length;
    uint64_t build_ns; /* what compiling it took */
} gf_saved_program;

/* A file that is torn, damaged, another user's or another program's is removed. */
gf_saved_program gf_program_file_read(const gf_program_key *key);
/* Replaces the file, complete or not at all. false: it was not written. */
bool gf_program_file_write(const gf_program_key *key, const gf_saved_program *saved);
void gf_program_file_remove(const gf_program_key *key);

/* Drivers may end the process over a binary. From `enter` to `leave` the file is marked, so that it
 * is never given to a driver again if the process ends between the two. false: a process did; the
 * file is removed. *mark is for `leave`. */
bool gf_program_file_enter(const gf_program_key *key, int *mark);
void gf_program_file_leave(const gf_program_key *key, int mark);

/* Removes the least recently used files until all together have `limit` bytes at most. */
void gf_program_files_trim(uint64_t limit);
