/* The list of devices. */
#include "base/array.h"
#include "base/entry.h"
#include "base/json.h"
#include "base/stream.h"
#include "device/session.h"
#include "problem/facts/fact.h"
#include "report/json_objects.h"
#include "report/table.h"

/* Schema gpufare.devices/1. Keys are only ever added. */
static gf_status write_json(const gf_session *session, FILE *stream, gf_error *error) {
    bool bad = false;
    json_t *root = json_object(), *devices = json_array();
    gf_json_put_text(root, "schema", "gpufare.devices/1", &bad);
    gf_json_put(root, "machine", gf_json_machine(&bad), &bad);
    for (size_t i = 0; i < session->device_count; i++)
        gf_json_append(devices, gf_json_device(&session->devices[i]->info, &bad), &bad);
    gf_json_put(root, "devices", devices, &bad);
    gf_json_put(root, "not_used", gf_json_notes(&session->warnings, &bad), &bad);
    return gf_json_dump(root, bad, stream, error);
}

static const gf_column columns[] = {
    {"index", "index", GF_CELL_COUNT},
    {"id", "id", GF_CELL_TEXT},
    {"kind", "kind", GF_CELL_TEXT},
    {"name", "name", GF_CELL_TEXT},
    {"memory", "global_memory_bytes", GF_CELL_BYTES},
    {"largest buffer", "max_alloc_bytes", GF_CELL_BYTES},
    {"units", "compute_units", GF_CELL_COUNT},
    {"f64", "f64", GF_CELL_TEXT},
    {"SIMD", "simd", GF_CELL_TEXT},
    {"platform", "platform", GF_CELL_TEXT},
    {"driver", "driver", GF_CELL_TEXT},
};

static void add_device(gf_table *table, size_t index, const gf_device_info *info) {
    gf_table_number(table, (double)index);
    gf_table_text(table, info->id);
    gf_table_text(table, info->kind);
    gf_table_text(table, info->name);
    gf_table_number_if(table, info->global_memory_bytes > 0, (double)info->global_memory_bytes);
    gf_table_number_if(table, info->max_alloc_bytes > 0, (double)info->max_alloc_bytes);
    gf_table_number(table, info->compute_units);
    gf_table_text(table, info->f64 ? "yes" : "no");
    gf_table_text(table, info->simd);
    gf_table_text(table, info->platform);
    gf_table_text(table, info->driver);
}

/* The facts that kernels found out; those that are as they should be, and as claimed, in one line.
 */
static void write_found(const gf_fact *facts, FILE *stream) {
    const char *separator = "    as it should be: ";
    for (int i = 0; i < GF_FACT_COUNT; i++) {
        if (gf_fact_is_plain(&facts[i], (gf_fact_kind)i)) {
            fprintf(stream, "%s%s", separator, gf_fact_name((gf_fact_kind)i));
            separator = ", ";
        }
    }
    if (separator[0] == ',')
        fputc('\n', stream);
    for (int i = 0; i < GF_FACT_COUNT; i++) {
        char text[240];
        if (gf_fact_is_plain(&facts[i], (gf_fact_kind)i) || gf_fact_is_without_object(&facts[i]))
            continue;
        gf_fact_format(&facts[i], (gf_fact_kind)i, text, sizeof text);
        fprintf(stream, "    %s: %s\n", gf_fact_name((gf_fact_kind)i), text);
    }
}

/* How the class of each device is known, what it computes on, what limits it, and what was found
 * out about it. */
static void write_facts(const gf_session *session, FILE *stream) {
    for (size_t i = 0; i < session->device_count; i++) {
        const gf_device_info *info = &session->devices[i]->info;
        const char *const facts[] = {info->class_source, info->chip, info->limits};
        const char *separator = "";
        fprintf(stream, "%s%s: ", i == 0 ? "\n" : "", info->id);
        for (size_t j = 0; j < GF_COUNT_OF(facts); j++) {
            if (facts[j] == NULL || facts[j][0] == '\0')
                continue;
            fprintf(stream, "%s%s", separator, facts[j]);
            separator = "; ";
        }
        fputc('\n', stream);
        if (info->facts != NULL)
            write_found(info->facts, stream);
    }
}

gf_status gf_session_report(const gf_session *session, gf_format format,
                            const gf_report_style *style, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    gf_status status = gf_writer_begin(stream, format, style, &to, error);
    if (status != GF_OK)
        return status;
    if (format == GF_FORMAT_JSON)
        return write_json(session, stream, error);
    gf_table table = gf_table_begin(NULL, columns, GF_COUNT_OF(columns));
    for (size_t i = 0; i < session->device_count; i++)
        add_device(&table, i, &session->devices[i]->info);
    status = gf_table_write(&table, &to, error);
    if (status != GF_OK)
        return status;
    if (format != GF_FORMAT_CSV && to.verbose)
        write_facts(session, stream);
    for (size_t i = 0; format != GF_FORMAT_CSV && i < session->warnings.count; i++)
        fprintf(stream, "%snot used: %s\n", i == 0 ? "\n" : "", session->warnings.lines[i]);
    return gf_check_stream(stream, error);
}
