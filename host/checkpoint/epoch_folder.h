/* A folder of epochs: states of a problem, each in a folder of its own that gets its name when it
 * is complete.
 *
 *     DIR/lock                                       held by the run that writes here
 *     DIR/epoch-000000000420/manifest.json           written last
 *     DIR/epoch-000000000420/0-000000000000.part     rows of field 0 from row 0 on, as bytes
 *     DIR/epoch-000000000420/0-000000000512.part
 *     DIR/writing-000000000630/...                   not complete; the next run removes it
 *
 * A field is an array of rows. Any number of processes write rectangles of it in parts of any size,
 * and any other number read any rectangles: the parts need not be those that are read. To write, in
 * a folder that process 0 opened with GF_EPOCH_WRITE and then the others with GF_EPOCH_SHARE
 * (epoch.h):
 *
 *     process 0            gf_epoch_begin       makes the epoch's folder
 *     all, after that      gf_epoch_write_part  each its rows, in any order
 *     all                  send their gf_epoch_part, which are plain bytes, to process 0
 *     process 0, then      gf_epoch_commit, or gf_epoch_abandon if one of them has failed
 *
 * and to read (saved_epoch.h):
 *
 *     process 0            gf_saved_epoch_open with `below` GF_EPOCH_NEWEST, gf_saved_epoch_step
 *     all, told the step   gf_saved_epoch_open with `below` step + 1, gf_saved_epoch_read
 *     if one has failed    all of it again with `below` step
 */
#pragma once

#include "gpufare.h"

#define GF_EPOCH_PATH     4096
#define GF_EPOCH_MANIFEST "manifest.json"
#define GF_EPOCH_NEWEST   UINT64_MAX

typedef struct gf_epoch_folder {
    char path[GF_EPOCH_PATH]; /* "": there is none */
    int lock;                 /* the descriptor of the lock; -1: none is held */
    bool made;                /* it did not exist before */
    bool writes;
} gf_epoch_folder;

#define GF_EPOCH_NO_FOLDER                                                                         \
    { .path = "", .lock = -1 }

typedef enum gf_epoch_use {
    GF_EPOCH_READ,  /* others may read it, too; makes nothing */
    GF_EPOCH_WRITE, /* makes the folder if need be, and removes what a killed run left unfinished */
    GF_EPOCH_SHARE  /* takes no lock and makes nothing: process 0 of the same job has the folder */
} gf_epoch_use;

/* GF_FAILED when another run has the folder, or it can't be read, made or written; *folder is then
 * none. A file system without locks is used without. */
gf_status gf_epoch_folder_open(const char *path, gf_epoch_use use, gf_epoch_folder *folder,
                               gf_error *error);
/* Accepts none. A folder that was made for epochs, and has none, is removed. */
void gf_epoch_folder_close(gf_epoch_folder *folder);
/* Whether two paths lead to the same folder. */
bool gf_epoch_folder_is(const gf_epoch_folder *folder, const char *path);

/* The largest step below `below` of which the folder has an epoch; false: there is none. GF_FAILED
 * when the folder can't be read. */
gf_status gf_epoch_folder_find(const gf_epoch_folder *folder, uint64_t below, bool *found,
                               uint64_t *step, gf_error *error);
/* Removes all epochs but that of `step` and the newest one before it: what is later belongs to a
 * run that this one did not go on from. A failure leaves them; it costs only space. */
void gf_epoch_folder_prune(const gf_epoch_folder *folder, uint64_t step);

/* "DIR/epoch-000000000420", "DIR/writing-000000000420"; `file` NULL, or a file in it. GF_FAILED:
 * the path is too long. */
gf_status gf_epoch_path(const gf_epoch_folder *folder, uint64_t step, bool complete,
                        const char *file, char path[GF_EPOCH_PATH], gf_error *error);
/* Removes an epoch's folder with its files, if it is there. */
void gf_epoch_remove(const gf_epoch_folder *folder, uint64_t step, bool complete);
/* Flushes a folder's list of files to the disk. */
gf_status gf_epoch_sync_folder(const char *path, gf_error *error);
