/* The profiles of the devices: tables of transfers and of sustained rates, or JSON. */
#include "base/array.h"
#include "base/entry.h"
#include "base/json.h"
#include "base/text.h"
#include "calibrate/profile_json.h"
#include "predict/calibration.h"
#include "report/json_objects.h"
#include "report/report_text.h"
#include "report/table/table.h"

/* ---- Transfers: a row for each device, direction and kind of memory ---- */

static const gf_column transfer_columns[] = {
    {"device", "device", GF_CELL_TEXT, "its id (`gpufare devices`)"},
    {"memory", "memory", GF_CELL_TEXT, "the kind of host memory that data come from or go to"},
    {"direction", "direction", GF_CELL_TEXT, "up: to the device; down: back"},
    {"latency us", "latency_us", GF_CELL_REAL, "what a transfer takes before the first byte"},
    {"GB/s", "bandwidth_gb_per_s", GF_CELL_REAL, "what then passes in a second"},
    {"off the line", "spread", GF_CELL_SHARE, "how far the measured times are off these two"},
    {"used by", "used_by", GF_CELL_TEXT, "whether round trips move their data in this way"},
};

/* Latency and bandwidth, unless the line is refused. Bytes per ns are GB/s; a line whose longest
 * transfer takes no longer than its latency has no bandwidth. */
static void add_line(gf_table *table, const gf_line *line) {
    gf_table_number_if(table, gf_line_usable(line), line->a_ns * 1e-3);
    gf_table_number_if(table, gf_line_usable(line) && line->b_ns * line->most > line->a_ns,
                       1 / line->b_ns);
}

static void add_transfer(gf_table *table, const gf_profile *profile, gf_memory_kind kind,
                         gf_direction direction) {
    const gf_line *line = &profile->transfers[direction][kind];
    gf_table_text(table, profile->device_id);
    gf_table_text(table, gf_memory_kind_name(kind));
    gf_table_text(table, gf_direction_name(direction));
    add_line(table, line);
    gf_table_number_if(table, line->count > 0, line->spread);
    const bool measured = line->count > 0 || !profile->missing.transfers;
    gf_table_text(table, !measured               ? "not measured yet"
                         : line->count == 0      ? "no such memory"
                         : profile->used == kind ? "round trips"
                                                 : NULL);
}

static gf_status write_transfers(const gf_calibration *calibration, const gf_writer *to,
                                 gf_error *error) {
    gf_table table = gf_table_begin("Transfers: time = latency + bytes / bandwidth",
                                    transfer_columns, GF_COUNT_OF(transfer_columns));
    table.key_count = 3;
    for (size_t i = 0; i < calibration->device_count; i++) {
        for (gf_memory_kind kind = 0; calibration->devices[i].known && kind < GF_MEMORY_KINDS;
             kind++) {
            for (gf_direction direction = 0; direction < GF_DIRECTIONS; direction++)
                add_transfer(&table, calibration->devices[i].profile, kind, direction);
        }
    }
    return gf_table_write(&table, to, error);
}

/* ---- What devices sustain ---------------------------------------------- */

static const gf_column ceiling_columns[] = {
    {"device", "device", GF_CELL_TEXT, "its id (`gpufare devices`)"},
    {"launch us", "launch_us", GF_CELL_REAL, "starting an empty kernel and waiting for it"},
    {"copy in cache GB/s", "copy_cached_gb_per_s", GF_CELL_REAL,
     "read and written in a second, as long as it fits into the caches"},
    {"in memory GB/s", "copy_memory_gb_per_s", GF_CELL_REAL, "the same, of data in memory"},
    {"cached up to", "cached_bytes", GF_CELL_BYTES, "up to here the caches' rate holds"},
    {"f32 Gop/s", "f32_gop_per_s", GF_CELL_REAL,
     "billions of operations a second, single precision"},
    {"f64 Gop/s", "f64_gop_per_s", GF_CELL_REAL, "the same, double precision"},
    {"integer Gop/s", "integer_gop_per_s", GF_CELL_REAL, "the same, whole numbers"},
    {"first touch us", "first_touch_us", GF_CELL_REAL,
     "making a buffer and using it for the first time"},
    {"GB/s", "first_touch_gb_per_s", GF_CELL_REAL, "what is then made in a second"},
    {"cases", "points", GF_CELL_COUNT, "small problems that were measured for predictions"},
    {"measured", "measured_at", GF_CELL_TEXT, "when"},
    {"read GB/s", "read_memory_gb_per_s", GF_CELL_REAL, "read alone from memory in a second"},
    {"first touch off the line", "first_touch_spread", GF_CELL_SHARE,
     "how far those times are off their two numbers"},
};

static void add_ceilings(gf_table *table, const gf_profile *profile) {
    const gf_ceilings *ceilings = &profile->ceilings;
    const double numbers[] = {ceilings->launch_ns * 1e-3,   ceilings->copy_cached * 1e-9,
                              ceilings->copy_memory * 1e-9, ceilings->cached_bytes,
                              ceilings->f32 * 1e-9,         ceilings->f64 * 1e-9,
                              ceilings->integer * 1e-9};
    gf_table_text(table, profile->device_id);
    for (size_t i = 0; i < GF_COUNT_OF(numbers); i++)
        gf_table_number_if(table, numbers[i] > 0, numbers[i]);
    add_line(table, &profile->first_touch);
    gf_table_number(table, (double)profile->case_count);
    gf_table_text(table, profile->measured_at);
    gf_table_number_if(table, ceilings->read_memory > 0, ceilings->read_memory * 1e-9);
    gf_table_number_if(table, profile->first_touch.count > 0, profile->first_touch.spread);
}

static gf_status write_ceilings(const gf_calibration *calibration, const gf_writer *to,
                                gf_error *error) {
    gf_table table =
        gf_table_begin("What each device sustains", ceiling_columns, GF_COUNT_OF(ceiling_columns));
    for (size_t i = 0; i < calibration->device_count; i++) {
        if (calibration->devices[i].known)
            add_ceilings(&table, calibration->devices[i].profile);
    }
    return gf_table_write_apart(&table, to, error);
}

/* ---- Reports ----------------------------------------------------------- */

static gf_status write_json(const gf_calibration *calibration, const gf_writer *to,
                            gf_error *error) {
    bool bad = false;
    json_t *root = json_object(), *profiles = json_array();
    gf_json_put_text(root, "schema", GF_CALIBRATION_SCHEMA, &bad);
    gf_json_put_text(root, "cut_short", to->cut_short, &bad);
    gf_json_put(root, "machine", gf_json_machine(&bad), &bad);
    gf_json_put_real(root, "took_s", calibration->took_s, &bad);
    for (size_t i = 0; i < calibration->device_count; i++) {
        if (calibration->devices[i].known)
            gf_json_append(profiles, gf_profile_to_json(calibration->devices[i].profile), &bad);
    }
    gf_json_put(root, "profiles", profiles, &bad);
    gf_json_put(root, "notes", gf_json_notes(&calibration->notes, &bad), &bad);
    gf_json_put(root, "not_used", gf_json_notes(&calibration->not_used, &bad), &bad);
    return gf_json_dump(root, bad, to->stream, error);
}

static size_t count_disturbed(const gf_profile *profile) {
    size_t count = 0;
    for (size_t i = 0; i < profile->case_count; i++)
        count += profile->cases[i].disturbed;
    return count;
}

static void write_line_note(const gf_profile *profile, const gf_line *line, const char *what,
                            const char *meaning, const char *mark, FILE *stream) {
    if (line->count > 0 && !gf_line_usable(line))
        fprintf(stream, "%snote: %s of %s are on no line (%.0f %% off it), so %s\n", mark, what,
                profile->device_id, 100 * line->spread, meaning);
}

static void write_line_notes(const gf_profile *profile, const char *mark, FILE *stream) {
    write_line_note(profile, &profile->first_touch, "first touches",
                    "predictions leave alloc out; calibrate again while other programs rest", mark,
                    stream);
    write_line_note(profile, &profile->first_touch_large, "first touches of large arrays",
                    "predictions leave alloc out; calibrate again while other programs rest", mark,
                    stream);
    for (gf_direction d = 0; d < GF_DIRECTIONS; d++)
        write_line_note(profile, &profile->transfers[d][profile->used],
                        d == GF_UP ? "transfers up" : "transfers down",
                        "predictions take them from measured cases alone", mark, stream);
}

/* Cases that were measured in one turn of two. */
static size_t count_begun(const gf_profile *profile) {
    size_t begun = 0;
    for (size_t i = 0; i < profile->case_count; i++)
        begun += profile->cases[i].turns == 1;
    return begun;
}

static bool is_partial(const gf_profile *profile) {
    char parts[96];
    gf_profile_list_parts(&profile->missing, parts, sizeof parts);
    return parts[0] != '\0' || count_begun(profile) > 0;
}

/* What `advise` measured is no more than its verdicts needed. */
static void write_missing(const gf_profile *profile, const char *mark, FILE *stream) {
    char parts[96];
    const size_t begun = count_begun(profile);
    gf_profile_list_parts(&profile->missing, parts, sizeof parts);
    if (!is_partial(profile))
        return;
    fprintf(stream, "%snote: the profile of %s is partial: ", mark, profile->device_id);
    if (parts[0] != '\0')
        fprintf(stream, "it lacks %s%s", parts, begun > 0 ? ", and " : "");
    if (begun > 0)
        fprintf(stream, "%zu of %zu cases were measured in one turn of two", begun,
                profile->case_count);
    fprintf(stream, "; `gpufare calibrate` measures all\n");
}

static void write_device_note(const gf_calibrated_device *device, const char *mark, FILE *stream) {
    const gf_profile *profile = device->profile;
    const size_t disturbed = count_disturbed(profile);
    char others[96];
    gf_profile_list_parts(&profile->disturbed, others, sizeof others);
    if (!device->known) {
        fprintf(stream, "%snote: %s has no profile; calibrating makes one\n", mark,
                profile->device_id);
        return;
    }
    write_missing(profile, mark, stream);
    if (disturbed > 0)
        fprintf(
            stream,
            "%snote: other programs took cores while %zu of %zu cases of %s were measured; quit "
            "them and calibrate again\n",
            mark, disturbed, profile->case_count, profile->device_id);
    if (others[0] != '\0')
        fprintf(stream,
                "%snote: other programs took cores while %s of %s were measured; quit them and "
                "calibrate again\n",
                mark, others, profile->device_id);
    write_line_notes(profile, mark, stream);
}

static void write_notes(const gf_calibration *calibration, const gf_writer *to) {
    const char *mark = to->format == GF_FORMAT_MARKDOWN ? "- " : "";
    for (size_t i = 0; i < calibration->notes.count; i++)
        fprintf(to->stream, "%snote: %s\n", mark, calibration->notes.lines[i]);
    for (size_t i = 0; i < calibration->device_count; i++)
        write_device_note(&calibration->devices[i], mark, to->stream);
    for (size_t i = 0; i < calibration->not_used.count; i++)
        fprintf(to->stream, "%snot used: %s\n", mark, calibration->not_used.lines[i]);
}

static size_t count_profiles(const gf_calibration *calibration, bool partial_only) {
    size_t count = 0;
    for (size_t i = 0; i < calibration->device_count; i++) {
        const gf_calibrated_device *device = &calibration->devices[i];
        count += device->known && (!partial_only || is_partial(device->profile));
    }
    return count;
}

/* How many devices can be predicted, and what to do next. */
static void write_verdict(const gf_calibration *calibration, const gf_writer *to) {
    const size_t known = count_profiles(calibration, false), all = calibration->device_count;
    const size_t partial = count_profiles(calibration, true);
    char answer[160];
    snprintf(answer, sizeof answer,
             "%zu of %zu device%s %s a profile, which predictions start from%s", known, all,
             all == 1 ? "" : "s", known == 1 ? "has" : "have",
             known == 0    ? "; `gpufare calibrate` makes them."
             : partial > 0 ? "; some are partial, as the notes say."
                           : ".");
    gf_write_verdict("Calibrated", answer, known < all || partial > 0 ? GF_TONE_WARN : GF_TONE_GOOD,
                     "`gpufare advise WORKLOAD` predicts, and first measures what a profile lacks.",
                     to);
}

/* Tables without rows are left out, except in CSV, which always has its headings. */
static gf_status write_tables(const gf_calibration *calibration, const gf_writer *to,
                              gf_error *error) {
    if (count_profiles(calibration, false) == 0 && to->format != GF_FORMAT_CSV)
        return GF_OK;
    const gf_status status = write_transfers(calibration, to, error);
    fputc('\n', to->stream);
    return status == GF_OK ? write_ceilings(calibration, to, error) : status;
}

static gf_status write_for_people(const gf_calibration *calibration, const gf_writer *to,
                                  gf_error *error) {
    write_verdict(calibration, to);
    const gf_status status = write_tables(calibration, to, error);
    if (status == GF_OK)
        write_notes(calibration, to);
    return status;
}

gf_status gf_calibration_report(const gf_calibration *calibration, gf_format format,
                                const gf_report_style *style, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    gf_status status = gf_writer_begin(stream, format, style, &to, error);
    if (status != GF_OK)
        return status;
    if (format == GF_FORMAT_JSON)
        status = write_json(calibration, &to, error);
    else if (format == GF_FORMAT_CSV)
        status = write_tables(calibration, &to, error);
    else
        status = write_for_people(calibration, &to, error);
    return gf_writer_end(&to, status, error);
}
