#include "checkpoint/epoch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "os/files/digest.h"

/* Linux writes no more at once. */
#define MOST_WRITTEN 0x7ffff000

static gf_status cannot_write(const char *path, int code, gf_error *error) {
    const char *remedy = code == ENOSPC || code == EDQUOT || code == EFBIG
                             ? "make room, or give a folder on a disk that has it"
                             : "give another folder";
    return gf_error_set_errno(error, GF_FAILED, code, "cannot write %s (%s)", path, remedy);
}

/* ---- Files ------------------------------------------------------------- */

/* Returns 0, or errno. */
static int write_bytes(int fd, const char *bytes, uint64_t count) {
    while (count > 0) {
        const size_t piece = count < MOST_WRITTEN ? (size_t)count : MOST_WRITTEN;
        const ssize_t written = write(fd, bytes, piece);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written == 0 ? ENOSPC : errno;
        bytes += written;
        count -= (uint64_t)written;
    }
    return fsync(fd) == 0 ? 0 : errno;
}

static gf_status write_file(const char *path, const char *bytes, uint64_t count, gf_error *error) {
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0)
        return cannot_write(path, errno, error);
    int code = write_bytes(fd, bytes, count);
    if (close(fd) != 0 && code == 0)
        code = errno;
    return code == 0 ? GF_OK : cannot_write(path, code, error);
}

/* ---- The epoch --------------------------------------------------------- */

gf_status gf_epoch_begin(const gf_epoch_folder *folder, uint64_t step, gf_error *error) {
    char path[GF_EPOCH_PATH];
    if (gf_epoch_path(folder, step, false, NULL, path, error) != GF_OK)
        return error->status;
    return mkdir(path, 0777) == 0 ? GF_OK : cannot_write(path, errno, error);
}

void gf_epoch_abandon(const gf_epoch_folder *folder, uint64_t step) {
    gf_epoch_remove(folder, step, false);
}

void gf_epoch_part_name(const gf_epoch_part *part, char name[64]) {
    const gf_rectangle *area = &part->area;
    char column[32] = "";
    if (area->first_column > 0)
        snprintf(column, sizeof column, "-%012" PRIu64, area->first_column);
    snprintf(name, 64, "%" PRIu32 "-%012" PRIu64 "%s.part", part->field, area->first_row, column);
}

gf_status gf_epoch_write_part(const gf_epoch_folder *folder, uint64_t step, gf_epoch_part *part,
                              const void *data, gf_error *error) {
    char path[GF_EPOCH_PATH], name[64];
    gf_epoch_part_name(part, name);
    gf_sha256(data, (size_t)part->bytes, part->sha256);
    if (gf_epoch_path(folder, step, false, name, path, error) != GF_OK)
        return error->status;
    return write_file(path, data, part->bytes, error);
}

static gf_status write_manifest(const gf_epoch_folder *folder, const gf_epoch_manifest *manifest,
                                gf_error *error) {
    char path[GF_EPOCH_PATH];
    char *text = gf_epoch_manifest_text(manifest);
    if (text == NULL)
        return gf_error_no_memory(error, "a manifest", 0);
    gf_status status = gf_epoch_path(folder, manifest->step, false, GF_EPOCH_MANIFEST, path, error);
    if (status == GF_OK)
        status = write_file(path, text, strlen(text), error);
    free(text);
    return status;
}

static gf_status give_name(const gf_epoch_folder *folder, uint64_t step, gf_error *error) {
    char path[GF_EPOCH_PATH], name[GF_EPOCH_PATH];
    if (gf_epoch_path(folder, step, false, NULL, path, error) != GF_OK ||
        gf_epoch_path(folder, step, true, NULL, name, error) != GF_OK ||
        gf_epoch_sync_folder(path, error) != GF_OK)
        return error->status;
    gf_epoch_remove(folder, step, true); /* damaged, or it would have been gone on from */
    if (rename(path, name) != 0)
        return cannot_write(name, errno, error);
    return gf_epoch_sync_folder(folder->path, error);
}

gf_status gf_epoch_commit(const gf_epoch_folder *folder, uint64_t step,
                          const gf_checkpoint_identity *identity, gf_epoch_part *parts,
                          size_t count, gf_error *error) {
    const gf_epoch_manifest manifest = {
        .step = step, .problem = identity->facts, .parts = parts, .part_count = count};
    gf_status status =
        gf_epoch_parts_check(parts, count, identity->fields, identity->field_count, error);
    if (status != GF_OK)
        return gf_error_prefix(error, "the epoch of step %llu", (unsigned long long)step);
    status = write_manifest(folder, &manifest, error);
    if (status == GF_OK)
        status = give_name(folder, step, error);
    if (status == GF_OK)
        gf_epoch_folder_prune(folder, step);
    return status;
}
