/* Making a bundle and writing it. */
#include <stdlib.h>
#include <string.h>

#include "base/entry.h"
#include "base/error.h"
#include "base/json.h"
#include "bundle/archive.h"
#include "bundle/manifest_json.h"
#include "bundle/personal.h"
#include "os/atomic_file.h"

gf_status gf_bundle_check(gf_error *error) {
    GF_ENTER(error);
    return gf_archive_check(error);
}

/* ---- Making and freeing ------------------------------------------------ */

static json_t *plain_text(const char *text) {
    size_t length = strlen(text);
    char *plain = gf_without_home(text, &length);
    json_t *value = plain == NULL ? NULL : gf_json_text(plain);
    free(plain);
    return value;
}

gf_status gf_bundle_create(const char *const *arguments, size_t count, gf_bundle **bundle,
                           gf_error *error) {
    GF_ENTER(error);
    const gf_status status = gf_archive_check(error);
    if (status != GF_OK)
        return status;
    gf_bundle *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a bundle", sizeof *made);
    made->arguments = json_array();
    made->whats = json_object();
    made->results = json_array();
    made->began = time(NULL);
    for (size_t i = 0; i < count; i++)
        gf_json_append(made->arguments, plain_text(arguments[i]), &made->bad);
    if (!made->bad) {
        *bundle = made;
        return GF_OK;
    }
    gf_bundle_destroy(made);
    return gf_error_no_memory(error, "a bundle", count);
}

void gf_bundle_destroy(gf_bundle *bundle) {
    if (bundle == NULL)
        return;
    gf_entries_clear(&bundle->files);
    json_decref(bundle->arguments);
    json_decref(bundle->whats);
    json_decref(bundle->results);
    json_decref(bundle->workload);
    free(bundle);
}

/* ---- Files ------------------------------------------------------------- */

gf_status gf_bundle_add(gf_bundle *bundle, const char *name, const char *what, const void *bytes,
                        size_t size, gf_error *error) {
    GF_ENTER(error);
    gf_status status = gf_entries_add_copy(&bundle->files, name, bytes, size, error);
    if (status == GF_OK)
        gf_json_put_text(bundle->whats, name, what, &bundle->bad);
    return status == GF_OK ? GF_OK : gf_error_prefix(error, "the bundle");
}

gf_status gf_bundle_add_text(gf_bundle *bundle, const char *name, const char *what,
                             const char *text, gf_error *error) {
    GF_ENTER(error);
    size_t length = strlen(text);
    char *plain = gf_without_home(text, &length);
    const gf_status status = plain == NULL
                                 ? gf_error_no_memory(error, name, length)
                                 : gf_bundle_add(bundle, name, what, plain, length, error);
    free(plain);
    return status;
}

/* ---- Writing ----------------------------------------------------------- */

static gf_status add_manifest(gf_bundle *bundle, time_t ended, gf_error *error) {
    bool bad = bundle->bad;
    gf_entries_sort(&bundle->files);
    json_t *manifest = gf_bundle_manifest(bundle, ended, &bad);
    char *text = bad ? NULL : json_dumps(manifest, JSON_INDENT(2));
    json_decref(manifest);
    if (text == NULL)
        return gf_error_no_memory(error, GF_BUNDLE_MANIFEST, 0);
    return gf_entries_add(&bundle->files, GF_BUNDLE_MANIFEST, (unsigned char *)text, strlen(text),
                          error);
}

gf_status gf_bundle_write(gf_bundle *bundle, const char *path, gf_error *error) {
    GF_ENTER(error);
    const time_t ended = time(NULL);
    gf_atomic_file *file = NULL;
    gf_status status = add_manifest(bundle, ended, error);
    if (status == GF_OK)
        status = gf_atomic_file_open(path, &file, error);
    if (status != GF_OK)
        return status;
    status = gf_archive_write(&bundle->files, ended, gf_atomic_file_stream(file), error);
    return gf_atomic_file_close(file, status, error);
}
