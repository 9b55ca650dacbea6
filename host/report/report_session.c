/* The list of devices. */
#include "base/stream.h"
#include "device/session.h"
#include "report/report_json.h"
#include "report/table.h"

static const gf_device_info *info_of(const void *context, size_t row) {
    return &((const gf_session *)context)->devices[row]->info;
}

static gf_cell get_index(const void *context, size_t row, int tag) {
    (void)context;
    (void)tag;
    return gf_cell_number((double)row);
}

static gf_cell get_id(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(info_of(context, row)->id);
}

static gf_cell get_kind(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(info_of(context, row)->kind);
}

static gf_cell get_name(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(info_of(context, row)->name);
}

static gf_cell get_platform(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(info_of(context, row)->platform);
}

static gf_cell get_memory(const void *context, size_t row, int tag) {
    (void)tag;
    const double bytes = (double)info_of(context, row)->global_memory_bytes;
    return bytes > 0 ? gf_cell_number(bytes) : GF_NO_CELL;
}

static gf_cell get_max_alloc(const void *context, size_t row, int tag) {
    (void)tag;
    const double bytes = (double)info_of(context, row)->max_alloc_bytes;
    return bytes > 0 ? gf_cell_number(bytes) : GF_NO_CELL;
}

static gf_cell get_units(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_number(info_of(context, row)->compute_units);
}

static gf_cell get_f64(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(info_of(context, row)->f64 ? "yes" : "no");
}

static gf_cell get_simd(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(info_of(context, row)->simd);
}

static gf_cell get_driver(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(info_of(context, row)->driver);
}

static const gf_column columns[] = {
    {"index", "index", GF_CELL_COUNT, get_index, 0},
    {"id", "id", GF_CELL_TEXT, get_id, 0},
    {"kind", "kind", GF_CELL_TEXT, get_kind, 0},
    {"name", "name", GF_CELL_TEXT, get_name, 0},
    {"memory", "global_memory_bytes", GF_CELL_BYTES, get_memory, 0},
    {"largest buffer", "max_alloc_bytes", GF_CELL_BYTES, get_max_alloc, 0},
    {"units", "compute_units", GF_CELL_COUNT, get_units, 0},
    {"f64", "f64", GF_CELL_TEXT, get_f64, 0},
    {"SIMD", "simd", GF_CELL_TEXT, get_simd, 0},
    {"platform", "platform", GF_CELL_TEXT, get_platform, 0},
    {"driver", "driver", GF_CELL_TEXT, get_driver, 0},
};

gf_status gf_session_report(const gf_session *session, gf_format format,
                            const gf_report_style *style, FILE *stream, gf_error *error) {
    if (format == GF_FORMAT_JSON)
        return gf_session_report_json(session, stream, error);
    const gf_table table = {NULL, columns, sizeof columns / sizeof columns[0], session,
                            session->device_count};
    gf_table_write(&table, format, style->colour, stream);
    if (format != GF_FORMAT_CSV) {
        for (size_t i = 0; i < session->warnings.count; i++)
            fprintf(stream, "%snot used: %s\n", i == 0 ? "\n" : "", session->warnings.lines[i]);
    }
    return gf_check_stream(stream, error);
}
