/* Files that get their name when they are complete. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Where the file system allows it, the file has no name before it is put in place, so that nothing
 * is left of it if the process is killed. Elsewhere it has a temporary name in the folder of its
 * target. All zero: no file. */
typedef struct gf_temporary_file {
    struct gf_temporary_slot *slot; /* its temporary name; NULL: no file */
    int fd;                         /* to write to, and read; put and remove close it */
    bool unnamed;
} gf_temporary_file;

/* Length of the directory part of `path`, to which a name can be appended: "", "/" or "a/b/". */
int gf_directory_length(const char *path);

/* Opens a new file in the folder of `target`, with this mode less the umask. Returns 0, or errno
 * (EMFILE: too many are open), and then there is none. */
int gf_temporary_file_open(const char *target, mode_t mode, gf_temporary_file *file);
/* The same with a temporary name, by which other processes open it. */
int gf_temporary_file_open_named(const char *target, mode_t mode, gf_temporary_file *file);
/* That name. */
const char *gf_temporary_file_path(const gf_temporary_file *file);
/* Gives the file the name `target`, in place of a file that has it. Returns 0, or errno; the file
 * is gone in both cases. */
int gf_temporary_file_put(gf_temporary_file *file, const char *target);
/* Accepts no file. */
void gf_temporary_file_remove(gf_temporary_file *file);
/* Waits until what was written to a file is on the disk, or the names in the folder of `target`
 * are. false, with errno: they may not be. */
bool gf_sync_file(int fd);
bool gf_sync_directory(const char *target);
/* Removes the names of all files that are open. Async-signal-safe: for a handler about to exit. */
void gf_temporary_files_abandon(void);
