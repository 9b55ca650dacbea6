/* What is known of the devices: tables of transfers and of what they sustain, or JSON. */
#include <stdlib.h>

#include "base/error.h"
#include "base/json.h"
#include "base/stream.h"
#include "calibrate/profile_json.h"
#include "predict/calibration.h"
#include "report/json_objects.h"
#include "report/table.h"

static const gf_profile *profile_at(const gf_calibration *c, size_t row, size_t rows_each) {
    return c->profiles[row / rows_each];
}

/* ---- Transfers: a row for each device, direction and kind of memory ---- */

#define LINES ((size_t)GF_DIRECTIONS * GF_MEMORY_KINDS)

typedef enum line_column { LATENCY, BANDWIDTH, SPREAD } line_column;

static gf_memory_kind kind_at(size_t row) {
    return (gf_memory_kind)(row % LINES / GF_DIRECTIONS);
}

static gf_direction direction_at(size_t row) {
    return (gf_direction)(row % GF_DIRECTIONS);
}

/* NULL: the device has no such memory, or nothing is known of it. */
static const gf_line *line_at(const void *context, size_t row) {
    const gf_profile *profile = profile_at(context, row, LINES);
    const gf_line *line = &profile->transfers[direction_at(row)][kind_at(row)];
    return line->count > 0 ? line : NULL;
}

static gf_cell get_line_device(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(profile_at(context, row, LINES)->device_id);
}

static gf_cell get_memory(const void *context, size_t row, int tag) {
    (void)context;
    (void)tag;
    return gf_cell_text(gf_memory_kind_name(kind_at(row)));
}

static gf_cell get_direction(const void *context, size_t row, int tag) {
    (void)context;
    (void)tag;
    return gf_cell_text(gf_direction_name(direction_at(row)));
}

static gf_cell line_number(const gf_line *line, line_column column) {
    if (line == NULL || line->count == 0)
        return GF_NO_CELL;
    switch (column) {
    case LATENCY:
        return gf_cell_number(line->a_ns * 1e-3);
    case BANDWIDTH: /* bytes per ns are GB/s; none where the longest transfer took no longer */
        return line->b_ns * line->most > line->a_ns ? gf_cell_number(1 / line->b_ns) : GF_NO_CELL;
    case SPREAD:
        break;
    }
    return gf_cell_number(line->spread);
}

static gf_cell get_line(const void *context, size_t row, int tag) {
    return line_number(line_at(context, row), (line_column)tag);
}

static gf_cell get_used(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_profile *profile = profile_at(context, row, LINES);
    if (line_at(context, row) == NULL)
        return gf_cell_text("no such memory");
    return gf_cell_text(profile->used == kind_at(row) ? "round trips" : "");
}

static const gf_column transfer_columns[] = {
    {"device", "device", GF_CELL_TEXT, get_line_device, 0},
    {"memory", "memory", GF_CELL_TEXT, get_memory, 0},
    {"direction", "direction", GF_CELL_TEXT, get_direction, 0},
    {"latency us", "latency_us", GF_CELL_REAL, get_line, LATENCY},
    {"GB/s", "bandwidth_gb_per_s", GF_CELL_REAL, get_line, BANDWIDTH},
    {"off the line", "spread", GF_CELL_SHARE, get_line, SPREAD},
    {"used by", "used_by", GF_CELL_TEXT, get_used, 0},
};

/* ---- What devices sustain ---------------------------------------------- */

typedef enum ceiling_column {
    LAUNCH,
    COPY_CACHED,
    COPY_MEMORY,
    CACHED_BYTES,
    F32,
    F64,
    INTEGER,
    TOUCH_LATENCY,
    TOUCH_RATE,
    POINTS,
    TOOK
} ceiling_column;

static gf_cell get_device(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(profile_at(context, row, 1)->device_id);
}

static gf_cell positive(double number) {
    return number > 0 ? gf_cell_number(number) : GF_NO_CELL;
}

static gf_cell get_ceiling(const void *context, size_t row, int tag) {
    const gf_profile *profile = profile_at(context, row, 1);
    const gf_ceilings *ceilings = &profile->ceilings;
    switch ((ceiling_column)tag) {
    case LAUNCH:
        return positive(ceilings->launch_ns * 1e-3);
    case COPY_CACHED:
        return positive(ceilings->copy_cached * 1e-9);
    case COPY_MEMORY:
        return positive(ceilings->copy_memory * 1e-9);
    case CACHED_BYTES:
        return positive(ceilings->cached_bytes);
    case F32:
        return positive(ceilings->f32 * 1e-9);
    case F64:
        return positive(ceilings->f64 * 1e-9);
    case INTEGER:
        return positive(ceilings->integer * 1e-9);
    case TOUCH_LATENCY:
        return line_number(&profile->first_touch, LATENCY);
    case TOUCH_RATE:
        return line_number(&profile->first_touch, BANDWIDTH);
    case POINTS:
        return gf_cell_number((double)profile->case_count);
    case TOOK:
        break;
    }
    return gf_cell_number(profile->took_s);
}

static gf_cell get_measured_at(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(profile_at(context, row, 1)->measured_at);
}

static const gf_column ceiling_columns[] = {
    {"device", "device", GF_CELL_TEXT, get_device, 0},
    {"launch us", "launch_us", GF_CELL_REAL, get_ceiling, LAUNCH},
    {"copy in cache GB/s", "copy_cached_gb_per_s", GF_CELL_REAL, get_ceiling, COPY_CACHED},
    {"in memory GB/s", "copy_memory_gb_per_s", GF_CELL_REAL, get_ceiling, COPY_MEMORY},
    {"cached up to", "cached_bytes", GF_CELL_BYTES, get_ceiling, CACHED_BYTES},
    {"f32 Gop/s", "f32_gop_per_s", GF_CELL_REAL, get_ceiling, F32},
    {"f64 Gop/s", "f64_gop_per_s", GF_CELL_REAL, get_ceiling, F64},
    {"integer Gop/s", "integer_gop_per_s", GF_CELL_REAL, get_ceiling, INTEGER},
    {"first touch us", "first_touch_us", GF_CELL_REAL, get_ceiling, TOUCH_LATENCY},
    {"GB/s", "first_touch_gb_per_s", GF_CELL_REAL, get_ceiling, TOUCH_RATE},
    {"cases", "points", GF_CELL_COUNT, get_ceiling, POINTS},
    {"measured", "measured_at", GF_CELL_TEXT, get_measured_at, 0},
};

/* ---- Reports ----------------------------------------------------------- */

static gf_status report_json(const gf_calibration *c, FILE *stream, gf_error *error) {
    bool bad = false;
    json_t *root = json_object(), *profiles = json_array();
    gf_json_put_text(root, "schema", GF_CALIBRATION_SCHEMA, &bad);
    gf_json_put(root, "machine", gf_json_machine(&bad), &bad);
    gf_json_put_real(root, "took_s", c->took_s, &bad);
    for (size_t i = 0; i < c->device_count; i++) {
        if (c->known[i])
            gf_json_append(profiles, gf_profile_to_json(c->profiles[i]), &bad);
    }
    gf_json_put(root, "profiles", profiles, &bad);
    json_t *notes = json_array();
    for (size_t i = 0; i < c->notes.count; i++)
        gf_json_append(notes, gf_json_text(c->notes.lines[i]), &bad);
    gf_json_put(root, "notes", notes, &bad);
    return gf_json_dump(root, bad, stream, error);
}

/* Devices of which something is known, as a calibrator of its own to be walked by tables. */
static size_t known_first(const gf_calibration *c, gf_profile **profiles) {
    size_t count = 0;
    for (size_t i = 0; i < c->device_count; i++) {
        if (c->known[i])
            profiles[count++] = c->profiles[i];
    }
    return count;
}

static size_t count_disturbed(const gf_profile *profile) {
    size_t count = 0;
    for (size_t i = 0; i < profile->case_count; i++)
        count += profile->cases[i].disturbed;
    return count;
}

static void write_device_note(const gf_profile *profile, bool known, const char *mark,
                              FILE *stream) {
    const size_t disturbed = count_disturbed(profile);
    if (!known)
        fprintf(stream, "%snote: nothing is known of %s; `gpufare calibrate` measures it\n", mark,
                profile->device_id);
    else if (disturbed > 0)
        fprintf(
            stream,
            "%snote: other programs took cores while %zu of %zu cases of %s were measured; quit "
            "them and calibrate again\n",
            mark, disturbed, profile->case_count, profile->device_id);
}

static void write_notes(const gf_calibration *c, gf_format format, FILE *stream) {
    const char *mark = format == GF_FORMAT_MARKDOWN ? "- " : "";
    for (size_t i = 0; i < c->notes.count; i++)
        fprintf(stream, "%snote: %s\n", mark, c->notes.lines[i]);
    for (size_t i = 0; i < c->device_count; i++)
        write_device_note(c->profiles[i], c->known[i], mark, stream);
}

gf_status gf_calibration_report(const gf_calibration *calibrator, gf_format format,
                                const gf_report_style *style, FILE *stream, gf_error *error) {
    if (format == GF_FORMAT_JSON)
        return report_json(calibrator, stream, error);
    gf_profile **profiles = calloc(calibrator->device_count + 1, sizeof(gf_profile *));
    if (profiles == NULL)
        return gf_error_no_memory(error, "a report", calibrator->device_count);
    gf_calibration known = {.profiles = profiles};
    known.device_count = known_first(calibrator, profiles);
    const gf_table transfers = {"Transfers: time = latency + bytes / bandwidth", transfer_columns,
                                sizeof transfer_columns / sizeof transfer_columns[0], &known,
                                known.device_count * LINES};
    const gf_table ceilings = {"What each device sustains", ceiling_columns,
                               sizeof ceiling_columns / sizeof ceiling_columns[0], &known,
                               known.device_count};
    if (known.device_count > 0 || format == GF_FORMAT_CSV) {
        gf_table_write(&transfers, format, style->colour, stream);
        fputc('\n', stream);
        gf_table_write(&ceilings, format, style->colour, stream);
    }
    if (known.device_count > 0 && format != GF_FORMAT_CSV)
        fputc('\n', stream);
    if (format != GF_FORMAT_CSV)
        write_notes(calibrator, format, stream);
    free(profiles);
    return gf_check_stream(stream, error);
}
