/* Epochs of a checkpoint: states of a problem, each in a folder of its own that gets its name when
 * it is complete.
 *
 *     DIR/lock                                       held by the run that writes here
 *     DIR/epoch-000000000420/manifest.json           written last
 *     DIR/epoch-000000000420/0-000000000000.part     rows of field 0 from row 0 on, as bytes
 *     DIR/epoch-000000000420/0-000000000512.part
 *     DIR/writing-000000000630/...                   is not complete; removed by the next run
 *
 * A field is an array of rows. Any number of processes writes its rows in parts of any height, and
 * any other number reads any rows of it: the parts need not be those that are read. One process
 * begins and commits an epoch:
 *
 *     process 0            gf_epoch_begin       makes the folder
 *     all, after that      gf_epoch_write_part  each writes its rows, in any order
 *     all                  send their gf_epoch_part, which are plain bytes, to process 0
 *     process 0, then      gf_epoch_commit      or gf_epoch_abandon, if one has failed
 *
 * and each of them reads after process 0 has told them the step:
 *
 *     process 0            gf_saved_epoch_open with GF_EPOCH_NEWEST, and gf_saved_epoch_step
 *     all                  gf_saved_epoch_open below step + 1, gf_saved_epoch_read
 *     if one has failed    all: the same below `step`
 */
#pragma once

#include "checkpoint/checkpoint_identity.h"
#include "checkpoint/epoch_manifest.h"

#define GF_EPOCH_PATH 4096

/* ---- The folder -------------------------------------------------------- */

/* A folder of epochs. Zeroed: none. */
typedef struct gf_epoch_folder {
    char path[GF_EPOCH_PATH];
    int lock;      /* its descriptor; -1: none */
    bool unlocked; /* the file system has no locks: nothing keeps other runs out */
} gf_epoch_folder;

typedef enum gf_epoch_use {
    GF_EPOCH_READ,  /* other readers may have it, too; makes nothing */
    GF_EPOCH_WRITE, /* makes the folder if need be, and removes what a killed run left unfinished */
    GF_EPOCH_SHARE  /* neither locks nor makes anything: process 0 of the same job has it */
} gf_epoch_use;

/* GF_FAILED when another run has it (with its process, if known), or it can't be made, read or
 * written. */
gf_status gf_epoch_folder_open(const char *path, gf_epoch_use use, gf_epoch_folder *folder,
                               gf_error *error);
/* Accepts a zeroed one. A folder that was made and is empty stays. */
void gf_epoch_folder_close(gf_epoch_folder *folder);

/* ---- Writing ----------------------------------------------------------- */

/* An epoch that is being written. Plain bytes but for `folder`. */
typedef struct gf_epoch {
    const gf_epoch_folder *folder;
    uint64_t step; /* steps, or units, that were computed */
} gf_epoch;

gf_status gf_epoch_begin(const gf_epoch_folder *folder, uint64_t step, gf_epoch *epoch,
                         gf_error *error);
/* Writes rows `first` to first + rows of a field, synced, and hashes them. `bytes`: of all of them.
 * Fills *part. Parts of one field must not overlap. Threads may do so at once. */
gf_status gf_epoch_write_part(const gf_epoch *epoch, uint32_t field, uint64_t first, uint64_t rows,
                              const void *data, uint64_t bytes, gf_epoch_part *part,
                              gf_error *error);
/* Checks that the parts, in any order, are all rows of all fields of the identity; writes the
 * manifest and gives the epoch its name. Then removes all epochs but the last two. On failure
 * nothing is left of this epoch, and the others stay. */
gf_status gf_epoch_commit(const gf_epoch *epoch, const gf_checkpoint_identity *identity,
                          const gf_epoch_part *parts, size_t count, gf_error *error);
/* Removes what was written of it. */
void gf_epoch_abandon(const gf_epoch *epoch);

/* ---- Reading ----------------------------------------------------------- */

typedef struct gf_saved_epoch gf_saved_epoch;

#define GF_EPOCH_NEWEST UINT64_MAX

/* Says in one line why an epoch is passed over. */
typedef void (*gf_epoch_warning)(const char *text, void *context);

/* Opens the newest epoch of a step before `below` whose manifest is whole and whose parts have the
 * right lengths; what is not so is passed over, and said. Their bytes are not read yet. GF_USAGE
 * when it is of another problem, with what differs; GF_FAILED when there is none, or only of a
 * newer version. `warn` may be NULL. */
gf_status gf_saved_epoch_open(const gf_epoch_folder *folder, const gf_checkpoint_identity *identity,
                              uint64_t below, gf_epoch_warning warn, void *context,
                              gf_saved_epoch **saved, gf_error *error);
void gf_saved_epoch_close(gf_saved_epoch *saved); /* accepts NULL */
uint64_t gf_saved_epoch_step(const gf_saved_epoch *saved);
/* Reads rows `first` to first + rows of a field, whatever the parts are, and checks the hash of each
 * part that it touches. GF_FAILED when a part is damaged: then try the next older epoch (`below`
 * the step of this one). */
gf_status gf_saved_epoch_read(const gf_saved_epoch *saved, uint32_t field, uint64_t first,
                              uint64_t rows, void *into, gf_error *error);
