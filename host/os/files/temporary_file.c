#define _GNU_SOURCE 1 /* O_TMPFILE */

#include "os/files/temporary_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- The table of temporary names -------------------------------------- */

#define SLOT_COUNT    16
#define NAME_ATTEMPTS 100

enum slot_state { SLOT_FREE, SLOT_CLAIMED, SLOT_NAMED };

/* Fixed memory and lock-free flags, because a signal handler may read it at any time. */
static struct gf_temporary_slot {
    atomic_int state;
    char path[PATH_MAX];
} slots[SLOT_COUNT];

static_assert(ATOMIC_INT_LOCK_FREE == 2, "the handler needs lock-free flags");

typedef struct gf_temporary_slot slot;

static slot *slot_claim(void) {
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        int expected = SLOT_FREE;
        if (atomic_compare_exchange_strong(&slots[i].state, &expected, SLOT_CLAIMED))
            return &slots[i];
    }
    return NULL;
}

static void slot_release(slot *s) {
    atomic_store(&s->state, SLOT_FREE);
}

void gf_temporary_files_abandon(void) {
    const int saved_errno = errno;
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        if (atomic_load(&slots[i].state) == SLOT_NAMED)
            unlink(slots[i].path);
    }
    errno = saved_errno;
}

/* ---- Names ------------------------------------------------------------- */

int gf_directory_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (int)(slash + 1 - path);
}

/* A name in the directory of `target` that this process has not used. 0 or errno. */
static int slot_choose_name(slot *s, const char *target) {
    static atomic_uint serial;
    const int length =
        snprintf(s->path, sizeof s->path, "%.*s.gpufare-%ld-%u.tmp", gf_directory_length(target),
                 target, (long)getpid(), atomic_fetch_add(&serial, 1));
    return length > 0 && (size_t)length < sizeof s->path ? 0 : ENAMETOOLONG;
}

/* Makes a file of a new name by `make`, which returns a descriptor or -1 with errno. The name is in
 * the table before the file exists (unlike with mkstemp), so that a handler never misses it.
 * Returns what `make` does. */
static int slot_make(slot *s, const char *target, int (*make)(const char *path, int argument),
                     int argument) {
    for (int attempt = 0;; attempt++) {
        atomic_store(&s->state, SLOT_NAMED);
        const int made = make(s->path, argument);
        if (made >= 0)
            return made;
        atomic_store(&s->state, SLOT_CLAIMED);
        if (errno != EEXIST || attempt == NAME_ATTEMPTS || slot_choose_name(s, target) != 0)
            return -1;
    }
}

/* O_EXCL ensures that the file is ours. */
static int make_file(const char *path, int mode) {
    return open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
}

static void descriptor_path(int fd, char path[32]) {
    snprintf(path, 32, "/proc/self/fd/%d", fd);
}

/* Unlike AT_EMPTY_PATH, /proc needs no privilege. */
static int make_link(const char *path, int fd) {
    char open_file[32];
    descriptor_path(fd, open_file);
    return linkat(AT_FDCWD, open_file, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

/* ---- Opening ----------------------------------------------------------- */

/* Kernels before 6.0 do, on file systems without access lists. */
static bool ignored_umask(int fd, mode_t mode) {
    struct stat info;
    return (mode & 077) != 0 && fstat(fd, &info) == 0 && (info.st_mode & 0777) == mode;
}

/* -1: not here, or it could not be given a name later. */
static int open_unnamed(const char *target, mode_t mode) {
    char directory[PATH_MAX], open_file[32];
    const int length = gf_directory_length(target);
    if ((size_t)length >= sizeof directory)
        return -1;
    snprintf(directory, sizeof directory, "%.*s", length == 0 ? 1 : length,
             length == 0 ? "." : target);
    const int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
    if (fd < 0)
        return -1;
    descriptor_path(fd, open_file);
    if (access(open_file, F_OK) == 0 && !ignored_umask(fd, mode))
        return fd;
    close(fd);
    return -1;
}

static int open_one(const char *target, mode_t mode, bool named, gf_temporary_file *file) {
    *file = (gf_temporary_file){slot_claim(), -1, false};
    if (file->slot == NULL)
        return EMFILE;
    int code = slot_choose_name(file->slot, target);
    if (code == 0) {
        file->fd = named ? -1 : open_unnamed(target, mode);
        file->unnamed = file->fd >= 0;
        if (!file->unnamed)
            file->fd = slot_make(file->slot, target, make_file, (int)mode);
        code = file->fd < 0 ? errno : 0;
    }
    if (code != 0)
        gf_temporary_file_remove(file);
    return code;
}

int gf_temporary_file_open(const char *target, mode_t mode, gf_temporary_file *file) {
    return open_one(target, mode, false, file);
}

int gf_temporary_file_open_named(const char *target, mode_t mode, gf_temporary_file *file) {
    return open_one(target, mode, true, file);
}

const char *gf_temporary_file_path(const gf_temporary_file *file) {
    return file->slot->path;
}

/* ---- Putting in place -------------------------------------------------- */

static int copy(int from, int to) {
    struct stat info;
    off_t offset = 0;
    if (fstat(from, &info) != 0 || fchmod(to, info.st_mode & 0777) != 0)
        return errno;
    while (offset < info.st_size) {
        const ssize_t sent = sendfile(to, from, &offset, (size_t)(info.st_size - offset));
        if (sent == 0)
            return EIO; /* it is shorter than it was */
        if (sent < 0 && errno != EINTR)
            return errno;
    }
    return fsync(to) == 0 ? 0 : errno;
}

/* What may open a file without a name may still be forbidden to link it. */
static int copy_to_named(gf_temporary_file *file, const char *target) {
    const int fd = slot_make(file->slot, target, make_file, 0600);
    if (fd < 0)
        return errno;
    const int code = copy(file->fd, fd);
    return close(fd) == 0 || code != 0 ? code : errno;
}

/* The temporary name of a file that replaces another exists for a moment only. */
static int put_unnamed(gf_temporary_file *file, const char *target) {
    if (make_link(target, file->fd) == 0)
        return 0;
    int code = 0;
    if (slot_make(file->slot, target, make_link, file->fd) < 0)
        code = copy_to_named(file, target);
    return code != 0 || rename(file->slot->path, target) == 0 ? code : errno;
}

static int put_named(gf_temporary_file *file, const char *target) {
    const int fd = file->fd;
    file->fd = -1;
    return close(fd) == 0 && rename(file->slot->path, target) == 0 ? 0 : errno;
}

int gf_temporary_file_put(gf_temporary_file *file, const char *target) {
    const int code = file->unnamed ? put_unnamed(file, target) : put_named(file, target);
    if (code == 0)
        atomic_store(&file->slot->state, SLOT_CLAIMED); /* the name is no longer its own */
    gf_temporary_file_remove(file);
    return code;
}

void gf_temporary_file_remove(gf_temporary_file *file) {
    if (file->slot == NULL)
        return;
    if (atomic_load(&file->slot->state) == SLOT_NAMED)
        unlink(file->slot->path);
    slot_release(file->slot);
    if (file->fd >= 0)
        close(file->fd);
    *file = (gf_temporary_file){NULL, -1, false};
}

/* ---- On the disk ------------------------------------------------------- */

/* Some file systems lack fsync for some files; the write has not failed then. */
bool gf_sync_file(int fd) {
    return fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP || errno == ENOSYS;
}

bool gf_sync_directory(const char *target) {
    const int length = gf_directory_length(target);
    char *directory = length == 0 ? strdup(".") : strndup(target, (size_t)length);
    if (directory == NULL)
        return false;
    const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(directory);
    if (fd < 0)
        return errno == EACCES; /* a directory that may be written but not read can't be synced */
    const bool synced = gf_sync_file(fd);
    const int code = errno;
    close(fd);
    errno = code;
    return synced;
}
