#define _GNU_SOURCE 1 /* asprintf */

#include "export_files.h"

#include <stdio.h>
#include <stdlib.h>

#include "options/message.h"
#include "os/atomic_file.h"

#define FILE_COUNT 2

static const char *const endings[FILE_COUNT] = {".json", ".h"};

/* NULL: no memory, as the error says. */
static char *path_of(const struct settings *settings, size_t index, gf_error *error) {
    char *path = NULL;
    if (asprintf(&path, "%s%s", settings->export_path, endings[index]) >= 0)
        return path;
    message_set(error, GF_FAILED, "no memory for a path");
    return NULL;
}

static gf_status check_path(const struct settings *settings, const char *path, gf_error *error) {
    const char *const others[] = {settings->json, settings->csv, settings->markdown, settings->svg,
                                  settings->png};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (others[i] != NULL && gf_atomic_file_same(others[i], path))
            return message_set(error, GF_USAGE,
                               "--export %s: writes %s, as another option does; choose two names",
                               settings->export_path, path);
    }
    const gf_status status = gf_atomic_file_check(path, error);
    if (status != GF_OK)
        message_add_option(error, "export");
    return status;
}

gf_status export_files_check(const struct settings *settings, gf_error *error) {
    const char *name = NULL;
    if (settings->export_path == NULL)
        return GF_OK;
    if (settings->predict_only)
        return message_set(error, GF_USAGE,
                           "--export: a program should not rely on what was only predicted; leave "
                           "--predict-only out");
    gf_status status = gf_export_check_name(settings->export_path, &name, error);
    for (size_t i = 0; status == GF_OK && i < FILE_COUNT; i++) {
        char *path = path_of(settings, i, error);
        status = path == NULL ? error->status : check_path(settings, path, error);
        free(path);
    }
    return status;
}

static gf_status open_file(const struct settings *settings, size_t index, gf_atomic_file **file,
                           gf_error *error) {
    char *path = path_of(settings, index, error);
    if (path == NULL)
        return error->status;
    const gf_status status = gf_atomic_file_open(path, file, error);
    free(path);
    return status;
}

gf_status export_files_write(const struct settings *settings, const gf_breakeven_lines *lines,
                             gf_error *error) {
    gf_atomic_file *files[FILE_COUNT] = {NULL, NULL};
    const char *name = NULL;
    if (settings->export_path == NULL)
        return GF_OK;
    gf_status status = gf_export_check_name(settings->export_path, &name, error);
    for (size_t i = 0; status == GF_OK && i < FILE_COUNT; i++)
        status = open_file(settings, i, &files[i], error);
    if (status == GF_OK)
        status =
            gf_breakeven_lines_export(lines, name, settings->seed, gf_atomic_file_stream(files[0]),
                                      gf_atomic_file_stream(files[1]), error);
    if (status == GF_OK) {
        status = gf_atomic_file_commit_both(files[0], files[1], error);
    } else {
        gf_atomic_file_discard(files[0]);
        gf_atomic_file_discard(files[1]);
    }
    if (status != GF_OK)
        message_add_option(error, "export");
    return status;
}
