/* A bundle against another run of its command. */
#include <string.h>

#include "base/entry.h"
#include "base/error.h"
#include "base/json.h"
#include "base/stream.h"
#include "bundle/saved_bundle.h"

typedef struct counts {
    size_t same, other, gone;
} counts;

static void compare_result(const gf_saved_bundle *after, const json_t *result, counts *found,
                           FILE *stream) {
    const char *label = gf_json_text_of(result, "label"),
               *before = gf_json_text_of(result, "result_sha256");
    const json_t *again = gf_saved_bundle_find_result(after, label);
    const char *now = gf_json_text_of(again, "result_sha256");
    if (before[0] == '\0')
        return;
    char name[160];
    snprintf(name, sizeof name, "%.150s", label);
    gf_flatten_text(name);
    if (again == NULL || now[0] == '\0') {
        found->gone++;
        fprintf(stream, "  %s: no result now\n", name);
    } else if (strcmp(before, now) == 0) {
        found->same++;
        fprintf(stream, "  %s: the same bits\n", name);
    } else {
        found->other++;
        fprintf(stream, "  %s: other bits (SHA-256 %.16s..., now %.16s...)\n", name, before, now);
    }
}

/* The kernels' sources, which may be those of another version. */
static void compare_sources(const gf_saved_bundle *before, const gf_saved_bundle *after,
                            FILE *stream) {
    for (size_t i = 0; i < before->files.count; i++) {
        const gf_entry_file *file = &before->files.files[i];
        const gf_entry_file *now = gf_entries_find(&after->files, file->name);
        if (strncmp(file->name, "kernels/", strlen("kernels/")) != 0 ||
            (now != NULL && now->size == file->size &&
             memcmp(now->bytes, file->bytes, file->size) == 0))
            continue;
        fprintf(stream, "note: %s is %s\n", file->name,
                now == NULL ? "not there now" : "another text now");
    }
}

/* Variables of `these` that `those` lack, or, if `values`, have with another value. */
static void compare_environment(const json_t *these, const json_t *those, bool values,
                                const char *only, FILE *stream) {
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)these, key, value) {
        const json_t *other = json_object_get(those, key);
        char name[64];
        snprintf(name, sizeof name, "%.60s", key);
        gf_flatten_text(name);
        if (other == NULL)
            fprintf(stream, "note: the variable %s is set %s\n", name, only);
        else if (values && !json_equal(value, other))
            fprintf(stream, "note: the variable %s has another value now\n", name);
    }
}

gf_status gf_saved_bundle_compare(const gf_saved_bundle *before, const gf_saved_bundle *after,
                                  FILE *stream, gf_error *error) {
    GF_ENTER(error);
    const json_t *results = json_object_get(before->manifest, "results");
    counts found = {0, 0, 0};
    fputs("Results, run again:\n", stream);
    for (size_t i = 0; i < json_array_size(results); i++)
        compare_result(after, json_array_get(results, i), &found, stream);
    compare_sources(before, after, stream);
    const json_t *variables = json_object_get(before->manifest, "environment");
    const json_t *now = json_object_get(after->manifest, "environment");
    compare_environment(variables, now, true, "in the bundle only", stream);
    compare_environment(now, variables, false, "only now", stream);
    const gf_status status = gf_check_stream(stream, error);
    if (status != GF_OK)
        return status;
    if (found.other + found.gone == 0 && found.same > 0)
        return GF_OK;
    return gf_error_set(error, GF_MISMATCH,
                        "run again, %zu results have the same bits, %zu other ones, %zu are not "
                        "there",
                        found.same, found.other, found.gone);
}
