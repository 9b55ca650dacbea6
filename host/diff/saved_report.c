#include "diff/saved_report.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "os/files/regular_file.h"

#define GIVE "give a JSON report that `run` or `compare` wrote"
/* A report of ten devices with 10000 samples each, the most by default, has a fifth of that. */
#define MOST_BYTES (64u << 20)
/* 146 years, so that sums and differences stay far from the end of 64 bits. */
#define MOST_NS (INT64_MAX / 2)
/* Samples that a run may take. */
#define MOST_SAMPLES 1000000

const char *gf_saved_time_name(size_t time) {
    return time == GF_SAVED_PIPELINED ? "pipelined" : gf_phase_name((gf_phase)time);
}

const char *gf_saved_report_name(const gf_saved_report *report) {
    return report->file[0] == '\0' ? "this run" : report->file;
}

bool gf_saved_is_shared(const gf_saved_result *result) {
    return result->disturbed > 0 || result->retaken > 0;
}

/* ---- Values ------------------------------------------------------------ */

/* Copies a text of the document; "" for null and where there is none. Files come from anywhere, and
 * a text of several lines could pass for the report's own words. */
static void copy_text(const json_t *object, const char *key, char *to, size_t size) {
    const char *text = json_string_value(json_object_get(object, key));
    gf_text copy = gf_text_in(to, size);
    gf_text_add(&copy, "%s", text == NULL ? "" : text);
    gf_flatten_text(to);
}

#define COPY_TEXT(object, key, to) copy_text(object, key, to, sizeof(to))

static uint64_t count_of(const json_t *object, const char *key) {
    const json_int_t number = json_integer_value(json_object_get(object, key));
    return number < 0 ? 0 : (uint64_t)number;
}

/* What is wrong with a value: "results[0].phases.kernel.samples_ns[3] is "x"; it must be ...". */
static gf_status refuse(const char *where, const json_t *value, const char *must, gf_error *error) {
    char *text = value == NULL ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    gf_error_set(error, GF_USAGE, "%s is %.60s; it must be %s", where,
                 value == NULL  ? "missing"
                 : text == NULL ? "unreadable"
                                : text,
                 must);
    free(text);
    return GF_USAGE;
}

static gf_status parse_samples(const json_t *entry, const char *where, gf_samples *samples,
                               gf_error *error) {
    if (entry == NULL || json_is_null(entry))
        return GF_OK;
    const json_t *array = json_object_get(entry, "samples_ns");
    char place[160];
    snprintf(place, sizeof place, "%s.samples_ns", where);
    if (json_array_size(array) == 0 || json_array_size(array) > MOST_SAMPLES)
        return refuse(place, array, "a list of 1 to 1000000 times", error);
    samples->ns = calloc(json_array_size(array), sizeof *samples->ns);
    if (samples->ns == NULL)
        return gf_error_no_memory(error, "samples", json_array_size(array) * sizeof *samples->ns);
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *value = json_array_get(array, i);
        const json_int_t ns = json_is_integer(value) ? json_integer_value(value) : -1;
        if (ns < 0 || ns > MOST_NS) {
            snprintf(place, sizeof place, "%s.samples_ns[%zu]", where, i);
            return refuse(place, value, "a whole number of ns from 0 on", error);
        }
        samples->ns[samples->count++] = (uint64_t)ns;
    }
    return GF_OK;
}

/* ---- Results ----------------------------------------------------------- */

static void parse_tuning(const json_t *values, char *buffer, size_t size) {
    gf_text text = gf_text_in(buffer, size);
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)values, key, value) {
        gf_text_add(&text, "%s%s=%lld", text.used == 0 ? "" : ",", key,
                    (long long)json_integer_value(value));
    }
    gf_flatten_text(buffer);
}

static gf_status parse_times(const json_t *object, size_t index, gf_saved_result *result,
                             gf_error *error) {
    const json_t *phases = json_object_get(object, "phases");
    gf_status status = GF_OK;
    char where[96];
    for (size_t i = 0; i < GF_PHASE_COUNT && status == GF_OK; i++) {
        snprintf(where, sizeof where, "results[%zu].phases.%s", index, gf_saved_time_name(i));
        status = parse_samples(json_object_get(phases, gf_saved_time_name(i)), where,
                               &result->times[i], error);
    }
    snprintf(where, sizeof where, "results[%zu].pipelined", index);
    if (status == GF_OK)
        status = parse_samples(json_object_get(object, "pipelined"), where,
                               &result->times[GF_SAVED_PIPELINED], error);
    snprintf(where, sizeof where, "results[%zu].phases.total", index);
    if (status == GF_OK && result->times[GF_PHASE_TOTAL].count == 0)
        return refuse(where, json_object_get(phases, "total"), "there for a result that is ok",
                      error);
    return status;
}

static gf_status parse_result(const json_t *object, size_t index, gf_saved_result *result,
                              gf_error *error) {
    const json_t *device = json_object_get(object, "device");
    char where[64];
    COPY_TEXT(device, "id", result->id);
    COPY_TEXT(device, "name", result->name);
    COPY_TEXT(device, "kind", result->kind);
    COPY_TEXT(device, "platform", result->platform);
    COPY_TEXT(device, "driver", result->driver);
    COPY_TEXT(object, "variant", result->variant);
    COPY_TEXT(object, "status", result->status);
    COPY_TEXT(object, "reason", result->reason);
    const json_t *phases = json_object_get(object, "phases");
    COPY_TEXT(json_object_get(phases, "build"), "state", result->build);
    COPY_TEXT(json_object_get(phases, "kernel"), "clock", result->kernel_clock);
    parse_tuning(json_object_get(json_object_get(object, "tuning"), "values"), result->tuning,
                 sizeof result->tuning);
    result->disturbed = (uint32_t)count_of(object, "disturbed_samples");
    result->retaken = (uint32_t)count_of(object, "retaken_samples");
    result->first_step = count_of(json_object_get(object, "checkpoint"), "first_step");
    snprintf(where, sizeof where, "results[%zu].device.id", index);
    if (result->id[0] == '\0')
        return refuse(where, json_object_get(device, "id"), "a text, not empty", error);
    snprintf(where, sizeof where, "results[%zu].status", index);
    if (result->status[0] == '\0')
        return refuse(where, json_object_get(object, "status"), "a text, not empty", error);
    return strcmp(result->status, "ok") == 0 ? parse_times(object, index, result, error) : GF_OK;
}

static gf_status parse_results(const json_t *array, gf_saved_report *report, gf_error *error) {
    const size_t count = json_array_size(array);
    if (count == 0)
        return refuse("results", array, "a list of at least one", error);
    report->results = calloc(count, sizeof *report->results);
    if (report->results == NULL)
        return gf_error_no_memory(error, "results", count * sizeof *report->results);
    gf_status status = GF_OK;
    for (size_t i = 0; i < count && status == GF_OK; i++) {
        report->result_count = i + 1;
        status = parse_result(json_array_get(array, i), i, &report->results[i], error);
    }
    return status;
}

/* ---- Reports ----------------------------------------------------------- */

static gf_status check_schema(const json_t *document, gf_error *error) {
    const char *schema = json_string_value(json_object_get(document, "schema"));
    if (schema != NULL &&
        (strcmp(schema, "gpufare.compare/1") == 0 || strcmp(schema, "gpufare.run/1") == 0))
        return GF_OK;
    return gf_error_set(error, GF_USAGE, "it is no report of a run (schema %.40s); " GIVE,
                        schema == NULL ? "missing" : schema);
}

static gf_status parse(const json_t *document, gf_saved_report *report, gf_error *error) {
    const json_t *machine = json_object_get(document, "machine");
    const json_t *workload = json_object_get(document, "workload");
    const gf_status status = check_schema(document, error);
    if (status != GF_OK)
        return status;
    COPY_TEXT(document, "cut_short", report->cut_short);
    report->unwatched = json_is_false(json_object_get(document, "watched"));
    COPY_TEXT(machine, "cpu", report->machine.cpu);
    COPY_TEXT(machine, "os", report->machine.os);
    COPY_TEXT(machine, "compiler", report->machine.compiler);
    COPY_TEXT(machine, "gpufare", report->machine.gpufare);
    report->machine.cores = count_of(machine, "cores");
    report->machine.threads = count_of(machine, "threads");
    report->machine.memory_bytes = count_of(machine, "memory_bytes");
    COPY_TEXT(workload, "name", report->workload);
    if (report->workload[0] == '\0')
        return refuse("workload.name", json_object_get(workload, "name"), "a text, not empty",
                      error);
    report->parameters = json_incref(json_object_get(workload, "parameters"));
    if (!json_is_object(report->parameters))
        return refuse("workload.parameters", report->parameters, "an object", error);
    return parse_results(json_object_get(document, "results"), report, error);
}

gf_status gf_saved_report_parse(const json_t *document, const char *file, gf_saved_report *report,
                                gf_error *error) {
    *report = (gf_saved_report){.parameters = NULL};
    gf_text name = gf_text_in(report->file, sizeof report->file);
    gf_text_add(&name, "%s", file);
    gf_flatten_text(report->file);
    const gf_status status = parse(document, report, error);
    if (status == GF_OK)
        return GF_OK;
    gf_saved_report_clear(report);
    return file[0] == '\0' ? status : gf_error_prefix(error, "%s", file);
}

void gf_saved_report_clear(gf_saved_report *report) {
    for (size_t i = 0; i < report->result_count; i++) {
        for (size_t time = 0; time < GF_SAVED_TIMES; time++)
            free(report->results[i].times[time].ns);
    }
    free(report->results);
    json_decref(report->parameters);
    *report = (gf_saved_report){.parameters = NULL};
}

gf_status gf_saved_reports_parse(const json_t *document, const char *file,
                                 gf_saved_reports **reports, gf_error *error) {
    gf_saved_reports *made = calloc(1, sizeof *made);
    if (made != NULL)
        made->reports = calloc(1, sizeof *made->reports);
    if (made == NULL || made->reports == NULL) {
        free(made);
        return gf_error_no_memory(error, "a report", sizeof *made->reports);
    }
    const gf_status status = gf_saved_report_parse(document, file, &made->reports[0], error);
    made->count = status == GF_OK ? 1 : 0;
    if (status == GF_OK)
        *reports = made;
    else
        gf_saved_reports_destroy(made);
    return status;
}

/* ---- Parameters -------------------------------------------------------- */

static void add_value(const json_t *value, gf_text *text) {
    const json_t *width = json_object_get(value, "width"),
                 *height = json_object_get(value, "height");
    if (json_is_integer(width) && json_is_integer(height)) {
        gf_text_add(text, "%lldx%lld", (long long)json_integer_value(width),
                    (long long)json_integer_value(height));
    } else if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++)
            gf_text_add(text, "%s%g", i == 0 ? "" : ",",
                        json_number_value(json_array_get(value, i)));
    } else if (json_is_string(value)) {
        gf_text_add(text, "%s", json_string_value(value));
    } else if (json_is_integer(value)) {
        gf_text_add(text, "%lld", (long long)json_integer_value(value));
    } else {
        gf_text_add(text, "%g", json_number_value(value));
    }
}

void gf_saved_parameters_format(const gf_saved_report *report, char *buffer, size_t size) {
    gf_text text = gf_text_in(buffer, size);
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(report->parameters, key, value) {
        gf_text_add(&text, "%s%s ", text.used == 0 ? "" : ", ", key);
        add_value(value, &text);
    }
    gf_flatten_text(buffer);
}

static uint64_t first_step_of(const gf_saved_report *report) {
    uint64_t step = 0;
    for (size_t i = 0; step == 0 && i < report->result_count; i++)
        step = report->results[i].first_step;
    return step;
}

uint64_t gf_saved_reports_first_step(const gf_saved_reports *reports) {
    uint64_t step = 0;
    for (size_t i = 0; step == 0 && i < reports->count; i++)
        step = first_step_of(&reports->reports[i]);
    return step;
}

/* The times of such a run are of its last steps. */
static gf_status check_is_whole(const gf_saved_report *report, gf_error *error) {
    const uint64_t step = first_step_of(report);
    if (step == 0)
        return GF_OK;
    return gf_error_set(error, GF_USAGE,
                        "%s is of a run that went on from a saved state, of step %llu; only times "
                        "of all steps are compared",
                        gf_saved_report_name(report), (unsigned long long)step);
}

gf_status gf_saved_same_problem(const gf_saved_report *a, const gf_saved_report *b,
                                gf_error *error) {
    const char *key = NULL;
    json_t *value = NULL;
    if (strcmp(a->workload, b->workload) != 0)
        return gf_error_set(
            error, GF_USAGE, "%s is of %s, %s of %s; only reports of one problem are compared",
            gf_saved_report_name(a), a->workload, gf_saved_report_name(b), b->workload);
    if (check_is_whole(a, error) != GF_OK || check_is_whole(b, error) != GF_OK)
        return GF_USAGE;
    json_object_foreach(a->parameters, key, value) {
        const json_t *other = json_object_get(b->parameters, key);
        if (other == NULL || json_equal(value, other))
            continue;
        char left[64], right[64];
        gf_text left_text = gf_text_in(left, sizeof left);
        gf_text right_text = gf_text_in(right, sizeof right);
        add_value(value, &left_text);
        add_value(other, &right_text);
        return gf_error_set(
            error, GF_USAGE,
            "%s is of another problem: its %.40s is %s, that of %s %s; only reports of one problem "
            "are compared",
            gf_saved_report_name(a), key, left, gf_saved_report_name(b), right);
    }
    return GF_OK;
}

/* ---- Files ------------------------------------------------------------- */

typedef struct source {
    FILE *stream;
    size_t read;
    bool too_large;
} source;

/* Feeds the parser; a file without end would fill the memory. */
static size_t feed(void *buffer, size_t size, void *context) {
    source *from = context;
    const size_t count = fread(buffer, 1, size, from->stream);
    from->read += count;
    from->too_large = from->read > MOST_BYTES;
    return from->too_large ? (size_t)-1 : count;
}

static gf_status read_document(const char *path, json_t **document, gf_error *error) {
    source from = {.read = 0};
    json_error_t trouble;
    const gf_status status = gf_regular_file_open(path, GIVE, &from.stream, error);
    if (status != GF_OK)
        return status;
    *document = json_load_callback(feed, &from, JSON_REJECT_DUPLICATES, &trouble);
    const bool unreadable = ferror(from.stream) != 0;
    fclose(from.stream);
    if (*document != NULL && !unreadable)
        return GF_OK;
    json_decref(*document);
    *document = NULL;
    if (unreadable)
        return gf_error_set(error, GF_FAILED, "%s cannot be read", path);
    if (from.too_large)
        return gf_error_set(error, GF_USAGE,
                            "%s is larger than %u MiB; give a report with fewer samples", path,
                            MOST_BYTES >> 20);
    return gf_error_set(error, GF_USAGE, "%s is no JSON document (line %d: %s); " GIVE, path,
                        trouble.line, trouble.text);
}

static gf_status add_file(gf_saved_reports *to, const char *path, gf_error *error) {
    json_t *document = NULL;
    gf_status status = gf_array_grow(&to->reports, to->count, sizeof *to->reports, error);
    if (status == GF_OK)
        status = read_document(path, &document, error);
    if (status == GF_OK)
        status = gf_saved_report_parse(document, path, &to->reports[to->count], error);
    json_decref(document);
    if (status != GF_OK)
        return status;
    to->count++;
    for (size_t i = 0; i + 1 < to->count; i++) {
        if (strcmp(to->reports[i].file, to->reports[to->count - 1].file) == 0)
            return gf_error_set(error, GF_USAGE, "%s is named twice; a run counts once", path);
    }
    return gf_saved_same_problem(&to->reports[0], &to->reports[to->count - 1], error);
}

gf_status gf_saved_reports_read(const char *files, gf_saved_reports **reports, gf_error *error) {
    GF_ENTER(error);
    gf_saved_reports *made = calloc(1, sizeof *made);
    char *list = strdup(files), *rest = NULL;
    gf_status status =
        made == NULL || list == NULL ? gf_error_no_memory(error, "reports", sizeof *made) : GF_OK;
    for (char *path = list == NULL ? NULL : strtok_r(list, ",", &rest);
         path != NULL && status == GF_OK; path = strtok_r(NULL, ",", &rest))
        status = add_file(made, path, error);
    if (status == GF_OK && made->count == 0)
        status = gf_error_set(error, GF_USAGE, "\"%s\" names no file; " GIVE, files);
    free(list);
    if (status == GF_OK)
        *reports = made;
    else
        gf_saved_reports_destroy(made);
    return status;
}

void gf_saved_reports_destroy(gf_saved_reports *reports) {
    if (reports == NULL)
        return;
    for (size_t i = 0; i < reports->count; i++)
        gf_saved_report_clear(&reports->reports[i]);
    free(reports->reports);
    free(reports);
}
