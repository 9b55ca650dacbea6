#include "model/model_names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/text.h"
#include "model/model_files.h"
#include "model/model_read.h"

#define PATH_SIZE 4096
#define STEM_SIZE 128
/* Names that are offered for the beginning of one. */
#define MOST_OFFERED 4

bool gf_model_ends_in_ini(const char *name) {
    const size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".ini") == 0;
}

/* ---- The user's folder ------------------------------------------------- */

gf_status gf_model_own_folder(const char **folder, gf_error *error) {
    struct stat info;
    const char *named = getenv("GPUFARE_MODELS");
    *folder = named == NULL || named[0] == '\0' ? NULL : named;
    if (*folder == NULL || (stat(named, &info) == 0 && S_ISDIR(info.st_mode)))
        return GF_OK;
    *folder = NULL;
    return gf_error_set(error, GF_USAGE,
                        "GPUFARE_MODELS: %s is no folder; name one that holds models, or unset the "
                        "variable",
                        named);
}

/* *found: `path` is that of the user's model of this name. */
static gf_status find_own(const char *name, char path[PATH_SIZE], bool *found, gf_error *error) {
    struct stat info;
    const char *folder = NULL;
    const gf_status status = gf_model_own_folder(&folder, error);
    *found = false;
    if (folder == NULL)
        return status;
    const int length = snprintf(path, PATH_SIZE, "%s/%s.ini", folder, name);
    *found = length > 0 && length < PATH_SIZE && stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
    return GF_OK;
}

/* ---- The library's own -------------------------------------------------- */

static void stem_of(size_t index, char stem[STEM_SIZE]) {
    const char *file = gf_model_files[index].name;
    snprintf(stem, STEM_SIZE, "%.*s", (int)strlen(file) - 4, file);
}

/* Its index; gf_model_file_count without one. */
static size_t find_carried(const char *name) {
    char stem[STEM_SIZE];
    for (size_t i = 0; i < gf_model_file_count; i++) {
        stem_of(i, stem);
        if (strcmp(stem, name) == 0)
            return i;
    }
    return gf_model_file_count;
}

gf_status gf_model_carried(size_t index, gf_model **model, gf_error *error) {
    char path[STEM_SIZE];
    const gf_embedded_file *file = &gf_model_files[index];
    snprintf(path, sizeof path, "models/%.100s", file->name);
    return gf_model_parse(path, (const char *)file->bytes, model, error);
}

bool gf_model_is_known(const char *name) {
    char path[PATH_SIZE];
    bool own = false;
    gf_error unused = GF_ERROR_INIT;
    if (strchr(name, '/') != NULL)
        return false;
    (void)find_own(name, path, &own, &unused);
    gf_error_clear(&unused);
    return own || find_carried(name) < gf_model_file_count;
}

/* ---- Names that nothing has ---------------------------------------------- */

static void to_lower(const char *name, char lower[STEM_SIZE]) {
    snprintf(lower, STEM_SIZE, "%.100s", name);
    for (char *c = lower; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
}

/* Some of the library's own whose names begin so; one that sounds like it without any. */
static void offer(const char *name, gf_text *to) {
    char lower[STEM_SIZE], stem[STEM_SIZE], nearest[STEM_SIZE] = "";
    size_t distance = SIZE_MAX, offered = 0;
    to_lower(name, lower);
    if (strlen(lower) < 2) /* anything would be near */
        return;
    for (size_t i = 0; i < gf_model_file_count && offered < MOST_OFFERED; i++) {
        const char *best = NULL;
        stem_of(i, stem);
        if (strncmp(stem, lower, strlen(lower)) == 0)
            gf_text_add(to, "%s%s", offered++ == 0 ? "; did you mean " : " or ", stem);
        gf_text_find_nearest(lower, stem, &best, &distance);
        if (best != NULL)
            snprintf(nearest, sizeof nearest, "%s", stem);
    }
    if (offered == 0 && nearest[0] != '\0')
        gf_text_add(to, "; did you mean %s", nearest);
    if (offered > 0 || nearest[0] != '\0')
        gf_text_add(to, "?");
}

static gf_status refuse_name(const char *name, gf_error *error) {
    char offered[MOST_OFFERED * STEM_SIZE] = "";
    gf_text text = gf_text_in(offered, sizeof offered);
    offer(name, &text);
    return gf_error_set(error, GF_USAGE,
                        "%.80s is no model and no file; `gpufare models` lists them%s", name,
                        offered);
}

/* ---- One by its name, or its path ---------------------------------------- */

gf_status gf_model_find(const char *name, gf_model **model, gf_error *error) {
    char path[PATH_SIZE];
    struct stat info;
    const bool is_path = strchr(name, '/') != NULL || gf_model_ends_in_ini(name);
    bool own = false;
    const gf_status status = is_path ? GF_OK : find_own(name, path, &own, error);
    if (status != GF_OK)
        return status;
    if (own)
        return gf_model_read(path, model, error);
    const size_t carried = is_path ? gf_model_file_count : find_carried(name);
    if (carried < gf_model_file_count)
        return gf_model_carried(carried, model, error);
    if (stat(name, &info) != 0)
        return refuse_name(name, error);
    if (!S_ISREG(info.st_mode))
        return gf_error_set(error, GF_USAGE,
                            "%s is no file; give the name of a model that `gpufare models` lists, "
                            "or the path of its file",
                            name);
    return gf_model_read(name, model, error);
}
