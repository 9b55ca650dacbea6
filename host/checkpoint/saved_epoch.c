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
    uint64_t columns[GF_MAX_BUFFERS], column_bytes[GF_MAX_BUFFERS]; /* of each field */
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
    for (uint32_t i = 0; i < identity->field_count; i++) {
        saved->columns[i] = identity->fields[i].columns;
        saved->column_bytes[i] = identity->fields[i].row_bytes / identity->fields[i].columns;
    }
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

/* What is wanted of a part. */
typedef struct wanted_area {
    gf_rectangle all; /* of the field: what the caller wants */
    char *into;
    size_t stride;
    uint64_t column_bytes;
} wanted_area;

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

static uint64_t smaller(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static bool meet(const gf_rectangle *a, const gf_rectangle *b) {
    return a->first_row < b->first_row + b->rows && b->first_row < a->first_row + a->rows &&
           a->first_column < b->first_column + b->columns &&
           b->first_column < a->first_column + a->columns;
}

/* A piece of a part: its bytes from `at` on. */
typedef struct part_piece {
    const gf_rectangle *area; /* of the part */
    uint64_t at;
    const char *bytes;
    size_t size;
} part_piece;

/* Copies what the piece has of a row of the field, of the columns that are wanted. */
static void copy_row(const wanted_area *wanted, const part_piece *piece, uint64_t row) {
    const gf_rectangle *all = &wanted->all, *area = piece->area;
    const uint64_t size = wanted->column_bytes, row_bytes = area->columns * size;
    const uint64_t left = larger(all->first_column, area->first_column);
    const uint64_t right =
        smaller(all->first_column + all->columns, area->first_column + area->columns);
    const uint64_t begin = (row - area->first_row) * row_bytes; /* in the part */
    const uint64_t from = larger(begin + (left - area->first_column) * size, piece->at);
    const uint64_t end =
        smaller(begin + (right - area->first_column) * size, piece->at + piece->size);
    if (from >= end)
        return;
    const uint64_t place = from - begin + area->first_column * size - all->first_column * size;
    memcpy(wanted->into + (size_t)(row - all->first_row) * wanted->stride + place,
           piece->bytes + (from - piece->at), (size_t)(end - from));
}

static void copy_piece(const wanted_area *wanted, const part_piece *piece) {
    const gf_rectangle *all = &wanted->all, *area = piece->area;
    const uint64_t row_bytes = area->columns * wanted->column_bytes;
    const uint64_t first = area->first_row + piece->at / row_bytes;
    const uint64_t end = area->first_row + (piece->at + piece->size - 1) / row_bytes + 1;
    for (uint64_t row = larger(first, all->first_row);
         row < smaller(end, all->first_row + all->rows); row++)
        copy_row(wanted, piece, row);
}

/* Reads and hashes all of a part. Returns 0, or errno; EBADMSG: it is not what was written. */
static int read_pieces(FILE *stream, const gf_epoch_part *part, const wanted_area *wanted,
                       char *piece, gf_digest *digest) {
    uint64_t at = 0, left = part->bytes;
    char sha256[GF_SHA256_TEXT];
    while (left > 0) {
        const size_t size = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
        if (fread(piece, 1, size, stream) != size)
            return ferror(stream) ? errno : EBADMSG;
        gf_digest_add(digest, piece, size);
        copy_piece(wanted, &(part_piece){&part->area, at, piece, size});
        at += size;
        left -= size;
    }
    gf_digest_take(digest, sha256);
    return strcmp(sha256, part->sha256) == 0 ? 0 : EBADMSG;
}

static gf_status read_opened(FILE *stream, const gf_epoch_part *part, const wanted_area *wanted,
                             const char *path, gf_error *error) {
    char *piece = malloc(PIECE_BYTES);
    gf_digest *digest = gf_digest_create();
    int code = ENOMEM;
    if (piece != NULL && digest != NULL)
        code = read_pieces(stream, part, wanted, piece, digest);
    gf_digest_destroy(digest);
    free(piece);
    if (code == 0)
        return GF_OK;
    return code == EBADMSG ? gf_error_set(error, GF_FAILED,
                                          "%s is damaged: its SHA-256 is not the manifest's", path)
                           : gf_error_set_errno(error, GF_FAILED, code, "cannot read %s", path);
}

static gf_status read_part(const gf_saved_epoch *saved, const gf_epoch_part *part,
                           const wanted_area *wanted, gf_error *error) {
    char path[GF_EPOCH_PATH];
    FILE *stream = NULL;
    gf_status status = part_path(saved, part, path, error);
    if (status == GF_OK && gf_regular_file_open(path, "restore it", &stream, error) != GF_OK)
        status = GF_FAILED;
    if (status != GF_OK)
        return status;
    status = read_opened(stream, part, wanted, path, error);
    fclose(stream);
    return status;
}

gf_status gf_saved_epoch_read(const gf_saved_epoch *saved, uint32_t field, const gf_rectangle *area,
                              void *into, size_t stride, gf_error *error) {
    const wanted_area wanted = {*area, into, stride, saved->column_bytes[field]};
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < saved->manifest.part_count; i++) {
        const gf_epoch_part *part = &saved->manifest.parts[i];
        if (part->field == field && meet(&part->area, area))
            status = read_part(saved, part, &wanted, error);
    }
    return status;
}

gf_status gf_saved_epoch_read_rows(const gf_saved_epoch *saved, uint32_t field, uint64_t first,
                                   uint64_t rows, void *into, gf_error *error) {
    const gf_rectangle area = {first, rows, 0, saved->columns[field]};
    const uint64_t row_bytes = saved->columns[field] * saved->column_bytes[field];
    return gf_saved_epoch_read(saved, field, &area, into, (size_t)row_bytes, error);
}
