#include "report/report_session.h"

#include "base/array.h"
#include "base/entry.h"
#include "base/json.h"
#include "base/text.h"
#include "device/chip.h"
#include "device/session.h"
#include "measure/energy/energy_text.h"
#include "problem/facts/fact.h"
#include "report/json_objects.h"
#include "report/report_text.h"
#include "report/table/table.h"

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
    {"index", "index", GF_CELL_COUNT, "the place in this list, by which it may be chosen, too"},
    {"id", "id", GF_CELL_TEXT,
     "the name to choose it by: native is this CPU without OpenCL, 0:1 the second device of the "
     "first driver"},
    {"kind", "kind", GF_CELL_TEXT, "native, or what kind of device its driver says it is"},
    {"name", "name", GF_CELL_TEXT, "what its driver calls it"},
    {"memory", "global_memory_bytes", GF_CELL_BYTES, "memory that it may use"},
    {"largest buffer", "max_alloc_bytes", GF_CELL_BYTES, "the most that one array may have"},
    {"units", "compute_units", GF_CELL_COUNT, "cores of a CPU, or a GPU's counterpart of them"},
    {"f64", "f64", GF_CELL_TEXT, "whether it computes with double precision"},
    {"SIMD", "simd", GF_CELL_TEXT, "instructions that compute several numbers at once"},
    {"platform", "platform", GF_CELL_TEXT, "the driver's own name"},
    {"driver", "driver", GF_CELL_TEXT, "the driver's version"},
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
        char sensors[GF_SENSORS_TEXT];
        gf_energy_format_sensors(info, sensors);
        fprintf(stream, "    energy: %s\n", sensors);
        if (info->facts != NULL)
            write_found(info->facts, stream);
    }
}

/* "2 devices can compute here: this CPU, without OpenCL (native) and ..." */
static void format_answer(const gf_session *session, bool *has_gpu, char *buffer, size_t size) {
    gf_text text = gf_text_in(buffer, size);
    gf_text_add(&text, "%zu device%s can compute here: ", session->device_count,
                session->device_count == 1 ? "" : "s");
    for (size_t i = 0; i < session->device_count; i++) {
        const gf_device_info *info = &session->devices[i]->info;
        char words[GF_DEVICE_WORDS];
        gf_device_words(info, words, sizeof words);
        gf_text_add(&text, "%s%s (%s)", i == 0 ? "" : "; ", words, info->id);
        *has_gpu = *has_gpu || info->device_class == GF_CLASS_GPU;
    }
    gf_text_add(&text, "%s", *has_gpu ? "." : ". No GPU is among them.");
}

static void write_answer(const gf_session *session, const gf_writer *to) {
    char answer[1024];
    bool has_gpu = false;
    format_answer(session, &has_gpu, answer, sizeof answer);
    gf_write_verdict("Devices", answer, has_gpu ? GF_TONE_GOOD : GF_TONE_PLAIN,
                     has_gpu ? "`gpufare compare julia` times them on one problem."
                             : "`gpufare doctor` says why, if there is a GPU in this machine; "
                               "`gpufare compare julia` times these devices on one problem.",
                     to);
}

gf_status gf_write_devices(const gf_session *session, const char *title, const gf_writer *to,
                           gf_error *error) {
    gf_table table = gf_table_begin(title, columns, GF_COUNT_OF(columns));
    table.key_count = 2;
    for (size_t i = 0; i < session->device_count; i++)
        add_device(&table, i, &session->devices[i]->info);
    return gf_table_write(&table, to, error);
}

static gf_status write_for_people(const gf_session *session, const gf_writer *to, gf_error *error) {
    const bool csv = to->format == GF_FORMAT_CSV;
    if (!csv)
        write_answer(session, to);
    const gf_status status = gf_write_devices(session, NULL, to, error);
    if (status != GF_OK || csv)
        return status;
    if (to->verbose)
        write_facts(session, to->stream);
    for (size_t i = 0; i < session->warnings.count; i++)
        fprintf(to->stream, "%s%snot used%s: %s\n", i == 0 ? "\n" : "",
                gf_tone_begin(to, GF_TONE_WARN), gf_tone_end(to, GF_TONE_WARN),
                session->warnings.lines[i]);
    return GF_OK;
}

gf_status gf_session_report(const gf_session *session, gf_format format,
                            const gf_report_style *style, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    gf_status status = gf_writer_begin(stream, format, style, &to, error);
    if (status != GF_OK)
        return status;
    status = format == GF_FORMAT_JSON ? write_json(session, stream, error)
                                      : write_for_people(session, &to, error);
    return gf_writer_end(&to, status, error);
}
