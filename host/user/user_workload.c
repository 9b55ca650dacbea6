#include "user/user_workload.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "manifest/parse/load.h"
#include "os/store.h"
#include "user/twin_kernel.h"
#include "user/user.h"
#include "user/user_cases.h"
#include "user/user_inputs.h"
#include "user/user_ndrange.h"
#include "user/user_picture.h"
#include "user/user_problem.h"

/* Those that this process has read. They stay, since problems refer to them. */
static gf_user_workload *all_read;
static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER;

bool gf_is_user_workload(const char *name) {
    struct stat info;
    const size_t length = strlen(name);
    return strchr(name, '/') != NULL || (length > 4 && strcmp(name + length - 4, ".ini") == 0) ||
           (stat(name, &info) == 0 && S_ISDIR(info.st_mode));
}

/* ---- Reading ----------------------------------------------------------- */

static void destroy(gf_user_workload *user) {
    for (uint32_t i = 0; i < GF_MANIFEST_KERNELS; i++)
        gf_source_text_clear(&user->sources[i]);
    gf_source_text_clear(&user->twin_source);
    gf_manifest_free(user->manifest);
    free(user->path);
    free(user);
}

static gf_status read_sources(gf_user_workload *user, gf_error *error) {
    const gf_manifest *manifest = user->manifest;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < manifest->kernel_count; i++)
        status = gf_source_text_read(manifest->kernels[i].file.path, manifest->kernels[i].file.name,
                                     &user->sources[i], error);
    if (status == GF_OK && manifest->twin.function != NULL)
        status = gf_source_text_read(manifest->twin.file.path, manifest->twin.file.name,
                                     &user->twin_source, error);
    return status;
}

/* Of all that a result depends on besides parameters and input files. */
static gf_status hash_content(gf_user_workload *user, gf_error *error) {
    const gf_manifest *manifest = user->manifest;
    gf_source_text ini = {NULL, 0};
    const gf_status status = gf_source_text_read(manifest->path, "the manifest", &ini, error);
    if (status != GF_OK)
        return status;
    uint64_t hash = gf_hash_bytes(GF_HASH_START, ini.text, ini.length);
    gf_source_text_clear(&ini);
    for (uint32_t i = 0; i < manifest->kernel_count; i++)
        hash = gf_hash_text(hash, user->sources[i].text);
    if (user->twin_source.text != NULL)
        hash = gf_hash_text(hash, user->twin_source.text);
    user->workload.content = hash;
    return GF_OK;
}

static gf_status check_arguments(const gf_manifest *manifest, gf_error *error) {
    for (uint32_t i = 0; i < manifest->kernel_count; i++) {
        if (manifest->kernels[i].arguments.count > GF_MAX_ARGUMENTS)
            return gf_error_set(error, GF_USAGE, "%s:%u: kernel %s has %u arguments; at most %d",
                                manifest->path, manifest->kernels[i].line,
                                manifest->kernels[i].function, manifest->kernels[i].arguments.count,
                                GF_MAX_ARGUMENTS);
    }
    if (manifest->twin.function != NULL && manifest->twin.arguments.count > GF_MAX_ARGUMENTS)
        return gf_error_set(error, GF_USAGE, "%s:%u: the twin %s has %u arguments; at most %d",
                            manifest->path, manifest->twin.line, manifest->twin.function,
                            manifest->twin.arguments.count, GF_MAX_ARGUMENTS);
    return GF_OK;
}

/* ---- The descriptor ---------------------------------------------------- */

static bool has_type(const gf_manifest *manifest, gf_type type) {
    for (uint32_t i = 0; i < manifest->buffer_count; i++) {
        if (manifest->buffers[i].type == type)
            return true;
    }
    for (uint32_t k = 0; k < manifest->kernel_count; k++) {
        const gf_argument_list *list = &manifest->kernels[k].arguments;
        for (uint32_t i = 0; i < list->count; i++) {
            if (list->items[i].kind == GF_ARGUMENT_SCALAR && list->items[i].type == type)
                return true;
        }
    }
    return false;
}

static gf_precision precision_of(const gf_manifest *manifest) {
    if (has_type(manifest, GF_TYPE_F64))
        return GF_PRECISION_F64;
    return has_type(manifest, GF_TYPE_F32) ? GF_PRECISION_F32 : GF_PRECISION_INTEGER;
}

static bool is_same_text(const gf_user_workload *user, uint32_t a, uint32_t b) {
    return strcmp(user->sources[a].text, user->sources[b].text) == 0 &&
           strcmp(user->texts[a].options, user->texts[b].options) == 0;
}

/* Kernels of one file are compiled once. */
static void set_texts(gf_user_workload *user) {
    const gf_manifest *manifest = user->manifest;
    for (uint32_t i = 0; i < manifest->kernel_count; i++) {
        user->texts[i] = (gf_kernel_text){manifest->kernels[i].file.name, user->sources[i].text,
                                          manifest->kernels[i].options};
        uint32_t same = 0;
        while (!is_same_text(user, same, i))
            same++;
        user->text_of[i] = &user->texts[same];
    }
}

static void write_tolerance(gf_user_workload *user) {
    const gf_manifest_tolerance *asked = &user->manifest->tolerance;
    const char *text = asked->limit == NULL ? "" : gf_expression_text(asked->limit);
    char limit[100] = "every bit counts", share[48] = "";
    switch (asked->kind) {
    case GF_TOLERANCE_BITS:
        break;
    case GF_TOLERANCE_ULP:
        snprintf(limit, sizeof limit, "up to %.60s units in the last place", text);
        break;
    case GF_TOLERANCE_ABSOLUTE:
        snprintf(limit, sizeof limit, "up to %.60s", text);
        break;
    case GF_TOLERANCE_RELATIVE:
        snprintf(limit, sizeof limit, "up to %.60s times the value", text);
        break;
    }
    if (asked->share > 0)
        snprintf(share, sizeof share, ", and %g of the elements more", asked->share);
    snprintf(user->tolerance_note, sizeof user->tolerance_note, "the manifest allows %s%s", limit,
             share);
}

static const char *stage_name(const gf_workload *workload, uint32_t stage) {
    const gf_manifest *manifest = gf_user_of(workload)->manifest;
    return stage < manifest->kernel_count ? manifest->kernels[stage].function : "";
}

/* A manifest says how many operations there are, not which. */
static void mix(const gf_problem *problem, gf_kernel_mix *mix) {
    mix->launches = gf_user_manifest(problem)->kernel_count;
}

static void describe(gf_user_workload *user) {
    const gf_manifest *manifest = user->manifest;
    const uint64_t content = user->workload.content;
    snprintf(user->rate_unit, sizeof user->rate_unit, "G%.48s/s", manifest->work_unit);
    set_texts(user);
    write_tolerance(user);
    gf_user_make_variant(user);
    user->workload = (gf_workload){
        .name = manifest->name,
        .path = user->path,
        .content = content,
        .summary = manifest->summary,
        .work_unit = manifest->work_unit,
        .rate_unit = user->rate_unit,
        .operations_note = "what its kernels use: a manifest does not say",
        .params = manifest->params,
        .param_count = manifest->param_count,
        .precision = precision_of(manifest),
        .set_up = gf_user_set_up,
        .fill = gf_user_fill,
        .can_redraw = gf_user_can_redraw,
        .checksum = gf_user_checksum,
        .tolerance = gf_user_tolerance,
        .mix = mix,
        .operations_estimated = true,
        .cost_is_claimed = true,
        .ndrange_variants = &user->variant,
        .ndrange_variant_count = 1,
        .stage_name = stage_name,
        .divide = gf_user_divide,
        .set_part = gf_user_set_part,
        .permutable = manifest->permutable == GF_NO_BUFFER
                          ? NULL
                          : manifest->buffers[manifest->permutable].name,
        .load_cpu_kernel = manifest->twin.function != NULL ? gf_user_load_twin : NULL,
    };
}

static gf_status read_all(const char *path, gf_user_workload *user, gf_error *error) {
    gf_status status = gf_manifest_load(path, &user->manifest, error);
    if (status != GF_OK)
        return status;
    user->path = realpath(user->manifest->path, NULL);
    if (user->path == NULL)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot find %s", user->manifest->path);
    status = check_arguments(user->manifest, error);
    if (status == GF_OK)
        status = read_sources(user, error);
    return status == GF_OK ? hash_content(user, error) : status;
}

/* ---- All that were read ------------------------------------------------ */

/* One that is the same takes its place. */
static gf_user_workload *keep(gf_user_workload *user) {
    for (gf_user_workload *other = all_read; other != NULL; other = other->following) {
        if (strcmp(other->path, user->path) == 0 &&
            other->workload.content == user->workload.content) {
            destroy(user);
            return other;
        }
    }
    describe(user);
    gf_user_make_cases(user);
    user->workload.render = gf_user_has_picture(&user->workload) ? gf_user_render : NULL;
    user->following = all_read;
    all_read = user;
    return user;
}

const gf_workload *gf_user_workload_find(const char *path, gf_error *error) {
    gf_user_workload *user = calloc(1, sizeof *user);
    if (user == NULL) {
        gf_error_no_memory(error, "a workload", sizeof *user);
        return NULL;
    }
    if (read_all(path, user, error) != GF_OK) {
        destroy(user);
        return NULL;
    }
    (void)pthread_mutex_lock(&reading);
    user = keep(user);
    (void)pthread_mutex_unlock(&reading);
    return &user->workload;
}
