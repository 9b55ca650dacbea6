#include "measure/filed/field.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "device/host_array.h"
#include "image/npy.h"
#include "os/machine.h"
#include "problem/problem.h"

#define HEADER GF_LARGE_FILE_BLOCK

/* Files are moved by a sixteenth of the memory at a time, but for very little or very much. */
#define WINDOWS      16
#define LEAST_WINDOW (UINT64_C(64) << 10)
#define MOST_WINDOW  (UINT64_C(8) << 20)

/* ---- What is possible ---------------------------------------------------------- */

static gf_status about(gf_error *error) {
    return gf_error_set_parameter(error, error->status, "field-file", ": %s", error->text);
}

static gf_status check_problem(const gf_field *field, gf_error *error) {
    const gf_workload *workload = field->problem->workload;
    const gf_division *division = &field->division;
    if (division->why_not == NULL && division->reach > 0 && field->problem->has_pair &&
        workload->fill_rows != NULL && gf_is_cut(division, field->problem->result))
        return GF_OK;
    return gf_error_set_parameter(error, GF_USAGE, "field-file",
                                  ": only a grid whose rows are computed step by step goes into "
                                  "files, such as that of diffusion; %s has none",
                                  workload->name);
}

/* What is there may have taken days, too. */
static gf_status check_path(const gf_field *field, gf_error *error) {
    struct stat info;
    const char *path = field->options->path;
    if (*path == '\0' || strcmp(path, "-") == 0)
        return gf_error_set_parameter(error, GF_USAGE, "field-file",
                                      " '%s': rows are written at their places; give a file", path);
    if (lstat(path, &info) == 0)
        return gf_error_set_parameter(error, GF_USAGE, "field-file",
                                      " %s: is there already; remove it or give another path",
                                      path);
    return GF_OK;
}

static uint64_t field_bytes(const gf_field *field) {
    return field->problem->buffers[field->problem->result].bytes;
}

/* Places in files are signed numbers. */
static gf_status check_size(const gf_field *field, gf_error *error) {
    return field_bytes(field) <= INT64_MAX / 2
               ? GF_OK
               : gf_error_set_parameter(error, GF_FAILED, "field-file",
                                        ": no file has room for a field of %.3f GiB; use a smaller "
                                        "problem",
                                        (double)field_bytes(field) / 0x1p30);
}

static void choose_memory(gf_field *field) {
    const gf_memory_room room = gf_machine_memory_room("", 0);
    const uint64_t wanted = field->options->memory_bytes;
    field->memory_bytes = wanted > 0 ? wanted : room.bytes / 4;
    uint64_t window = field->memory_bytes / WINDOWS;
    window = window < LEAST_WINDOW ? LEAST_WINDOW : window > MOST_WINDOW ? MOST_WINDOW : window;
    field->window = (size_t)window / GF_LARGE_FILE_BLOCK * GF_LARGE_FILE_BLOCK;
    field->direct = field->options->access != GF_FIELD_MAPPED;
}

uint64_t gf_field_room(const gf_field *field) {
    const uint64_t windows = 2 * (uint64_t)field->window;
    return field->memory_bytes > 2 * windows ? field->memory_bytes - windows
                                             : field->memory_bytes / 2;
}

/* ---- What its proof needs ----------------------------------------------------------- */

uint64_t gf_field_reach(const gf_field *field) {
    return field->problem->steps * field->division.reach;
}

/* Rows that the reference has room for, in its two arrays. */
static uint64_t room_of(const gf_field *field) {
    return gf_field_room(field) / (2 * (uint64_t)gf_field_row_bytes(field));
}

uint64_t gf_field_rows_of_piece(const gf_field *field) {
    const uint64_t room = room_of(field), reach = gf_field_reach(field),
                   all = field->division.units;
    if (room >= all)
        return all;
    return reach < room / 2 + 1 && room > 2 * reach ? room - 2 * reach : 0;
}

static gf_status check_proof(const gf_field *field, gf_error *error) {
    const double rows = fmin(2 * (double)gf_field_reach(field) + 1, (double)field->division.units);
    /* With these gf_field_room suffices: windows take an eighth of it, or a little. */
    const double needed =
        2 * rows * (double)gf_field_row_bytes(field) * 8 / 7 + 4 * (double)LEAST_WINDOW;
    if (gf_field_rows_of_piece(field) > 0)
        return GF_OK;
    return gf_error_set_parameter(
        error, GF_UNSUPPORTED, "field-memory",
        ": %.3f MiB have no room for the proof: a row of the result depends on %.0f rows of the "
        "first state, so that %.3f MiB are needed; allow as much or make fewer steps",
        (double)field->memory_bytes / 0x1p20, rows, needed / 0x1p20);
}

/* ---- Files ----------------------------------------------------------------------- */

static gf_status make_files(gf_field *field, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < 2; i++)
        status =
            gf_large_file_create(&field->files[i], field->options->path,
                                 field_bytes(field) + HEADER, field->direct, field->window, error);
    if (status == GF_OK)
        return GF_OK;
    for (uint32_t i = 0; i < 2; i++)
        gf_large_file_close(&field->files[i]);
    return status;
}

/* A file system that can't be passed the page cache of is used through it, unless the caller asked
 * for the other. */
static gf_status make_files_somehow(gf_field *field, gf_error *error) {
    gf_status status = make_files(field, error);
    if (status == GF_UNSUPPORTED && field->options->access == GF_FIELD_AUTO) {
        gf_error_clear(error);
        field->direct = false;
        status = make_files(field, error);
    }
    if (status == GF_UNSUPPORTED)
        return gf_error_set_parameter(error, GF_UNSUPPORTED, "field-access",
                                      " direct: %s; use mapped, or leave it out", error->text);
    return status == GF_OK ? GF_OK : about(error);
}

static gf_status write_headers(gf_field *field, gf_error *error) {
    const gf_buffer_spec *spec = &field->problem->buffers[field->problem->result];
    char header[HEADER];
    gf_npy_header_padded(spec->type, spec->rows, spec->cols * spec->components, HEADER, header);
    gf_status status = gf_large_file_write(&field->files[0], 0, header, HEADER, error);
    return status == GF_OK ? gf_large_file_write(&field->files[1], 0, header, HEADER, error)
                           : status;
}

/* ---- First content ----------------------------------------------------------------- */

uint64_t gf_field_rows_at_once(const gf_field *field) {
    const uint64_t rows = field->window / gf_field_row_bytes(field);
    return rows > 0 ? rows : 1;
}

gf_status gf_field_fill_rows(const gf_field *field, uint64_t first, uint64_t rows, void *memory,
                             gf_error *error) {
    const gf_problem *problem = field->problem;
    const uint64_t all = field->division.units;
    gf_status status = GF_OK;
    for (uint64_t i = 0; status == GF_OK && i < rows;) {
        const uint64_t at = (first + i) % all;
        const uint64_t piece = rows - i < all - at ? rows - i : all - at;
        status = problem->workload->fill_rows(
            problem, problem->result, (size_t)at, (size_t)piece,
            (char *)memory + (size_t)i * gf_field_row_bytes(field), error);
        i += piece;
    }
    return status;
}

/* What the workload notes of all rows is joined from what it notes of some. `before`: room for what
 * it has noted so far. */
static void note_rows(gf_field *field, gf_part rows, const void *memory, void *before) {
    gf_problem *problem = field->problem;
    const gf_workload *workload = problem->workload;
    const void *inputs[GF_MAX_BUFFERS] = {NULL};
    gf_tolerance tolerance = {0};
    gf_problem part;
    (void)gf_problem_of_part(problem, rows, &part);
    inputs[problem->result] = memory;
    if (workload->join_notes != NULL)
        memcpy(before, problem->extra, workload->extra_bytes);
    if (workload->note_inputs != NULL)
        workload->note_inputs(&part, inputs);
    if (rows.first > 0 && workload->join_notes != NULL)
        workload->join_notes(problem, before);
    if (workload->tolerance != NULL)
        workload->tolerance(&part, inputs, &tolerance);
    if (rows.first == 0 || tolerance.abs_error > field->tolerance.abs_error)
        field->tolerance = tolerance;
}

static gf_status write_rows(gf_large_file *file, const gf_field *field, gf_part rows,
                            const void *memory, gf_error *error) {
    const size_t row_bytes = gf_field_row_bytes(field);
    return gf_large_file_write(file, HEADER + rows.first * row_bytes, memory,
                               (size_t)rows.count * row_bytes, error);
}

typedef gf_status (*rows_maker)(gf_field *field, gf_part rows, void *memory, void *before,
                                gf_error *error);

static gf_status make_state(gf_field *field, gf_part rows, void *memory, void *before,
                            gf_error *error) {
    const gf_status status = gf_field_fill_rows(field, rows.first, rows.count, memory, error);
    if (status != GF_OK)
        return status;
    note_rows(field, rows, memory, before);
    return write_rows(&field->files[0], field, rows, memory, error);
}

static gf_status make_poison(gf_field *field, gf_part rows, void *memory, void *before,
                             gf_error *error) {
    (void)before;
    memset(memory, 0xff, (size_t)rows.count * gf_field_row_bytes(field));
    return write_rows(&field->files[1], field, rows, memory, error);
}

/* Rows by rows. */
static gf_status write_all(gf_field *field, rows_maker make, void *memory, void *before,
                           gf_error *error) {
    const gf_progress progress = {.device_id = "host", .variant = "files", .stage = "field"};
    const uint64_t all = field->division.units, at_once = gf_field_rows_at_once(field);
    gf_status status = GF_OK;
    gf_context_report_progress(&field->context, &progress);
    for (uint64_t first = 0; status == GF_OK && first < all; first += at_once) {
        const gf_part rows = {first, all - first < at_once ? all - first : at_once};
        status = gf_context_check_cancel(&field->context, error);
        if (status == GF_OK)
            status = make(field, rows, memory, before, error);
    }
    return status;
}

static gf_status write_with(gf_field *field, rows_maker make, gf_error *error) {
    const size_t bytes = (size_t)gf_field_rows_at_once(field) * gf_field_row_bytes(field);
    void *memory = gf_host_allocate(bytes, field->context.options->cancel);
    void *before = malloc(field->problem->workload->extra_bytes + 1);
    const gf_status status = memory != NULL && before != NULL
                                 ? write_all(field, make, memory, before, error)
                                 : gf_error_no_memory(error, "rows of the field", bytes);
    free(before);
    free(memory);
    return status;
}

gf_status gf_field_poison(gf_field *field, gf_error *error) {
    return write_with(field, make_poison, error);
}

/* ---- Opening and closing ------------------------------------------------------------- */

gf_status gf_field_open(gf_field *field, gf_problem *problem, const gf_context *context,
                        gf_error *error) {
    *field =
        (gf_field){.options = context->options->field, .context = *context, .problem = problem};
    gf_problem_divide(problem, &field->division);
    gf_status status = check_problem(field, error);
    if (status == GF_OK)
        status = check_path(field, error);
    if (status == GF_OK)
        status = check_size(field, error);
    if (status == GF_OK) {
        choose_memory(field);
        status = check_proof(field, error);
    }
    if (status == GF_OK)
        status = make_files_somehow(field, error);
    if (status == GF_OK)
        status = write_headers(field, error);
    if (status == GF_OK)
        status = write_with(field, make_state, error);
    if (status != GF_OK)
        gf_field_close(field);
    return status;
}

void gf_field_close(gf_field *field) {
    gf_large_file_close(&field->files[0]);
    gf_large_file_close(&field->files[1]);
    *field = (gf_field){.options = NULL};
}

/* ---- Rows of the state ----------------------------------------------------------------- */

gf_status gf_field_read_rows(gf_field *field, uint64_t first, uint64_t rows, void *memory,
                             gf_error *error) {
    const size_t row_bytes = gf_field_row_bytes(field);
    return gf_large_file_read(&field->files[field->content], HEADER + first * row_bytes, memory,
                              (size_t)rows * row_bytes, error);
}

void gf_field_give(gf_field *field, uint32_t index, gf_buffer *buffer) {
    buffer->file = &field->files[index == field->problem->result ? 0 : 1];
    buffer->file_offset = HEADER;
}

gf_status gf_field_put(gf_field *field, gf_error *error) {
    return gf_large_file_put(&field->files[field->content], error) == GF_OK ? GF_OK : about(error);
}
