#define _GNU_SOURCE 1 /* O_DIRECT */

#include "os/files/large_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

#define BLOCK GF_LARGE_FILE_BLOCK
/* A multiple of the page size of every system. */
#define MAPPED_UNIT ((uint64_t)65536)

static uint64_t now_ns(void) {
    const gf_clock clock = gf_clock_monotonic();
    return gf_clock_now(&clock);
}

static uint64_t round_up(uint64_t bytes, uint64_t unit) {
    return (bytes + unit - 1) / unit * unit;
}

static size_t lesser(uint64_t a, size_t b) {
    return a < b ? (size_t)a : b;
}

/* ---- Making ------------------------------------------------------------------ */

/* Whether the file system has so many bytes, or does not say. Reserving more than there is would
 * take the last of them from other programs until it fails. */
static bool has_room(int fd, uint64_t bytes) {
    struct statvfs info;
    if (fstatvfs(fd, &info) != 0 || info.f_frsize == 0)
        return true;
    return bytes / info.f_frsize < info.f_bavail;
}

/* A disk that is full is better found now: it would be after hours. */
static gf_status reserve(const gf_large_file *file, gf_error *error) {
    int code = has_room(file->fd, file->bytes) ? EINTR : ENOSPC;
    while (code == EINTR)
        code = posix_fallocate(file->fd, 0, (off_t)round_up(file->bytes, BLOCK));
    return code == 0 ? GF_OK
                     : gf_error_set_errno(error, GF_FAILED, code,
                                          "cannot make %s: no room for a file of %.3f GiB",
                                          file->target, (double)file->bytes / 0x1p30);
}

/* The file systems that can't say so at once or at the first transfer. */
static gf_status go_direct(gf_large_file *file, gf_error *error) {
    const int flags = fcntl(file->fd, F_GETFL);
    file->bounce = aligned_alloc(BLOCK, file->window);
    if (file->bounce == NULL)
        return gf_error_no_memory(error, "a window of a file", file->window);
    memset(file->bounce, 0, BLOCK);
    file->direct = flags >= 0 && fcntl(file->fd, F_SETFL, flags | O_DIRECT) == 0 &&
                   pwrite(file->fd, file->bounce, BLOCK, 0) == (ssize_t)BLOCK;
    return file->direct ? GF_OK
                        : gf_error_set(error, GF_UNSUPPORTED,
                                       "the file system of %s can't read and write past the page "
                                       "cache",
                                       file->target);
}

static gf_status make(gf_large_file *file, bool direct, gf_error *error) {
    const int code = gf_temporary_file_open(file->target, 0666, &file->temporary);
    if (code != 0)
        return gf_error_set_errno(error, GF_FAILED, code, "cannot make %s", file->target);
    file->fd = fcntl(file->temporary.fd, F_DUPFD_CLOEXEC, 3);
    if (file->fd < 0) {
        file->fd = 0;
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot make %s", file->target);
    }
    const gf_status status = reserve(file, error);
    return status == GF_OK && direct ? go_direct(file, error) : status;
}

gf_status gf_large_file_create(gf_large_file *file, const char *target, uint64_t bytes, bool direct,
                               size_t window, gf_error *error) {
    *file = (gf_large_file){.target = target, .bytes = bytes, .window = window};
    const gf_status status =
        bytes <= INT64_MAX - MAPPED_UNIT
            ? make(file, direct, error)
            : gf_error_set(error, GF_FAILED, "cannot make %s: it is too large", target);
    if (status != GF_OK)
        gf_large_file_close(file);
    return status;
}

/* ---- Transfers ----------------------------------------------------------------- */

/* errno 0: the file ends before. */
static gf_status failed(const gf_large_file *file, bool writes, gf_error *error) {
    return gf_error_set_errno(error, GF_FAILED, errno == 0 ? EIO : errno, "cannot %s the file %s",
                              writes ? "write" : "read", file->target);
}

/* The last block of a file that is in place has no more than the file. */
static gf_status read_all(const gf_large_file *file, char *memory, size_t bytes, uint64_t at,
                          gf_error *error) {
    while (bytes > 0 && at < file->bytes) {
        errno = 0;
        const ssize_t got = pread(file->fd, memory, bytes, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return failed(file, false, error);
        memory += got;
        at += (uint64_t)got;
        bytes -= (size_t)got;
    }
    return GF_OK;
}

static gf_status write_all(const gf_large_file *file, const char *memory, size_t bytes, uint64_t at,
                           gf_error *error) {
    while (bytes > 0) {
        errno = 0;
        const ssize_t written = pwrite(file->fd, memory, bytes, (off_t)at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return failed(file, true, error);
        memory += written;
        at += (uint64_t)written;
        bytes -= (size_t)written;
    }
    return GF_OK;
}

/* The bytes that can move between the file and this memory without a copy. */
static size_t aligned_bytes(const gf_large_file *file, uint64_t at, const void *memory,
                            size_t bytes) {
    return at % BLOCK == 0 && (uintptr_t)memory % BLOCK == 0
               ? lesser(bytes / BLOCK * BLOCK, file->window)
               : 0;
}

/* Blocks of the window that has these bytes. */
typedef struct window {
    uint64_t first; /* in the file */
    size_t bytes;   /* whole blocks */
    size_t skipped; /* before those that are meant */
    size_t meant;
} window;

static window window_at(const gf_large_file *file, uint64_t at, size_t bytes) {
    const uint64_t first = at / BLOCK * BLOCK;
    const size_t skipped = (size_t)(at - first), meant = lesser(bytes, file->window - skipped);
    return (window){first, (size_t)round_up(skipped + meant, BLOCK), skipped, meant};
}

static gf_status read_direct(const gf_large_file *file, uint64_t at, char *memory, size_t bytes,
                             gf_error *error) {
    gf_status status = GF_OK;
    while (status == GF_OK && bytes > 0) {
        size_t moved = aligned_bytes(file, at, memory, bytes);
        if (moved > 0) {
            status = read_all(file, memory, moved, at, error);
        } else {
            const window w = window_at(file, at, bytes);
            status = read_all(file, file->bounce, w.bytes, w.first, error);
            memcpy(memory, file->bounce + w.skipped, w.meant);
            moved = w.meant;
        }
        at += moved;
        memory += moved;
        bytes -= moved;
    }
    return status;
}

/* Blocks that are written in part are read first. */
static gf_status fill_edges(const gf_large_file *file, const window *w, gf_error *error) {
    const size_t last = w->bytes - BLOCK;
    gf_status status = GF_OK;
    if (w->skipped > 0 || w->meant < BLOCK)
        status = read_all(file, file->bounce, BLOCK, w->first, error);
    if (status == GF_OK && last > 0 && w->skipped + w->meant < w->bytes)
        status = read_all(file, file->bounce + last, BLOCK, w->first + last, error);
    return status;
}

static gf_status write_window(const gf_large_file *file, const window *w, const char *memory,
                              gf_error *error) {
    const gf_status status = fill_edges(file, w, error);
    if (status != GF_OK)
        return status;
    memcpy(file->bounce + w->skipped, memory, w->meant);
    return write_all(file, file->bounce, w->bytes, w->first, error);
}

static gf_status write_direct(const gf_large_file *file, uint64_t at, const char *memory,
                              size_t bytes, gf_error *error) {
    gf_status status = GF_OK;
    while (status == GF_OK && bytes > 0) {
        size_t moved = aligned_bytes(file, at, memory, bytes);
        if (moved > 0) {
            status = write_all(file, memory, moved, at, error);
        } else {
            const window w = window_at(file, at, bytes);
            status = write_window(file, &w, memory, error);
            moved = w.meant;
        }
        at += moved;
        memory += moved;
        bytes -= moved;
    }
    return status;
}

static gf_status read_mapped(const gf_large_file *file, uint64_t at, char *memory, size_t bytes,
                             gf_error *error) {
    while (bytes > 0) {
        const uint64_t first = at / MAPPED_UNIT * MAPPED_UNIT;
        const size_t skipped = (size_t)(at - first), moved = lesser(bytes, file->window);
        char *mapped = mmap(NULL, skipped + moved, PROT_READ, MAP_SHARED | MAP_POPULATE, file->fd,
                            (off_t)first);
        if (mapped == MAP_FAILED)
            return failed(file, false, error);
        memcpy(memory, mapped + skipped, moved);
        (void)munmap(mapped, skipped + moved);
        at += moved;
        memory += moved;
        bytes -= moved;
    }
    return GF_OK;
}

gf_status gf_large_file_read(gf_large_file *file, uint64_t at, void *memory, size_t bytes,
                             gf_error *error) {
    const uint64_t start = now_ns();
    const gf_status status = file->direct ? read_direct(file, at, memory, bytes, error)
                                          : read_mapped(file, at, memory, bytes, error);
    file->read_ns += now_ns() - start;
    file->read_bytes += bytes;
    return status;
}

/* Not through the mapping: that would say of a disk that is full by a signal. */
gf_status gf_large_file_write(gf_large_file *file, uint64_t at, const void *memory, size_t bytes,
                              gf_error *error) {
    const uint64_t start = now_ns();
    const gf_status status = file->direct ? write_direct(file, at, memory, bytes, error)
                                          : write_all(file, memory, bytes, at, error);
    file->write_ns += now_ns() - start;
    file->written_bytes += bytes;
    return status;
}

/* ---- The end ------------------------------------------------------------------- */

gf_status gf_large_file_put(gf_large_file *file, gf_error *error) {
    const bool whole = ftruncate(file->fd, (off_t)file->bytes) == 0 && gf_sync_file(file->fd);
    int code = whole ? 0 : errno;
    if (code == 0 && access(file->target, F_OK) == 0)
        code = EEXIST; /* somebody has made it meanwhile */
    if (code == 0)
        code = gf_temporary_file_put(&file->temporary, file->target);
    if (code == 0 && !gf_sync_directory(file->target))
        code = errno;
    return code == 0 ? GF_OK
                     : gf_error_set_errno(error, GF_FAILED, code, "cannot make %s", file->target);
}

void gf_large_file_close(gf_large_file *file) {
    gf_temporary_file_remove(&file->temporary);
    if (file->fd > 0)
        close(file->fd);
    free(file->bounce);
    *file = (gf_large_file){.fd = 0};
}
