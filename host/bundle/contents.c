/* What a bundle holds of a workload and of its results. */
#include <stdlib.h>
#include <string.h>

#include "base/entry.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "bundle/bundle_state.h"
#include "device/kernel_sources.h"
#include "image/image.h"
#include "measure/comparison.h"
#include "os/files/digest.h"
#include "user/user.h"

/* ---- Sources ----------------------------------------------------------- */

static gf_status add_source(gf_bundle *bundle, const char *file, const void *bytes, size_t size,
                            gf_error *error) {
    char name[GF_ENTRIES_MOST_NAME];
    const char *slash = strrchr(file, '/');
    gf_text text = gf_text_in(name, sizeof name);
    gf_text_add(&text, "kernels/%s", slash == NULL ? file : slash + 1);
    for (char *c = name; *c != '\0'; c++) {
        if (!gf_is_word(*c) && strchr("./-", *c) == NULL)
            *c = '_';
    }
    if (gf_entries_find(&bundle->files, name) != NULL) /* several kernels of one file */
        return GF_OK;
    return gf_bundle_add(bundle, name, "kernel source", bytes, size, error);
}

static bool is_built_in(const gf_workload *workload) {
    for (size_t i = 0; i < gf_workload_count(); i++) {
        if (gf_workload_at(i) == workload)
            return true;
    }
    return false;
}

/* Its OpenCL kernel and what goes before every one. The CPU kernel is known by its hash. */
static gf_status add_built_in(gf_bundle *bundle, const gf_workload *workload, gf_error *error) {
    char file[64];
    gf_status status = GF_OK;
    snprintf(file, sizeof file, "%s.cl", workload->stem == NULL ? "" : workload->stem);
    for (size_t i = 0; status == GF_OK && i < gf_kernel_source_count; i++) {
        const gf_embedded_file *source = &gf_kernel_sources[i];
        if (strcmp(source->name, file) == 0 || strcmp(source->name, "prelude.h") == 0)
            status = add_source(bundle, source->name, source->bytes, source->length, error);
    }
    return status;
}

static gf_status add_manifest_file(gf_bundle *bundle, const gf_manifest *manifest,
                                   gf_error *error) {
    gf_source_text text = {NULL, 0};
    gf_status status = gf_source_text_read(manifest->path, "the manifest", &text, error);
    if (status == GF_OK)
        status = add_source(bundle, manifest->path, text.text, text.length, error);
    gf_source_text_clear(&text);
    return status;
}

static gf_status add_users(gf_bundle *bundle, const gf_workload *workload, gf_error *error) {
    const gf_user_workload *user = gf_user_of(workload);
    const gf_manifest *manifest = user->manifest;
    gf_status status = add_manifest_file(bundle, manifest, error);
    for (uint32_t i = 0; status == GF_OK && i < manifest->kernel_count; i++)
        status = add_source(bundle, manifest->kernels[i].file.name, user->sources[i].text,
                            user->sources[i].length, error);
    if (status == GF_OK && user->twin_source.text != NULL)
        status = add_source(bundle, manifest->twin.file.name, user->twin_source.text,
                            user->twin_source.length, error);
    return status;
}

gf_status gf_bundle_add_workload(gf_bundle *bundle, const gf_workload *workload, size_t argument,
                                 gf_error *error) {
    GF_ENTER(error);
    const bool built_in = is_built_in(workload);
    json_t *object = json_object();
    gf_json_put_text(object, "name", workload->name, &bundle->bad);
    gf_json_put_bool(object, "built_in", built_in, &bundle->bad);
    gf_json_put_count(object, "argument", argument, &bundle->bad);
    bundle->workload = object;
    return built_in ? add_built_in(bundle, workload, error) : add_users(bundle, workload, error);
}

/* ---- Results ----------------------------------------------------------- */

/* "pictures/native-avx2.png" */
static void name_file(const char *folder, const char *label, const char *ending,
                      char name[GF_ENTRIES_MOST_NAME]) {
    gf_text text = gf_text_in(name, GF_ENTRIES_MOST_NAME);
    gf_text_add(&text, "%s/%s%s", folder, label, ending);
    for (char *c = name + strlen(folder) + 1; *c != '\0'; c++) {
        if (!gf_is_word(*c) && *c != '.' && *c != '-')
            *c = '-';
    }
}

static gf_status put_picture(const gf_image *image, const char *name, gf_bundle *bundle,
                             gf_error *error) {
    char *bytes = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&bytes, &size);
    if (stream == NULL)
        return gf_error_no_memory(error, name, 0);
    gf_status status = gf_image_put_png(image, stream, name, error);
    if (fclose(stream) != 0 && status == GF_OK)
        status = gf_error_no_memory(error, name, size);
    if (status == GF_OK)
        status = gf_bundle_add(bundle, name, "picture", bytes, size, error);
    free(bytes);
    return status;
}

static gf_status add_picture(gf_bundle *bundle, const gf_comparison *comparison,
                             const gf_result *result, json_t *entry, gf_error *error) {
    char name[GF_ENTRIES_MOST_NAME];
    const gf_problem *problem = comparison->problem;
    gf_image image = {0};
    if (problem->workload->render == NULL)
        return GF_OK;
    name_file("pictures", result->label, ".png", name);
    gf_status status = problem->workload->render(problem, comparison->run.output, &image, error);
    if (status == GF_OK)
        status = put_picture(&image, name, bundle, error);
    gf_image_clear(&image);
    gf_json_put_text(entry, "picture", name, &bundle->bad);
    return status;
}

/* How it was compiled; of a failure what the compiler said. */
static gf_status add_build(gf_bundle *bundle, const gf_result *result, json_t *entry,
                           gf_error *error) {
    char name[GF_ENTRIES_MOST_NAME];
    const char *text = result->build_record != NULL ? result->build_record : result->error.log;
    if (text == NULL)
        return GF_OK;
    name_file("build", result->label, ".txt", name);
    gf_json_put_text(entry, "build", name, &bundle->bad);
    return gf_bundle_add_text(bundle, name, "build options and log", text, error);
}

static void put_bits(gf_bundle *bundle, const gf_comparison *comparison, json_t *entry) {
    const gf_problem *problem = comparison->problem;
    char sha256[GF_SHA256_TEXT];
    gf_sha256(comparison->run.output, problem->buffers[problem->result].bytes, sha256);
    gf_json_put_text(entry, "result_sha256", sha256, &bundle->bad);
}

gf_status gf_bundle_add_result(gf_bundle *bundle, const gf_comparison *comparison,
                               const gf_result *result, gf_error *error) {
    GF_ENTER(error);
    const bool ok = result->outcome == GF_OUTCOME_OK && comparison->run.result == result &&
                    comparison->run.output != NULL;
    json_t *entry = json_object();
    gf_json_put_text(entry, "label", result->label, &bundle->bad);
    gf_status status = add_build(bundle, result, entry, error);
    if (status == GF_OK && ok) {
        put_bits(bundle, comparison, entry);
        status = add_picture(bundle, comparison, result, entry, error);
    }
    gf_json_append(bundle->results, entry, &bundle->bad);
    return status;
}
