#include "bundle/saved_bundle.h"

#include <stdlib.h>
#include <string.h>

#include "base/entry.h"
#include "base/error.h"
#include "base/json.h"
#include "base/stream.h"
#include "base/text.h"
#include "bundle/archive.h"
#include "bundle/report_audit.h"
#include "os/files/digest.h"

#define MOST_ARGUMENTS 1000

#define FIND_FAULT(bundle, error, ...) gf_notes_add(&(bundle)->faults, error, __VA_ARGS__)

/* ---- The manifest ------------------------------------------------------ */

static bool has_arguments(const json_t *manifest) {
    const json_t *arguments = json_object_get(manifest, "arguments");
    bool good = json_array_size(arguments) > 0 && json_array_size(arguments) <= MOST_ARGUMENTS;
    for (size_t i = 0; i < json_array_size(arguments); i++)
        good = good && json_is_string(json_array_get(arguments, i));
    return good;
}

static gf_status parse_manifest(gf_saved_bundle *bundle, gf_error *error) {
    const gf_entry_file *file = gf_entries_find(&bundle->files, GF_BUNDLE_MANIFEST);
    if (file == NULL)
        return gf_error_set(error, GF_USAGE, "%s has no " GF_BUNDLE_MANIFEST "; give a bundle",
                            bundle->file);
    bundle->manifest =
        json_loadb((const char *)file->bytes, file->size, JSON_REJECT_DUPLICATES, NULL);
    const char *schema = gf_json_text_of(bundle->manifest, "schema");
    if (bundle->manifest == NULL || strcmp(schema, GF_BUNDLE_SCHEMA) != 0)
        return gf_error_set(error, GF_USAGE,
                            "%s: its " GF_BUNDLE_MANIFEST " is none (schema %.40s); this gpufare "
                            "reads " GF_BUNDLE_SCHEMA,
                            bundle->file, schema);
    if (!has_arguments(bundle->manifest) ||
        !json_is_array(json_object_get(bundle->manifest, "files")))
        return gf_error_set(error, GF_USAGE,
                            "%s: its " GF_BUNDLE_MANIFEST " lacks arguments or files",
                            bundle->file);
    return GF_OK;
}

/* ---- Checksums --------------------------------------------------------- */

static gf_status check_listed(gf_saved_bundle *bundle, const json_t *entry, gf_error *error) {
    const char *name = gf_json_text_of(entry, "name"), *stated = gf_json_text_of(entry, "sha256");
    const gf_entry_file *file = gf_entries_find(&bundle->files, name);
    char sha256[GF_SHA256_TEXT];
    if (file == NULL)
        return FIND_FAULT(bundle, error, "%.99s is listed in bundle.json and not there", name);
    gf_sha256(file->bytes, file->size, sha256);
    if ((uint64_t)json_integer_value(json_object_get(entry, "bytes")) != file->size)
        return FIND_FAULT(bundle, error, "%s has %zu bytes, bundle.json says %lld", name,
                          file->size,
                          (long long)json_integer_value(json_object_get(entry, "bytes")));
    if (strcmp(stated, sha256) != 0)
        return FIND_FAULT(bundle, error, "%s has the SHA-256 %.16s..., bundle.json says %.16s...",
                          name, sha256, stated);
    bundle->checked++;
    return GF_OK;
}

static bool is_listed(const json_t *files, const char *name) {
    for (size_t i = 0; i < json_array_size(files); i++) {
        if (strcmp(gf_json_text_of(json_array_get(files, i), "name"), name) == 0)
            return true;
    }
    return false;
}

static gf_status check_files(gf_saved_bundle *bundle, gf_error *error) {
    const json_t *files = json_object_get(bundle->manifest, "files");
    gf_status status = GF_OK;
    if (json_array_size(files) > GF_ENTRIES_MOST_FILES)
        return gf_error_set(error, GF_USAGE, "%s: its " GF_BUNDLE_MANIFEST " lists too many files",
                            bundle->file);
    for (size_t i = 0; status == GF_OK && i < json_array_size(files); i++)
        status = check_listed(bundle, json_array_get(files, i), error);
    for (size_t i = 0; status == GF_OK && i < bundle->files.count; i++) {
        const char *name = bundle->files.files[i].name;
        if (strcmp(name, GF_BUNDLE_MANIFEST) != 0 && !is_listed(files, name))
            status = FIND_FAULT(bundle, error, "%s is there and not listed in bundle.json", name);
    }
    return status;
}

/* ---- The report and the pictures --------------------------------------- */

static gf_status check_report(gf_saved_bundle *bundle, gf_error *error) {
    const gf_entry_file *file = gf_entries_find(&bundle->files, GF_BUNDLE_REPORT);
    gf_saved_report report;
    json_error_t trouble;
    if (file == NULL)
        return FIND_FAULT(bundle, error, GF_BUNDLE_REPORT " is missing");
    bundle->report =
        json_loadb((const char *)file->bytes, file->size, JSON_REJECT_DUPLICATES, &trouble);
    if (bundle->report == NULL)
        return FIND_FAULT(bundle, error, GF_BUNDLE_REPORT " is no JSON document (line %d: %s)",
                          trouble.line, trouble.text);
    const char *schema = gf_json_text_of(bundle->report, "schema");
    if (strncmp(schema, "gpufare.", strlen("gpufare.")) != 0)
        return FIND_FAULT(bundle, error, GF_BUNDLE_REPORT " is no report (schema %.40s)", schema);
    if (strcmp(schema, "gpufare.compare/1") != 0 && strcmp(schema, "gpufare.run/1") != 0)
        return GF_OK;
    gf_status status = gf_saved_report_parse(bundle->report, GF_BUNDLE_REPORT, &report, error);
    if (status == GF_USAGE)
        return FIND_FAULT(bundle, error, "%s", error->text);
    if (status == GF_OK) {
        status = gf_report_audit(bundle->report, &report, &bundle->faults, error);
        bundle->derived = true;
        gf_saved_report_clear(&report);
    }
    return status;
}

const char *gf_saved_bundle_label(const gf_saved_bundle *bundle, size_t index) {
    const json_t *results = json_object_get(bundle->manifest, "results");
    return index < json_array_size(results)
               ? gf_json_text_of(json_array_get(results, index), "label")
               : NULL;
}

const json_t *gf_saved_bundle_find_result(const gf_saved_bundle *bundle, const char *label) {
    const json_t *results = json_object_get(bundle->manifest, "results");
    for (size_t i = 0; i < json_array_size(results); i++) {
        const json_t *result = json_array_get(results, i);
        if (strcmp(gf_json_text_of(result, "label"), label) == 0)
            return result;
    }
    return NULL;
}

static uint32_t big_endian(const unsigned char *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The sides of a picture are in its head, at fixed places. */
static gf_status check_size(gf_saved_bundle *bundle, const gf_entry_file *file, gf_error *error) {
    const json_t *workload = json_object_get(bundle->report, "workload");
    const json_t *size = json_object_get(json_object_get(workload, "parameters"), "size");
    const json_t *built_in =
        json_object_get(json_object_get(bundle->manifest, "workload"), "built_in");
    const json_int_t width = json_integer_value(json_object_get(size, "width"));
    const json_int_t height = json_integer_value(json_object_get(size, "height"));
    if (file->size < 33 || memcmp(file->bytes, "\x89PNG\r\n\x1a\n", 8) != 0)
        return FIND_FAULT(bundle, error, "%s is no PNG file", file->name);
    if (!json_is_object(size) || !json_is_true(built_in))
        return GF_OK;
    if (big_endian(file->bytes + 16) == (uint64_t)width &&
        big_endian(file->bytes + 20) == (uint64_t)height)
        return GF_OK;
    return FIND_FAULT(bundle, error, "%s has %u x %u pixels, the report is of %lld x %lld",
                      file->name, big_endian(file->bytes + 16), big_endian(file->bytes + 20),
                      (long long)width, (long long)height);
}

/* Results of the same bits have the same picture. */
static gf_status check_like_first(gf_saved_bundle *bundle, const json_t *result,
                                  const gf_entry_file *file, gf_error *error) {
    const json_t *results = json_object_get(bundle->manifest, "results");
    for (size_t i = 0; i < json_array_size(results); i++) {
        const json_t *other = json_array_get(results, i);
        const gf_entry_file *its =
            gf_entries_find(&bundle->files, gf_json_text_of(other, "picture"));
        if (its == NULL || strcmp(gf_json_text_of(other, "result_sha256"),
                                  gf_json_text_of(result, "result_sha256")) != 0)
            continue;
        if (its->size == file->size && memcmp(its->bytes, file->bytes, file->size) == 0)
            return GF_OK;
        return FIND_FAULT(bundle, error, "%s and %s differ, though the results have the same bits",
                          its->name, file->name);
    }
    return GF_OK;
}

static gf_status check_picture(gf_saved_bundle *bundle, const json_t *result, gf_error *error) {
    const char *name = gf_json_text_of(result, "picture");
    const gf_entry_file *file = gf_entries_find(&bundle->files, name);
    if (name[0] == '\0')
        return GF_OK;
    if (file == NULL)
        return FIND_FAULT(bundle, error, "%.99s, the picture of %.80s, is missing", name,
                          gf_json_text_of(result, "label"));
    bundle->pictures++;
    const gf_status status = check_size(bundle, file, error);
    return status == GF_OK ? check_like_first(bundle, result, file, error) : status;
}

/* Every result of the report that is ok is in the manifest with its bits. */
static gf_status check_results(gf_saved_bundle *bundle, gf_error *error) {
    const json_t *results = json_object_get(bundle->report, "results");
    gf_status status = GF_OK;
    for (size_t i = 0; bundle->derived && status == GF_OK && i < json_array_size(results); i++) {
        const json_t *result = json_array_get(results, i);
        const char *id = gf_json_text_of(json_object_get(result, "device"), "id");
        char label[160];
        gf_text text = gf_text_in(label, sizeof label);
        gf_text_add(&text, "%s:%s", id, gf_json_text_of(result, "variant"));
        const json_t *entry = gf_saved_bundle_find_result(bundle, label);
        if (entry == NULL)
            status = FIND_FAULT(bundle, error, "%.160s of the report is not in bundle.json", label);
        else if (strcmp(gf_json_text_of(result, "status"), "ok") == 0 &&
                 strlen(gf_json_text_of(entry, "result_sha256")) != GF_SHA256_TEXT - 1)
            status =
                FIND_FAULT(bundle, error, "%.160s is ok and has no checksum of its bits", label);
    }
    results = json_object_get(bundle->manifest, "results");
    for (size_t i = 0; status == GF_OK && i < json_array_size(results); i++)
        status = check_picture(bundle, json_array_get(results, i), error);
    return status;
}

/* ---- Reading ----------------------------------------------------------- */

static gf_status read_and_check(gf_saved_bundle *bundle, const char *path, gf_error *error) {
    gf_text file = gf_text_in(bundle->file, sizeof bundle->file);
    gf_text_add(&file, "%s", path);
    gf_flatten_text(bundle->file);
    gf_status status = gf_archive_read(path, &bundle->files, error);
    if (status == GF_OK)
        status = parse_manifest(bundle, error);
    if (status == GF_OK)
        status = check_files(bundle, error);
    if (status == GF_OK)
        status = check_report(bundle, error);
    return status == GF_OK ? check_results(bundle, error) : status;
}

gf_status gf_saved_bundle_read(const char *path, gf_saved_bundle **bundle, gf_error *error) {
    GF_ENTER(error);
    gf_status status = gf_archive_check(error);
    if (status != GF_OK)
        return status;
    gf_saved_bundle *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a bundle", sizeof *made);
    status = read_and_check(made, path, error);
    for (size_t i = 0; status == GF_OK && i < made->faults.count; i++)
        gf_flatten_text(made->faults.lines[i]);
    if (status == GF_OK) {
        gf_error_clear(error);
        *bundle = made;
    } else {
        gf_saved_bundle_destroy(made);
    }
    return status;
}

void gf_saved_bundle_destroy(gf_saved_bundle *bundle) {
    if (bundle == NULL)
        return;
    gf_entries_clear(&bundle->files);
    json_decref(bundle->manifest);
    json_decref(bundle->report);
    gf_notes_clear(&bundle->faults);
    free(bundle);
}

/* ---- The public face --------------------------------------------------- */

size_t gf_saved_bundle_fault_count(const gf_saved_bundle *bundle) {
    return bundle->faults.count;
}

const char *gf_saved_bundle_fault(const gf_saved_bundle *bundle, size_t index) {
    return index < bundle->faults.count ? bundle->faults.lines[index] : NULL;
}

size_t gf_saved_bundle_argument_count(const gf_saved_bundle *bundle) {
    return json_array_size(json_object_get(bundle->manifest, "arguments"));
}

const char *gf_saved_bundle_argument(const gf_saved_bundle *bundle, size_t index) {
    return json_string_value(json_array_get(json_object_get(bundle->manifest, "arguments"), index));
}

size_t gf_saved_bundle_workload(const gf_saved_bundle *bundle, bool *built_in) {
    const json_t *workload = json_object_get(bundle->manifest, "workload");
    const json_int_t argument = json_integer_value(json_object_get(workload, "argument"));
    *built_in = json_is_true(json_object_get(workload, "built_in"));
    return argument < 0 ? SIZE_MAX : (size_t)argument;
}

gf_status gf_saved_bundle_reports(const gf_saved_bundle *bundle, const char *name,
                                  gf_saved_reports **reports, gf_error *error) {
    GF_ENTER(error);
    char file[GF_ERROR_TEXT];
    gf_text text = gf_text_in(file, sizeof file);
    gf_text_add(&text, "%.400s", name == NULL ? bundle->file : name);
    return gf_saved_reports_parse(bundle->report, file, reports, error);
}

/* ---- For people -------------------------------------------------------- */

static void put_words(FILE *stream, const char *text) {
    for (const char *c = text; *c != '\0'; c++)
        fputc((unsigned char)*c < ' ' || *c == 0x7f ? ' ' : *c, stream);
}

static void put_command(const gf_saved_bundle *bundle, FILE *stream) {
    fprintf(stream, "%s:", bundle->file);
    fputs(" gpufare", stream);
    for (size_t i = 0; i < gf_saved_bundle_argument_count(bundle); i++) {
        fputc(' ', stream);
        put_words(stream, gf_saved_bundle_argument(bundle, i));
    }
    fputc('\n', stream);
}

gf_status gf_saved_bundle_report(const gf_saved_bundle *bundle, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    const json_t *machine = json_object_get(bundle->report, "machine");
    const size_t listed = json_array_size(json_object_get(bundle->manifest, "files"));
    put_command(bundle, stream);
    fputs("  measured ", stream);
    put_words(stream, gf_json_text_of(bundle->manifest, "began"));
    fputs(" by gpufare ", stream);
    put_words(stream, gf_json_text_of(json_object_get(bundle->manifest, "versions"), "gpufare"));
    fputs(machine == NULL ? "" : " on ", stream);
    put_words(stream, gf_json_text_of(machine, "cpu"));
    fprintf(stream, "\n  %zu of %zu files have the size and the SHA-256 that bundle.json says\n",
            bundle->checked, listed);
    if (bundle->pictures > 0)
        fprintf(stream, "  %zu picture%s compared with the report\n", bundle->pictures,
                bundle->pictures == 1 ? "" : "s");
    fputs(bundle->derived
              ? "  report.json: medians, ledgers, statuses, and the verdict's devices, ratio and "
                "flags\n  derived again from the samples; checksums of results, words and "
                "report.md are not\n"
              : "  the figures of this kind of report are not derived again\n",
          stream);
    for (size_t i = 0; i < bundle->faults.count; i++)
        fprintf(stream, "fault: %s\n", bundle->faults.lines[i]);
    if (bundle->faults.count == 0)
        fputs("sound: every check holds\n", stream);
    return gf_check_stream(stream, error);
}
