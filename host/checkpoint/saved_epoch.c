#include "checkpoint/saved_epoch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "checkpoint/epoch.h"
#include "os/files/digest.h"
#include "os/files/regular_file.h"
#include "os/files/text_file.h"

#define MOST_MANIFEST_BYTES (UINT64_C(256) << 20)
#define PIECE_BYTES         (1 << 20)

struct gf_saved_epoch {
    const gf_epoch_folder *folder;
    gf_epoch_manifest manifest;
    uint64_t row_bytes[GF_MAX_BUFFERS];
    char path[GF_EPOCH_PATH];
};

/* ---- Opening ----------------------------------------------------------- */

static gf_status read_manifest(gf_saved_epoch *saved, uint64_t step, gf_error *error) {
    char path[GF_EPOCH_PATH], *text = NULL;
    size_t length = 0;
    if (gf_epoch_path(saved->folder, step, true, GF_EPOCH_MANIFEST, path, error) != GF_OK)
        return error->status;
    gf_status status = gf_text_file_read(path, MOST_MANIFEST_BYTES, &text, &length, error);
    if (status != GF_OK)
        return gf_error_set(error, GF_FAILED, "has no manifest that can be read");
    status = gf_epoch_manifest_parse(text, length, &saved->manifest, error);
    free(text);
    if (status == GF_OK && saved->manifest.step != step)
        return gf_error_set(error, GF_FAILED, "is of step %llu by its manifest",
                            (unsigned long long)saved->manifest.step);
    return status == GF_FAILED ? gf_error_set(error, GF_FAILED, "has a damaged manifest") : status;
}

static gf_status part_path(const gf_saved_epoch *saved, const gf_epoch_part *part,
                           char path[GF_EPOCH_PATH], gf_error *error) {
    char name[64];
    gf_epoch_part_name(part, name);
    return gf_epoch_path(saved->folder, saved->manifest.step, true, name, path, error);
}

/* A file that was torn is shorter. */
static gf_status check_lengths(const gf_saved_epoch *saved, gf_error *error) {
    char path[GF_EPOCH_PATH], name[64];
    struct stat info;
    for (size_t i = 0; i < saved->manifest.part_count; i++) {
        const gf_epoch_part *part = &saved->manifest.parts[i];
        gf_epoch_part_name(part, name);
        if (part_path(saved, part, path, error) != GF_OK)
            return error->status;
        if (stat(path, &info) != 0)
            return gf_error_set(error, GF_FAILED, "lacks %s", name);
        if ((uint64_t)info.st_size != part->bytes)
            return gf_error_set(error, GF_FAILED, "is torn: %s has %lld of %llu bytes", name,
                                (long long)info.st_size, (unsigned long long)part->bytes);
    }
    return GF_OK;
}

/* GF_FAILED: it is damaged; the text goes behind its path. */
static gf_status check(gf_saved_epoch *saved, const gf_checkpoint_identity *identity,
                       gf_error *error) {
    gf_status status =
        gf_checkpoint_identity_compare(identity, saved->manifest.problem, saved->path, error);
    if (status == GF_OK)
        status = gf_epoch_parts_check(saved->manifest.parts, saved->manifest.part_count,
                                      identity->fields, identity->field_count, error);
    for (uint32_t i = 0; i < identity->field_count; i++)
        saved->row_bytes[i] = identity->fields[i].row_bytes;
    return status == GF_OK ? check_lengths(saved, error) : status;
}

static gf_status open_at(const gf_epoch_folder *folder, const gf_checkpoint_identity *identity,
                         uint64_t step, gf_saved_epoch **saved, gf_error *error) {
    gf_saved_epoch *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "an epoch", sizeof *made);
    made->folder = folder;
    gf_status status = gf_epoch_path(folder, step, true, NULL, made->path, error);
    if (status == GF_OK)
        status = read_manifest(made, step, error);
    if (status == GF_UNSUPPORTED)
        gf_error_prefix(error, "%s", made->path);
    if (status == GF_OK)
        status = check(made, identity, error);
    if (status == GF_OK)
        *saved = made;
    else
        gf_saved_epoch_close(made);
    return status;
}

static gf_status there_is_none(const gf_epoch_folder *folder, uint64_t passed_over,
                               gf_error *error) {
    if (passed_over > 0)
        return gf_error_set(error, GF_FAILED,
                            "no epoch in %s can be used; begin anew in an empty folder",
                            folder->path);
    return gf_error_set(error, GF_FAILED,
                        "%s has no epoch; give the folder of a checkpoint, or begin anew",
                        folder->path);
}

static void pass_over(const gf_epoch_folder *folder, uint64_t step, const gf_error *why,
                      gf_epoch_warning warn, void *context) {
    char text[GF_EPOCH_PATH + GF_ERROR_TEXT + 64];
    snprintf(text, sizeof text, "%s: the epoch of step %llu %s; it is passed over", folder->path,
             (unsigned long long)step, why->text);
    if (warn != NULL)
        warn(text, context);
}

gf_status gf_saved_epoch_open(const gf_epoch_folder *folder, const gf_checkpoint_identity *identity,
                              uint64_t below, gf_epoch_warning warn, void *context,
                              gf_saved_epoch **saved, gf_error *error) {
    bool found = false;
    uint64_t step = below, passed_over = below == GF_EPOCH_NEWEST ? 0 : 1;
    for (;;) {
        gf_status status = gf_epoch_folder_find(folder, step, &found, &step, error);
        if (status != GF_OK)
            return status;
        if (!found)
            return there_is_none(folder, passed_over, error);
        status = open_at(folder, identity, step, saved, error);
        if (status != GF_FAILED)
            return status;
        pass_over(folder, step, error, warn, context);
        gf_error_clear(error);
        passed_over++;
    }
}

void gf_saved_epoch_close(gf_saved_epoch *saved) {
    if (saved == NULL)
        return;
    gf_epoch_manifest_clear(&saved->manifest);
    free(saved);
}

uint64_t gf_saved_epoch_step(const gf_saved_epoch *saved) {
    return saved->manifest.step;
}

const char *gf_saved_epoch_path(const gf_saved_epoch *saved) {
    return saved->path;
}

const char *gf_saved_epoch_written(const gf_saved_epoch *saved) {
    return saved->manifest.written;
}

/* ---- Reading ----------------------------------------------------------- */

/* The bytes of a field that are wanted. */
typedef struct span {
    uint64_t first, end;
    char *into;
} span;

/* Copies what a piece, which begins at byte `at` of the field, has of the span. */
static void copy_piece(const span *wanted, uint64_t at, const char *piece, size_t size) {
    const uint64_t from = at > wanted->first ? at : wanted->first;
    const uint64_t end = at + size < wanted->end ? at + size : wanted->end;
    if (from < end)
        memcpy(wanted->into + (from - wanted->first), piece + (from - at), (size_t)(end - from));
}

/* Reads and hashes all of a part. Returns 0, or errno; EBADMSG: it is not what was written. */
static int read_pieces(FILE *stream, const gf_epoch_part *part, uint64_t at, const span *wanted,
                       char *piece, gf_digest *digest) {
    uint64_t left = part->bytes;
    char sha256[GF_SHA256_TEXT];
    while (left > 0) {
        const size_t size = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
        if (fread(piece, 1, size, stream) != size)
            return ferror(stream) ? errno : EBADMSG;
        gf_digest_add(digest, piece, size);
        copy_piece(wanted, at, piece, size);
        at += size;
        left -= size;
    }
    gf_digest_take(digest, sha256);
    return strcmp(sha256, part->sha256) == 0 ? 0 : EBADMSG;
}

static gf_status read_opened(FILE *stream, const gf_epoch_part *part, uint64_t at,
                             const span *wanted, const char *path, gf_error *error) {
    char *piece = malloc(PIECE_BYTES);
    gf_digest *digest = gf_digest_create();
    int code = ENOMEM;
    if (piece != NULL && digest != NULL)
        code = read_pieces(stream, part, at, wanted, piece, digest);
    gf_digest_destroy(digest);
    free(piece);
    if (code == 0)
        return GF_OK;
    return code == EBADMSG ? gf_error_set(error, GF_FAILED,
                                          "%s is damaged: its SHA-256 is not the manifest's", path)
                           : gf_error_set_errno(error, GF_FAILED, code, "cannot read %s", path);
}

static gf_status read_part(const gf_saved_epoch *saved, const gf_epoch_part *part,
                           const span *wanted, gf_error *error) {
    char path[GF_EPOCH_PATH];
    FILE *stream = NULL;
    gf_status status = part_path(saved, part, path, error);
    if (status == GF_OK && gf_regular_file_open(path, "restore it", &stream, error) != GF_OK)
        status = GF_FAILED;
    if (status != GF_OK)
        return status;
    const uint64_t at = part->first * saved->row_bytes[part->field];
    status = read_opened(stream, part, at, wanted, path, error);
    fclose(stream);
    return status;
}

gf_status gf_saved_epoch_read(const gf_saved_epoch *saved, uint32_t field, uint64_t first,
                              uint64_t rows, void *into, gf_error *error) {
    const uint64_t row_bytes = saved->row_bytes[field];
    const span wanted = {first * row_bytes, (first + rows) * row_bytes, into};
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < saved->manifest.part_count; i++) {
        const gf_epoch_part *part = &saved->manifest.parts[i];
        if (part->field == field && part->first < first + rows && part->first + part->rows > first)
            status = read_part(saved, part, &wanted, error);
    }
    return status;
}
