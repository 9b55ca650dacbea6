#include "checkpoint/epoch_manifest.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/json.h"
#include "checkpoint/epoch_tiling.h"
#include "os/files/digest.h"

/* {"format": "gpufare.checkpoint/1", "sha256": of "epoch" as dump_body writes it, "epoch": {...}}
 */
#define FORMAT  "gpufare.checkpoint/"
#define VERSION 1

/* More parts than processes write. */
#define MOST_PARTS (1 << 20)

/* ---- Writing ----------------------------------------------------------- */

/* The same text for the same content: no reals are in it. NULL: no memory. */
static char *dump_body(const json_t *body) {
    return json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
}

static json_t *parts_json(const gf_epoch_manifest *manifest, bool *bad) {
    json_t *array = json_array();
    for (size_t i = 0; i < manifest->part_count; i++) {
        const gf_epoch_part *part = &manifest->parts[i];
        json_t *object = json_object();
        gf_json_put_count(object, "field", part->field, bad);
        gf_json_put_count(object, "first", part->area.first_row, bad);
        gf_json_put_count(object, "rows", part->area.rows, bad);
        if (part->area.columns > 0) {
            gf_json_put_count(object, "first_column", part->area.first_column, bad);
            gf_json_put_count(object, "columns", part->area.columns, bad);
        }
        gf_json_put_count(object, "bytes", part->bytes, bad);
        gf_json_put_text(object, "sha256", part->sha256, bad);
        gf_json_append(array, object, bad);
    }
    return array;
}

static void put_now(json_t *object, bool *bad) {
    char text[24] = "";
    struct tm parts;
    const time_t now = time(NULL);
    if (gmtime_r(&now, &parts) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        text[0] = '\0';
    gf_json_put_text(object, "written", text, bad);
}

static json_t *body_json(const gf_epoch_manifest *manifest, bool *bad) {
    json_t *body = json_object();
    gf_json_put_text(body, "gpufare", gf_version(), bad);
    put_now(body, bad);
    gf_json_put_count(body, "step", manifest->step, bad);
    gf_json_put(body, "problem", json_incref(manifest->problem), bad);
    gf_json_put(body, "parts", parts_json(manifest, bad), bad);
    return body;
}

char *gf_epoch_manifest_text(const gf_epoch_manifest *manifest) {
    bool bad = false;
    char format[40], sha256[GF_SHA256_TEXT], *text = NULL;
    json_t *root = json_object(), *body = body_json(manifest, &bad);
    char *dumped = bad ? NULL : dump_body(body);
    snprintf(format, sizeof format, FORMAT "%d", VERSION);
    gf_sha256(dumped == NULL ? "" : dumped, dumped == NULL ? 0 : strlen(dumped), sha256);
    gf_json_put_text(root, "format", format, &bad);
    gf_json_put_text(root, "sha256", sha256, &bad);
    gf_json_put(root, "epoch", body, &bad);
    if (!bad && dumped != NULL)
        text = json_dumps(root, JSON_INDENT(1));
    free(dumped);
    json_decref(root);
    return text;
}

/* ---- Parts ------------------------------------------------------------- */

static int compare_counts(uint64_t a, uint64_t b) {
    return a < b ? -1 : a > b;
}

static int compare_parts(const void *a, const void *b) {
    const gf_epoch_part *x = a, *y = b;
    if (x->field != y->field)
        return compare_counts(x->field, y->field);
    return x->area.first_row != y->area.first_row
               ? compare_counts(x->area.first_row, y->area.first_row)
               : compare_counts(x->area.first_column, y->area.first_column);
}

static bool is_inside(uint64_t first, uint64_t count, uint64_t all) {
    return count > 0 && first < all && count <= all - first;
}

static uint64_t bytes_of_columns(const gf_checkpoint_field *field, uint64_t columns) {
    return field->row_bytes / field->columns * columns;
}

static gf_status check_part(const gf_epoch_part *part, const gf_checkpoint_field *field,
                            gf_error *error) {
    const gf_rectangle *area = &part->area;
    uint64_t bytes = 0;
    if (is_inside(area->first_row, area->rows, field->rows) &&
        is_inside(area->first_column, area->columns, field->columns) &&
        !__builtin_mul_overflow(area->rows, bytes_of_columns(field, area->columns), &bytes) &&
        part->bytes == bytes)
        return GF_OK;
    return gf_error_set(error, GF_FAILED, "has a wrong part of %s at row %llu", field->name,
                        (unsigned long long)area->first_row);
}

/* Those of one field. */
static gf_status check_field(gf_epoch_part *parts, size_t count, const gf_checkpoint_field *field,
                             gf_error *error) {
    for (size_t i = 0; i < count; i++) {
        if (parts[i].area.columns == 0)
            parts[i].area.columns = field->columns;
        const gf_status status = check_part(&parts[i], field, error);
        if (status != GF_OK)
            return status;
    }
    return gf_epoch_tiling_check(parts, count, field, error);
}

gf_status gf_epoch_parts_check(gf_epoch_part *parts, size_t count,
                               const gf_checkpoint_field *fields, uint32_t field_count,
                               gf_error *error) {
    size_t at = 0;
    if (count > 0)
        qsort(parts, count, sizeof *parts, compare_parts);
    for (uint32_t i = 0; i < field_count; i++) {
        const size_t first = at;
        while (at < count && parts[at].field == i)
            at++;
        const gf_status status = check_field(parts + first, at - first, &fields[i], error);
        if (status != GF_OK)
            return status;
    }
    return at == count ? GF_OK : gf_error_set(error, GF_FAILED, "has parts of an unknown field");
}

/* ---- Reading ----------------------------------------------------------- */

static bool read_count(const json_t *object, const char *key, uint64_t *count) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *count = (uint64_t)json_integer_value(value);
    return true;
}

/* Parts of whole rows need not say their columns. */
static bool read_columns(const json_t *object, gf_rectangle *area) {
    if (json_object_get(object, "columns") == NULL)
        return json_object_get(object, "first_column") == NULL;
    return read_count(object, "first_column", &area->first_column) &&
           read_count(object, "columns", &area->columns) && area->columns > 0;
}

static bool read_part(const json_t *object, gf_epoch_part *part) {
    const char *sha256 = gf_json_text_of(object, "sha256");
    uint64_t field = 0;
    const bool good =
        read_count(object, "field", &field) && field <= UINT32_MAX &&
        read_count(object, "first", &part->area.first_row) &&
        read_count(object, "rows", &part->area.rows) && read_columns(object, &part->area) &&
        read_count(object, "bytes", &part->bytes) && strlen(sha256) == sizeof part->sha256 - 1;
    if (!good)
        return false;
    part->field = (uint32_t)field;
    memcpy(part->sha256, sha256, sizeof part->sha256);
    return true;
}

static gf_status is_damaged(gf_error *error) {
    return gf_error_set(error, GF_FAILED, "is damaged");
}

static gf_status read_parts(const json_t *array, gf_epoch_manifest *manifest, gf_error *error) {
    const size_t count = json_array_size(array);
    if (!json_is_array(array) || count == 0 || count > MOST_PARTS)
        return is_damaged(error);
    manifest->parts = calloc(count, sizeof *manifest->parts);
    if (manifest->parts == NULL)
        return gf_error_no_memory(error, "a manifest", count * sizeof *manifest->parts);
    manifest->part_count = count;
    for (size_t i = 0; i < count; i++) {
        if (!read_part(json_array_get(array, i), &manifest->parts[i]))
            return is_damaged(error);
    }
    return GF_OK;
}

/* The number behind the slash; 0: it is no manifest. */
static unsigned long version_of(const json_t *root) {
    const char *format = gf_json_text_of(root, "format");
    const size_t length = strlen(FORMAT);
    if (strncmp(format, FORMAT, length) != 0 || format[length] < '1' || format[length] > '9')
        return 0;
    return strtoul(format + length, NULL, 10);
}

static bool has_own_hash(const json_t *root, const json_t *body) {
    char sha256[GF_SHA256_TEXT];
    char *dumped = dump_body(body);
    if (dumped == NULL)
        return false;
    gf_sha256(dumped, strlen(dumped), sha256);
    free(dumped);
    return strcmp(sha256, gf_json_text_of(root, "sha256")) == 0;
}

static gf_status read_root(const json_t *root, gf_epoch_manifest *manifest, gf_error *error) {
    json_t *body = json_object_get(root, "epoch");
    const unsigned long version = version_of(root);
    if (version > VERSION)
        return gf_error_set(error, GF_UNSUPPORTED,
                            "is of version %lu of the format, and this gpufare %s reads %d; go on "
                            "with the newer gpufare that wrote it",
                            version, gf_version(), VERSION);
    if (version == 0 || !json_is_object(body) || !has_own_hash(root, body) ||
        !read_count(body, "step", &manifest->step))
        return is_damaged(error);
    snprintf(manifest->written, sizeof manifest->written, "%.23s",
             gf_json_text_of(body, "written"));
    gf_flatten_text(manifest->written);
    manifest->problem = json_incref(json_object_get(body, "problem"));
    return json_is_object(manifest->problem)
               ? read_parts(json_object_get(body, "parts"), manifest, error)
               : is_damaged(error);
}

gf_status gf_epoch_manifest_parse(const char *text, size_t length, gf_epoch_manifest *manifest,
                                  gf_error *error) {
    gf_epoch_manifest made = {.step = 0};
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    const gf_status status = read_root(root, &made, error);
    json_decref(root);
    if (status != GF_OK)
        gf_epoch_manifest_clear(&made);
    else
        *manifest = made;
    return status;
}

void gf_epoch_manifest_clear(gf_epoch_manifest *manifest) {
    json_decref(manifest->problem);
    free(manifest->parts);
    *manifest = (gf_epoch_manifest){.step = 0};
}
