#include "parallel/output/parallel_output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/entry.h"
#include "base/error.h"
#include "image/image.h"
#include "image/npy.h"
#include "os/atomic_file.h"
#include "os/files/temporary_file.h"
#include "parallel/answer/whole_rows.h"
#include "parallel/bands/band_picture.h"

static bool is_first(const gf_parallel *parallel) {
    return parallel->ranks->rank == 0;
}

/* ---- .npy: each rank writes its rows at their place -------------------------------- */

static gf_status write_at(int fd, const char *data, size_t bytes, off_t place, const char *path,
                          gf_error *error) {
    while (bytes > 0) {
        const ssize_t written = pwrite(fd, data, bytes, place);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return gf_error_set_errno(error, GF_FAILED, written < 0 ? errno : ENOSPC,
                                      "cannot write the array %s", path);
        data += written;
        place += written;
        bytes -= (size_t)written;
    }
    return GF_OK;
}

/* Each row of the rank's rectangle at its place. */
static gf_status write_rectangle(const gf_rank_part *part, int fd, size_t header, const char *path,
                                 gf_error *error) {
    const gf_buffer_spec *spec = &part->whole->buffers[part->whole->result];
    const gf_rectangle mine = gf_rank_rectangle(part, part->ranks.rank);
    const size_t row_bytes = gf_row_bytes(spec), cell_bytes = row_bytes / spec->cols;
    const size_t bytes = (size_t)mine.columns * cell_bytes;
    gf_status status = GF_OK;
    for (uint64_t i = 0; status == GF_OK && i < mine.rows; i++)
        status = write_at(fd, (const char *)part->result + i * bytes, bytes,
                          (off_t)(header + (size_t)(mine.first_row + i) * row_bytes +
                                  (size_t)mine.first_column * cell_bytes),
                          path, error);
    return status;
}

/* A result that is joined is the first rank's. */
static gf_status write_bands(const gf_parallel *parallel, int fd, size_t header, const char *path,
                             gf_error *error) {
    const gf_rank_bands *bands = &parallel->bands;
    const gf_buffer_spec *spec = &bands->whole->buffers[bands->whole->result];
    const size_t row_bytes = gf_row_bytes(spec);
    gf_status status = GF_OK;
    if (!gf_rank_bands_are_rows(bands))
        return is_first(parallel)
                   ? write_at(fd, bands->joined, spec->bytes, (off_t)header, path, error)
                   : GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < bands->count; i++)
        status = write_at(
            fd, gf_band_result(bands, i), (size_t)bands->bands[i].units.count * row_bytes,
            (off_t)(header + (size_t)bands->bands[i].units.first * row_bytes), path, error);
    return status;
}

static gf_status write_own_rows(const gf_parallel *parallel, int fd, size_t header,
                                const char *path, gf_error *error) {
    const gf_rank_part *part = &parallel->part;
    const gf_problem *whole = parallel->problem;
    const gf_buffer_spec *spec = &whole->buffers[whole->result];
    if (gf_parallel_takes_part(parallel) && gf_parallel_has_bands(parallel))
        return write_bands(parallel, fd, header, path, error);
    if (!gf_parallel_takes_part(parallel) || part->mine.count == 0)
        return GF_OK;
    const size_t row_bytes = gf_row_bytes(spec);
    if (gf_rank_has_sides(part))
        return write_rectangle(part, fd, header, path, error);
    return write_at(fd, part->result, (size_t)part->mine.count * row_bytes,
                    (off_t)(header + (size_t)part->mine.first * row_bytes), path, error);
}

/* The file has a temporary name, by which the others open it. */
static gf_status make_file(const gf_parallel *parallel, const char *path, const char *header,
                           size_t header_bytes, gf_temporary_file *file, gf_error *error) {
    const gf_problem *whole = parallel->problem;
    const size_t bytes = whole->buffers[whole->result].bytes;
    if (strcmp(path, "-") == 0)
        return gf_error_set(error, GF_USAGE,
                            "-: ranks write an array at its places, which stdout has none of; give "
                            "a file");
    const int code = gf_temporary_file_open_named(path, 0666, file);
    if (code != 0)
        return gf_error_set_errno(error, GF_FAILED, code, "cannot make %s", path);
    if (ftruncate(file->fd, (off_t)(header_bytes + bytes)) != 0)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot write the array %s", path);
    return write_at(file->fd, header, header_bytes, 0, path, error);
}

/* On the other ranks. */
static gf_status add_rows(const gf_parallel *parallel, const char *temporary, size_t header_bytes,
                          const char *path, gf_error *error) {
    const int fd = open(temporary, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return gf_error_set_errno(error, GF_FAILED, errno,
                                  "cannot open %s, which rank 0 has made; give a path that all "
                                  "hosts share",
                                  temporary);
    gf_status status = write_own_rows(parallel, fd, header_bytes, path, error);
    if (status == GF_OK && fsync(fd) != 0)
        status = gf_error_set_errno(error, GF_FAILED, errno, "cannot write the array %s", path);
    if (close(fd) != 0 && status == GF_OK)
        status = gf_error_set_errno(error, GF_FAILED, errno, "cannot write the array %s", path);
    return status;
}

static gf_status sync_file(const gf_temporary_file *file, const char *path, gf_error *error) {
    return fsync(file->fd) == 0
               ? GF_OK
               : gf_error_set_errno(error, GF_FAILED, errno, "cannot write the array %s", path);
}

/* Every rank's rows are on the disk before the file gets its name. */
static gf_status write_together(gf_parallel *parallel, const char *path, gf_temporary_file *file,
                                gf_error *error) {
    const gf_problem *whole = parallel->problem;
    const gf_buffer_spec *spec = &whole->buffers[whole->result];
    const bool first = is_first(parallel);
    char header[GF_NPY_HEADER], temporary[PATH_MAX] = "";
    const size_t bytes =
        gf_npy_header(spec->type, spec->rows, spec->cols * spec->components, header);
    gf_status status = gf_ranks_agree(
        parallel->ranks, first ? make_file(parallel, path, header, bytes, file, error) : GF_OK,
        error);
    if (status == GF_OK && first)
        snprintf(temporary, sizeof temporary, "%s", gf_temporary_file_path(file));
    if (status == GF_OK)
        status = gf_ranks_broadcast(parallel->ranks, temporary, sizeof temporary, error);
    if (status != GF_OK)
        return status;
    if (first)
        status = write_own_rows(parallel, file->fd, bytes, path, error);
    else if (gf_parallel_takes_part(parallel))
        status = add_rows(parallel, temporary, bytes, path, error);
    status = gf_ranks_agree(parallel->ranks, status, error);
    return status == GF_OK && first ? sync_file(file, path, error) : status;
}

gf_status gf_parallel_write_npy(gf_parallel *parallel, const char *path, gf_error *error) {
    GF_ENTER(error);
    gf_temporary_file file = {.fd = -1};
    gf_status status = write_together(parallel, path, &file, error);
    if (status == GF_OK && is_first(parallel)) {
        const int code = gf_temporary_file_put(&file, path);
        if (code != 0)
            status = gf_error_set_errno(error, GF_FAILED, code, "cannot make %s", path);
    }
    gf_temporary_file_remove(&file);
    return parallel->ranks->agreed ? status : gf_ranks_agree(parallel->ranks, status, error);
}

/* ---- PNG: rank 0 writes the rows as they come ----------------------------------------- */

/* Bytes of pixels that travel at a time. */
#define PIECE_BYTES ((size_t)4 << 20)

static double own_largest(const gf_parallel *parallel) {
    const gf_rank_part *part = &parallel->part;
    if (gf_parallel_has_bands(parallel))
        return gf_bands_picture_largest(&parallel->bands);
    return part->mine.count == 0
               ? 0
               : parallel->problem->workload->picture_largest(&part->problem, part->result);
}

/* What all parts of the picture depend on. */
static gf_status find_scale(gf_parallel *parallel, gf_error *error) {
    const gf_ranks group = gf_ranks_first(parallel->ranks, parallel->latest);
    double *largest = &parallel->part.problem.picture_largest;
    if (parallel->problem->workload->picture_largest == NULL)
        return GF_OK;
    double *all = calloc(group.size, sizeof *all);
    if (all == NULL)
        return gf_error_no_memory(error, "the scale of a picture", group.size * sizeof *all);
    const double mine = own_largest(parallel);
    const gf_status status = gf_ranks_gather_everywhere(&group, &mine, sizeof mine, all, error);
    for (uint32_t i = 0; status == GF_OK && i < group.size; i++)
        *largest = all[i] > *largest ? all[i] : *largest;
    free(all);
    return status;
}

static gf_status render(gf_parallel *parallel, gf_image *image, gf_error *error) {
    const gf_rank_part *part = &parallel->part;
    if (gf_parallel_has_bands(parallel))
        return gf_bands_render(&parallel->bands, part->problem.picture_largest, image, error);
    return part->mine.count == 0
               ? GF_OK
               : part->whole->workload->render(&part->problem, part->result, image, error);
}

static size_t rows_of_piece(size_t row_bytes) {
    return row_bytes < PIECE_BYTES ? PIECE_BYTES / row_bytes : 1;
}

/* In a grid of several columns: the rows of the picture from one row of the grid after the other.
 * The sink and its failure are rank 0's. */
static gf_status cross_rows(const gf_rank_part *part, const gf_image *image, gf_rows_sink sink,
                            void *context, gf_error *failure, gf_error *error) {
    const gf_own_rows own = {image->pixels, image->channels};
    const uint32_t across = part->grid.across, grid_row = part->ranks.rank / across;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < part->grid.down; i++) {
        if (part->ranks.rank == 0 || i == grid_row)
            status = gf_whole_rows(part, i, 0, own, sink, context, failure, error);
    }
    return status;
}

/* Rows of an image, in pieces; none has no width either. */
static gf_status send_piece(const gf_ranks *ranks, const gf_image *image, size_t first,
                            size_t count, gf_error *error) {
    const size_t row_bytes = image->width * image->channels;
    gf_status status = GF_OK;
    for (size_t row = first; status == GF_OK && row < first + count;) {
        const size_t left = first + count - row, most = rows_of_piece(row_bytes);
        const size_t rows = left < most ? left : most;
        status =
            gf_ranks_send_all(ranks, 0, image->pixels + row * row_bytes, rows * row_bytes, error);
        row += rows;
    }
    return status;
}

/* Band by band, as rank 0 takes them. */
static gf_status send_bands(const gf_rank_bands *bands, const gf_image *image, gf_error *error) {
    gf_status status = GF_OK;
    size_t row = 0;
    for (uint32_t i = 0; status == GF_OK && i < bands->count; i++) {
        const size_t rows = (size_t)bands->bands[i].units.count;
        status = send_piece(&bands->ranks, image, row, rows, error);
        row += rows;
    }
    return status;
}

/* A rank without a part has an image without rows, and without a width. */
static gf_status send_rows(const gf_parallel *parallel, const gf_image *image, gf_error *error) {
    const gf_rank_part *part = &parallel->part;
    gf_error none = GF_ERROR_INIT;
    if (gf_parallel_has_bands(parallel))
        return send_bands(&parallel->bands, image, error);
    if (part->mine.count > 0 && gf_rank_has_sides(part))
        return cross_rows(part, image, NULL, NULL, &none, error);
    return send_piece(&part->ranks, image, 0, image->height, error);
}

/* A picture on rank 0. Once its file has failed the rows of others are taken all the same, since
 * these ranks wait for that, and dropped. */
typedef struct picture {
    gf_png_rows *png;
    gf_error failure; /* of the file */
    uint8_t *piece;
} picture;

static void add_piece(picture *made, size_t rows, const uint8_t *pixels) {
    if (made->failure.status == GF_OK)
        (void)gf_png_rows_add(made->png, rows, pixels, &made->failure);
}

static gf_status add_whole_rows(void *context, const void *rows, uint64_t count, gf_error *error) {
    picture *made = context;
    return gf_png_rows_add(made->png, (size_t)count, rows, error);
}

static gf_status take_rows(const gf_ranks *ranks, uint32_t from, size_t height, size_t row_bytes,
                           picture *made, gf_error *error) {
    const size_t most = rows_of_piece(row_bytes);
    gf_status status = GF_OK;
    for (size_t row = 0; status == GF_OK && row < height;) {
        const size_t rows = height - row < most ? height - row : most;
        status = gf_ranks_receive_all(ranks, from, made->piece, rows * row_bytes, error);
        if (status == GF_OK)
            add_piece(made, rows, made->piece);
        row += rows;
    }
    return status;
}

static void begin_picture(const gf_parallel *parallel, const gf_image *image, FILE *stream,
                          const char *path, picture *made) {
    const gf_problem *whole = parallel->problem;
    const size_t height = whole->buffers[whole->result].rows;
    const size_t width =
        gf_rank_has_sides(&parallel->part) ? whole->buffers[whole->result].cols : image->width;
    *made = (picture){.failure = GF_ERROR_INIT};
    (void)gf_png_rows_begin(width, height, image->channels, stream, path, &made->png,
                            &made->failure);
}

static void end_picture(picture *made) {
    if (made->failure.status == GF_OK)
        (void)gf_png_rows_end(made->png, &made->failure);
    else
        gf_png_rows_discard(made->png);
    free(made->piece);
}

static gf_status add_parts(const gf_rank_part *part, const gf_image *image, picture *made,
                           gf_error *error) {
    const size_t row_bytes = image->width * image->channels;
    gf_status status = GF_OK;
    if (gf_rank_has_sides(part))
        return cross_rows(part, image, add_whole_rows, made, &made->failure, error);
    add_piece(made, image->height, image->pixels);
    for (uint32_t i = 1; status == GF_OK && i < part->active; i++)
        status = take_rows(&part->ranks, i, (size_t)part->parts[i].count, row_bytes, made, error);
    return status;
}

static gf_status add_bands(const gf_parallel *parallel, const gf_image *image, picture *made,
                           gf_error *error) {
    const size_t row_bytes = image->width * image->channels;
    const uint8_t *own = image->pixels;
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < parallel->band_table.count; i++) {
        const gf_band_row *row = &parallel->band_table.rows[i];
        const size_t rows = (size_t)row->band.units.count;
        if (row->rank != 0) {
            status = take_rows(&parallel->bands.ranks, row->rank, rows, row_bytes, made, error);
            continue;
        }
        add_piece(made, rows, own);
        own += rows * row_bytes;
    }
    return status;
}

/* The rows of all ranks, in their order. */
static gf_status write_rows(const gf_parallel *parallel, const gf_image *image, picture *made,
                            gf_error *error) {
    const size_t row_bytes = image->width * image->channels;
    made->piece = malloc(rows_of_piece(row_bytes) * row_bytes);
    if (made->piece == NULL)
        return gf_error_no_memory(error, "rows of a picture", row_bytes);
    return gf_parallel_has_bands(parallel) ? add_bands(parallel, image, made, error)
                                           : add_parts(&parallel->part, image, made, error);
}

/* On rank 0; closes the file. The status is that of the other ranks. */
static gf_status put_picture(const gf_parallel *parallel, const gf_image *image,
                             gf_atomic_file *file, const char *path, gf_error *failure,
                             gf_error *error) {
    picture made;
    begin_picture(parallel, image, gf_atomic_file_stream(file), path, &made);
    const gf_status status = write_rows(parallel, image, &made, error);
    end_picture(&made);
    *failure = made.failure;
    (void)gf_atomic_file_close(file, status != GF_OK ? status : failure->status, failure);
    return status;
}

/* All that can fail before rows travel. */
static gf_status begin_png(gf_parallel *parallel, const char *path, gf_image *image,
                           gf_atomic_file **file, gf_error *error) {
    gf_status status = gf_parallel_takes_part(parallel) ? render(parallel, image, error) : GF_OK;
    if (status == GF_OK && is_first(parallel))
        status = gf_atomic_file_open(path, file, error);
    return gf_ranks_agree(parallel->ranks, status, error);
}

gf_status gf_parallel_write_png(gf_parallel *parallel, const char *path, gf_error *error) {
    GF_ENTER(error);
    gf_image image = {.width = 0};
    gf_atomic_file *file = NULL;
    gf_error failure = GF_ERROR_INIT;
    gf_status status = gf_parallel_takes_part(parallel) ? find_scale(parallel, error) : GF_OK;
    if (status == GF_OK)
        status = begin_png(parallel, path, &image, &file, error);
    if (status != GF_OK) {
        gf_atomic_file_discard(file);
    } else if (is_first(parallel)) {
        status = put_picture(parallel, &image, file, path, &failure, error);
    } else if (gf_parallel_takes_part(parallel)) {
        status = send_rows(parallel, &image, error);
    }
    gf_image_clear(&image);
    if (status != GF_OK)
        return status;
    if (failure.status != GF_OK)
        *error = failure;
    return gf_ranks_agree(parallel->ranks, failure.status, error);
}
