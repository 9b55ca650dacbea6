#include "model/model_list.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "model/model_files.h"
#include "model/model_read.h"

#define PATH_SIZE 4096

/* ---- Entries of a list ------------------------------------------------- */

static bool is_file(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
}

static bool ends_in_ini(const char *name) {
    const size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".ini") == 0;
}

/* The first character that is no blank; 0 without one. Only of a regular file: reading from a pipe
 * would take what its reader needs. */
static int first_character(const char *path) {
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return 0;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    int c = fgetc(file);
    while (c == ' ' || c == '\t' || c == '\n' || c == '\r')
        c = fgetc(file);
    fclose(file);
    return c == EOF ? 0 : c;
}

/* A name has neither a slash nor a dot, and a file of profiles was always named by its path. */
static bool is_sheet(const char *text) {
    if (!is_file(text))
        return ends_in_ini(text) || (strchr(text, '/') == NULL && strchr(text, '.') == NULL);
    const int first = first_character(text);
    return first == '[' || first == ';' || first == '#' || (first != '{' && ends_in_ini(text));
}

static gf_status add_item(gf_model_items *items, const char *text, size_t length, gf_error *error) {
    while (length > 0 && *text == ' ') {
        text++;
        length--;
    }
    while (length > 0 && text[length - 1] == ' ')
        length--;
    if (length == 0)
        return gf_error_set(error, GF_USAGE,
                            "nothing stands before or behind a comma; remove it, or name a model "
                            "or a file");
    char *copy = gf_pool_copy(items->pool, text, length);
    if (copy == NULL)
        return gf_error_no_memory(error, "a list", length);
    const gf_status status =
        gf_array_grow(&items->items, items->count, sizeof *items->items, error);
    if (status == GF_OK)
        items->items[items->count++] = (gf_model_item){copy, is_sheet(copy)};
    return status;
}

gf_status gf_model_items_create(const char *list, gf_model_items *items, gf_error *error) {
    *items = (gf_model_items){.pool = gf_pool_create()};
    gf_status status =
        items->pool == NULL ? gf_error_no_memory(error, "a list", sizeof *items) : GF_OK;
    if (status == GF_OK && is_file(list))
        return add_item(items, list, strlen(list), error);
    for (const char *at = list; status == GF_OK && at != NULL;) {
        const char *comma = strchr(at, ',');
        status = add_item(items, at, comma == NULL ? strlen(at) : (size_t)(comma - at), error);
        at = comma == NULL ? NULL : comma + 1;
    }
    if (status != GF_OK)
        gf_model_items_clear(items);
    return status;
}

void gf_model_items_clear(gf_model_items *items) {
    free(items->items);
    gf_pool_destroy(items->pool);
    *items = (gf_model_items){0};
}

/* ---- Names ------------------------------------------------------------- */

/* The user's folder; NULL: none. */
static const char *own_folder(void) {
    const char *folder = getenv("GPUFARE_MODELS");
    return folder == NULL || folder[0] == '\0' ? NULL : folder;
}

static bool own_path(const char *name, char path[PATH_SIZE]) {
    const char *folder = own_folder();
    if (folder == NULL)
        return false;
    const int length = snprintf(path, PATH_SIZE, "%s/%s.ini", folder, name);
    return length > 0 && length < PATH_SIZE && is_file(path);
}

static const gf_model_file *find_carried(const char *name) {
    for (size_t i = 0; i < gf_model_file_count; i++) {
        const char *file = gf_model_files[i].name;
        if (strncmp(file, name, strlen(name)) == 0 && strcmp(file + strlen(name), ".ini") == 0)
            return &gf_model_files[i];
    }
    return NULL;
}

static gf_status parse_carried(const gf_model_file *file, gf_model **model, gf_error *error) {
    char path[128];
    snprintf(path, sizeof path, "models/%.100s", file->name);
    return gf_model_parse(path, (const char *)file->bytes, model, error);
}

static gf_status refuse_name(const char *name, gf_error *error) {
    const char *best = NULL;
    size_t distance = SIZE_MAX;
    char file[128], nearest[64];
    snprintf(file, sizeof file, "%.100s.ini", name);
    for (size_t i = 0; i < gf_model_file_count; i++)
        gf_text_find_nearest(file, gf_model_files[i].name, &best, &distance);
    snprintf(nearest, sizeof nearest, "%.*s", best == NULL ? 0 : (int)strlen(best) - 4,
             best == NULL ? "" : best);
    return gf_error_set(error, GF_USAGE,
                        "%.80s is no model and no file; `gpufare models` lists them%s%s%s", name,
                        best == NULL ? "" : "; did you mean ", nearest, best == NULL ? "" : "?");
}

gf_status gf_model_find(const char *name, gf_model **model, gf_error *error) {
    char path[PATH_SIZE];
    if (is_file(name) || strchr(name, '/') != NULL || ends_in_ini(name))
        return gf_model_read(name, model, error);
    if (own_path(name, path))
        return gf_model_read(path, model, error);
    const gf_model_file *carried = find_carried(name);
    return carried == NULL ? refuse_name(name, error) : parse_carried(carried, model, error);
}

/* ---- Lists ------------------------------------------------------------- */

static bool has_name(const gf_models *models, const char *name) {
    for (size_t i = 0; i < models->count; i++) {
        if (strcmp(models->items[i]->name, name) == 0)
            return true;
    }
    return false;
}

gf_status gf_models_add(gf_models *models, gf_model *model, gf_error *error) {
    const gf_status status =
        gf_array_grow(&models->items, models->count, sizeof(gf_model *), error);
    if (status == GF_OK)
        models->items[models->count++] = model;
    else
        gf_model_destroy(model);
    return status;
}

static gf_status add_found(gf_models *models, const char *name, gf_error *error) {
    gf_model *model = NULL;
    const gf_status status = gf_model_find(name, &model, error);
    return status == GF_OK ? gf_models_add(models, model, error) : status;
}

static int by_name(const void *a, const void *b) {
    return strcmp((*(gf_model *const *)a)->name, (*(gf_model *const *)b)->name);
}

static gf_status add_own(gf_models *models, gf_error *error) {
    const char *folder = own_folder();
    DIR *open = folder == NULL ? NULL : opendir(folder);
    gf_status status = GF_OK;
    if (open == NULL)
        return GF_OK;
    for (const struct dirent *entry = readdir(open); status == GF_OK && entry != NULL;
         entry = readdir(open)) {
        char name[128];
        if (!ends_in_ini(entry->d_name) || strlen(entry->d_name) >= sizeof name)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)strlen(entry->d_name) - 4, entry->d_name);
        status = add_found(models, name, error);
    }
    closedir(open);
    return status;
}

static gf_status add_all(gf_models *models, gf_error *error) {
    gf_status status = add_own(models, error);
    for (size_t i = 0; status == GF_OK && i < gf_model_file_count; i++) {
        char name[128];
        snprintf(name, sizeof name, "%.*s", (int)strlen(gf_model_files[i].name) - 4,
                 gf_model_files[i].name);
        if (!has_name(models, name))
            status = add_found(models, name, error);
    }
    if (models->count > 0)
        qsort(models->items, models->count, sizeof(gf_model *), by_name);
    return status;
}

gf_status gf_models_of_items(const gf_model_items *items, gf_models **models, gf_error *error) {
    gf_models *made = calloc(1, sizeof *made);
    gf_status status = made == NULL ? gf_error_no_memory(error, "models", sizeof *made) : GF_OK;
    for (size_t i = 0; status == GF_OK && i < items->count; i++) {
        if (items->items[i].is_sheet)
            status = add_found(made, items->items[i].text, error);
    }
    if (status == GF_OK)
        *models = made;
    else
        gf_models_destroy(made);
    return status;
}

gf_status gf_models_create(const char *names, gf_models **models, gf_error *error) {
    GF_ENTER(error);
    gf_model_items items = {0};
    gf_models *made = NULL;
    if (names == NULL) {
        made = calloc(1, sizeof *made);
        gf_status status =
            made == NULL ? gf_error_no_memory(error, "models", sizeof *made) : add_all(made, error);
        if (status == GF_OK)
            *models = made;
        else
            gf_models_destroy(made);
        return status;
    }
    gf_status status = gf_model_items_create(names, &items, error);
    for (size_t i = 0; status == GF_OK && i < items.count; i++)
        items.items[i].is_sheet = true; /* whoever asks for models gets a message about one */
    if (status == GF_OK)
        status = gf_models_of_items(&items, models, error);
    gf_model_items_clear(&items);
    return status;
}

size_t gf_models_count(const gf_models *models) {
    return models->count;
}

void gf_models_destroy(gf_models *models) {
    if (models == NULL)
        return;
    for (size_t i = 0; i < models->count; i++)
        gf_model_destroy(models->items[i]);
    free(models->items);
    free(models);
}
