#include "model/model_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "model/model_files.h"
#include "model/model_names.h"
#include "model/model_read.h"

#define PATH_SIZE 4096

/* ---- Entries of a list ------------------------------------------------- */

static bool is_file(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
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

/* A name has neither a slash nor a dot, and a file of profiles was always named by its path. What a
 * model is called is that model, whatever lies in the working directory. */
static bool is_sheet(const char *text) {
    if (gf_model_is_known(text))
        return true;
    if (!is_file(text))
        return gf_model_ends_in_ini(text) ||
               (strchr(text, '/') == NULL && strchr(text, '.') == NULL);
    const int first = first_character(text);
    return first == '[' || first == ';' || first == '#' ||
           (first != '{' && gf_model_ends_in_ini(text));
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
    if (status == GF_OK && is_file(list) && !gf_model_is_known(list))
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

/* Rows of one name could not be told apart. */
static gf_status add_found(gf_models *models, const char *name, gf_error *error) {
    gf_model *model = NULL;
    const gf_status status = gf_model_find(name, &model, error);
    if (status != GF_OK)
        return status;
    if (!has_name(models, model->name))
        return gf_models_add(models, model, error);
    gf_error_set(error, GF_USAGE, "%s is there twice; give each model once, and files other names",
                 model->name);
    gf_model_destroy(model);
    return error->status;
}

static int by_name(const void *a, const void *b) {
    return strcmp((*(gf_model *const *)a)->name, (*(gf_model *const *)b)->name);
}

/* A file that is wrong leaves the others in the list; the first is named. */
static gf_status add_file(gf_models *models, const char *path, gf_error *error) {
    gf_model *model = NULL;
    const gf_status status = gf_model_read(path, &model, error);
    if (status == GF_OK)
        return gf_models_add(models, model, error);
    if (models->left_out++ == 0)
        snprintf(models->first_left_out, sizeof models->first_left_out, "%s", error->text);
    gf_error_clear(error);
    return GF_OK;
}

static gf_status add_own(gf_models *models, gf_error *error) {
    const char *folder = NULL;
    gf_status status = gf_model_own_folder(&folder, error);
    if (folder == NULL)
        return status;
    DIR *open = opendir(folder);
    if (open == NULL)
        return gf_error_set_errno(error, GF_USAGE, errno, "GPUFARE_MODELS: cannot read %s", folder);
    for (const struct dirent *entry = readdir(open); status == GF_OK && entry != NULL;
         entry = readdir(open)) {
        char path[PATH_SIZE];
        if (!gf_model_ends_in_ini(entry->d_name))
            continue;
        const int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (length < 0 || length >= PATH_SIZE)
            status = gf_error_set(error, GF_USAGE, "GPUFARE_MODELS: the path is too long");
        else if (is_file(path))
            status = add_file(models, path, error);
    }
    closedir(open);
    return status;
}

static gf_status add_all(gf_models *models, gf_error *error) {
    gf_status status = add_own(models, error);
    for (size_t i = 0; status == GF_OK && i < gf_model_file_count; i++) {
        gf_model *model = NULL;
        status = gf_model_carried(i, &model, error);
        if (status == GF_OK && has_name(models, model->name))
            gf_model_destroy(model);
        else if (status == GF_OK)
            status = gf_models_add(models, model, error);
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

gf_status gf_models_check(const gf_models *models, gf_error *error) {
    GF_ENTER(error);
    if (models->left_out == 0)
        return GF_OK;
    if (models->left_out == 1)
        return gf_error_set(error, GF_USAGE, "%s; this model is left out", models->first_left_out);
    return gf_error_set(error, GF_USAGE, "%s; this model and %zu others are left out",
                        models->first_left_out, models->left_out - 1);
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
