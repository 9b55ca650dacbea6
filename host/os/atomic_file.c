/* A new file is complete and on the disk before it gets its name. A target that exists and is not a
 * regular file (a device, a pipe) can't be replaced, so it is written directly. */
#define _GNU_SOURCE 1 /* asprintf */

#include "os/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/error.h"
#include "os/files/temporary_file.h"

#define READER_TICK_MS 20 /* how often it is looked for */

/* ---- Where a path leads ------------------------------------------------ */

enum kind {
    KIND_REPLACE, /* nothing is there, or a regular file */
    KIND_DIRECT,  /* a device or a pipe, which is written directly */
    KIND_STDOUT   /* the program's own output */
};

struct destination {
    enum kind kind;
    char *target; /* KIND_REPLACE: the path with symbolic links resolved, owned */
    bool exists;
    mode_t mode; /* permissions of the existing file */
};

static gf_status cannot_write(const char *path, int code, gf_error *error) {
    const int length = gf_directory_length(path);
    if (code == ENOENT || code == ENOTDIR)
        return gf_error_set(error, GF_FAILED,
                            "cannot write %s: %s%.*s %s; make the directory or choose another path",
                            path, length == 0 ? "the current directory" : "", length, path,
                            code == ENOENT ? "does not exist or takes no files"
                                           : "is not a directory");
    if (code == EACCES || code == EPERM || code == EROFS)
        return gf_error_set_errno(error, GF_FAILED, code,
                                  "cannot write %s (choose a path that you may write to)", path);
    if (code == ENOSPC || code == EDQUOT)
        return gf_error_set_errno(error, GF_FAILED, code,
                                  "cannot write %s (make room or choose another path)", path);
    return gf_error_set_errno(error, GF_FAILED, code, "cannot write %s", path);
}

/* True for the file that stdout writes to: after a replacement, the program's other output would go
 * to the old file. */
static bool is_our_stdout(const struct stat *info) {
    struct stat out;
    return fstat(STDOUT_FILENO, &out) == 0 && out.st_dev == info->st_dev &&
           out.st_ino == info->st_ino;
}

static gf_status resolve_existing(const char *path, const struct stat *info,
                                  struct destination *destination, gf_error *error) {
    if (S_ISDIR(info->st_mode))
        return gf_error_set(error, GF_FAILED, "cannot write %s: it is a directory; add a file name",
                            path);
    if (is_our_stdout(info)) {
        destination->kind = KIND_STDOUT;
        return GF_OK;
    }
    if (access(path, W_OK) != 0)
        return cannot_write(path, errno, error);
    if (!S_ISREG(info->st_mode)) {
        destination->kind = KIND_DIRECT;
        return GF_OK;
    }
    /* A link stays, and the file it leads to is replaced. */
    destination->target = realpath(path, NULL);
    if (destination->target == NULL)
        return cannot_write(path, errno, error);
    destination->exists = true;
    destination->mode = info->st_mode & 0777;
    return GF_OK;
}

static gf_status resolve(const char *path, struct destination *destination, gf_error *error) {
    *destination = (struct destination){KIND_REPLACE, NULL, false, 0};
    struct stat info;
    if (strcmp(path, "-") == 0) {
        destination->kind = KIND_STDOUT;
        return GF_OK;
    }
    if (path[0] == '\0')
        return gf_error_set(error, GF_USAGE, "the output path is empty; give a file name, or -");
    if (stat(path, &info) == 0)
        return resolve_existing(path, &info, destination, error);
    if (errno != ENOENT)
        return cannot_write(path, errno, error);
    if (lstat(path, &info) == 0)
        return gf_error_set(error, GF_FAILED,
                            "cannot write %s: it is a symbolic link to nothing; remove it", path);
    if (path[strlen(path) - 1] == '/')
        return gf_error_set(error, GF_FAILED,
                            "cannot write %s: it names a directory; add a file name", path);
    destination->target = strdup(path);
    return destination->target != NULL ? GF_OK
                                       : gf_error_no_memory(error, "a path", strlen(path) + 1);
}

static const char *display_name(const struct destination *destination, const char *path) {
    return destination->kind == KIND_STDOUT ? "standard output" : path;
}

/* Tries a character device with a write of no bytes, which /dev/full refuses too. Not a pipe:
 * opening one would wait for its reader. Returns 0 or errno. */
static int try_device(const struct destination *destination, const char *path) {
    const bool is_stdout = destination->kind == KIND_STDOUT;
    struct stat info;
    if ((is_stdout ? fstat(STDOUT_FILENO, &info) : stat(path, &info)) != 0)
        return errno;
    if (!S_ISCHR(info.st_mode))
        return 0;
    const int fd =
        is_stdout ? STDOUT_FILENO : open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return errno;
    const int code = write(fd, "", 0) < 0 ? errno : 0;
    if (!is_stdout)
        close(fd);
    return code;
}

/* Finds the folder that a path leads into. */
static bool find_folder(const char *path, struct stat *info) {
    const int length = gf_directory_length(path);
    char *folder = length == 0 ? strdup(".") : strndup(path, (size_t)length);
    const bool found = folder != NULL && stat(folder, info) == 0;
    free(folder);
    return found;
}

bool gf_atomic_file_same(const char *a, const char *b) {
    struct stat of_a, of_b;
    if (strcmp(a, b) == 0)
        return true;
    const bool a_exists = stat(a, &of_a) == 0, b_exists = stat(b, &of_b) == 0;
    if (a_exists != b_exists)
        return false;
    if (!a_exists && (strcmp(a + gf_directory_length(a), b + gf_directory_length(b)) != 0 ||
                      !find_folder(a, &of_a) || !find_folder(b, &of_b)))
        return false;
    return of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

gf_status gf_atomic_file_check(const char *path, gf_error *error) {
    struct destination destination;
    gf_status status = resolve(path, &destination, error);
    if (status != GF_OK)
        return status;
    if (destination.kind != KIND_REPLACE) {
        const int code = try_device(&destination, path);
        if (code != 0)
            status = cannot_write(display_name(&destination, path), code, error);
    } else {
        /* Only trying proves it: permissions mean little to root and on network file systems. */
        gf_temporary_file temporary;
        const int code = gf_temporary_file_open(destination.target, 0666, &temporary);
        if (code != 0)
            status = cannot_write(path, code, error);
        gf_temporary_file_remove(&temporary);
    }
    free(destination.target);
    return status;
}

/* ---- The file ---------------------------------------------------------- */

struct gf_atomic_file {
    FILE *stream;
    char *name;   /* as messages show it */
    char *target; /* NULL: written directly */
    gf_temporary_file temporary;
};

static const volatile sig_atomic_t *waits_end_by;

void gf_atomic_file_cancel_by(const volatile sig_atomic_t *cancel) {
    waits_end_by = cancel;
}

/* Waits until somebody reads, if it is a pipe. Returns a descriptor, or -1 with errno; EINTR: the
 * flag ended it. */
static int open_directly(const char *path) {
    for (;;) {
        const int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        struct stat info;
        if (fd >= 0) {
            const int flags = fcntl(fd, F_GETFL);
            if (flags >= 0 && fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0)
                return fd;
            close(fd);
            return -1;
        }
        if (errno != ENXIO || stat(path, &info) != 0 || !S_ISFIFO(info.st_mode))
            return -1;
        if (gf_cancelled(waits_end_by)) {
            errno = EINTR;
            return -1;
        }
        (void)poll(NULL, 0, READER_TICK_MS);
    }
}

/* A descriptor that the stream will own, or -1 with errno. */
static int open_destination(const struct destination *destination, const char *path,
                            gf_temporary_file *temporary) {
    switch (destination->kind) {
    case KIND_STDOUT:
        fflush(stdout); /* keeps the order of the output */
        return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    case KIND_DIRECT:
        return open_directly(path);
    case KIND_REPLACE:
        break;
    }
    errno = gf_temporary_file_open(destination->target, 0666, temporary);
    if (errno != 0)
        return -1;
    /* A replaced file keeps its permissions or, if that fails, gets those of a new file. */
    if (destination->exists)
        (void)fchmod(temporary->fd, destination->mode);
    return fcntl(temporary->fd, F_DUPFD_CLOEXEC, 0);
}

void gf_atomic_file_discard(gf_atomic_file *file) {
    if (file == NULL)
        return;
    if (file->stream != NULL) {
        __fpurge(file->stream); /* or fclose would write more of an incomplete text to stdout */
        fclose(file->stream);
    }
    gf_temporary_file_remove(&file->temporary);
    free(file->name);
    free(file->target);
    free(file);
}

gf_status gf_atomic_file_open(const char *path, gf_atomic_file **result, gf_error *error) {
    struct destination destination;
    gf_status status = resolve(path, &destination, error);
    if (status != GF_OK)
        return status;
    gf_atomic_file *file = calloc(1, sizeof *file);
    if (file == NULL) {
        free(destination.target);
        return gf_error_no_memory(error, "an output file", sizeof *file);
    }
    file->target = destination.target;
    file->name = strdup(display_name(&destination, path));
    const int fd = open_destination(&destination, path, &file->temporary);
    if (fd >= 0)
        file->stream = fdopen(fd, "wb");
    if (file->stream == NULL || file->name == NULL) {
        status = errno == EINTR && fd < 0
                     ? gf_error_set(error, GF_INTERRUPTED,
                                    "interrupted while %s, which is a pipe, had no reader", path)
                     : cannot_write(display_name(&destination, path), errno, error);
        if (fd >= 0 && file->stream == NULL)
            close(fd);
        gf_atomic_file_discard(file);
        return status;
    }
    *result = file;
    return GF_OK;
}

FILE *gf_atomic_file_stream(gf_atomic_file *file) {
    return file->stream;
}

static gf_status flush_all(gf_atomic_file *file, gf_error *error) {
    const bool failed_before = ferror(file->stream) != 0;
    if (fflush(file->stream) != 0)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot write %s", file->name);
    if (failed_before)
        return gf_error_set(error, GF_FAILED,
                            "cannot write %s: a write failed; check that the disk has room",
                            file->name);
    if (file->target != NULL && !gf_sync_file(fileno(file->stream)))
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot write %s", file->name);
    return GF_OK;
}

static gf_status put_in_place(gf_atomic_file *file, gf_error *error) {
    const int code = gf_temporary_file_put(&file->temporary, file->target);
    if (code != 0)
        return gf_error_set_errno(error, GF_FAILED, code, "cannot put %s in place", file->name);
    if (!gf_sync_directory(file->target))
        return gf_error_set_errno(error, GF_FAILED, errno,
                                  "%s is written, but its directory may not be on the disk yet",
                                  file->name);
    return GF_OK;
}

/* Everything up to the name. */
static gf_status complete(gf_atomic_file *file, gf_error *error) {
    const gf_status status = flush_all(file, error);
    FILE *stream = file->stream;
    if (status != GF_OK)
        return status;
    file->stream = NULL;
    if (fclose(stream) != 0)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot write %s", file->name);
    return GF_OK;
}

gf_status gf_atomic_file_commit(gf_atomic_file *file, gf_error *error) {
    gf_status status = complete(file, error);
    if (status == GF_OK && file->target != NULL)
        status = put_in_place(file, error);
    gf_atomic_file_discard(file);
    return status;
}

/* ---- Two files --------------------------------------------------------- */

/* Gives what `file` will replace another name, under which it waits to be put back; beside its own
 * where the file system has links. NULL: nothing is replaced. */
static gf_status keep_replaced(const gf_atomic_file *file, char **kept, gf_error *error) {
    *kept = NULL;
    if (file->target == NULL || access(file->target, F_OK) != 0)
        return GF_OK;
    if (asprintf(kept, "%s.gpufare-%ld.old", file->target, (long)getpid()) < 0) {
        *kept = NULL;
        return gf_error_no_memory(error, "a path", strlen(file->target) + 32);
    }
    (void)unlink(*kept); /* of a process that was killed and had the same number */
    if (link(file->target, *kept) == 0 || rename(file->target, *kept) == 0)
        return GF_OK;
    const int code = errno;
    free(*kept);
    *kept = NULL;
    return gf_error_set_errno(error, GF_FAILED, code, "cannot replace %s", file->name);
}

/* A target that is its other name already stays. */
static void put_back(const char *target, const char *kept) {
    if (kept != NULL)
        (void)rename(kept, target);
    else
        (void)unlink(target);
    (void)gf_sync_directory(target);
}

static gf_status put_both(gf_atomic_file *first, gf_atomic_file *second, gf_error *error) {
    char *kept = NULL;
    gf_status status = keep_replaced(first, &kept, error);
    if (status != GF_OK)
        return status;
    if (first->target != NULL)
        status = put_in_place(first, error);
    if (status == GF_OK && second->target != NULL)
        status = put_in_place(second, error);
    if (status != GF_OK && first->target != NULL)
        put_back(first->target, kept);
    if (kept != NULL)
        (void)unlink(kept); /* it may be gone: put back */
    free(kept);
    return status;
}

gf_status gf_atomic_file_commit_both(gf_atomic_file *first, gf_atomic_file *second,
                                     gf_error *error) {
    gf_status status = complete(first, error);
    if (status == GF_OK)
        status = complete(second, error);
    if (status == GF_OK)
        status = put_both(first, second, error);
    gf_atomic_file_discard(first);
    gf_atomic_file_discard(second);
    return status;
}

gf_status gf_atomic_file_close(gf_atomic_file *file, gf_status status, gf_error *error) {
    if (status == GF_OK)
        return gf_atomic_file_commit(file, error);
    gf_atomic_file_discard(file);
    return status;
}
