#define _GNU_SOURCE 1 /* renameat2 */

#include "manifest/template.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "manifest/identifier.h"
#include "manifest/pool.h"

/* ---- One file ---------------------------------------------------------- */

/* Whether the template's name begins here as a word of its own. */
static bool is_name(const char *text, const char *at) {
    const size_t length = sizeof GF_TEMPLATE_NAME - 1;
    return strncmp(at, GF_TEMPLATE_NAME, length) == 0 && !gf_is_word(at[length]) &&
           (at == text || !gf_is_word(at[-1]));
}

/* false: a write failed. */
static bool write_renamed(FILE *stream, const char *text, const char *name) {
    bool good = true;
    for (const char *at = text; good && *at != '\0';) {
        const bool found = is_name(text, at);
        good = found ? fputs(name, stream) >= 0 : putc(*at, stream) != EOF;
        at += found ? sizeof GF_TEMPLATE_NAME - 1 : 1;
    }
    return good;
}

/* "saxpy.cl" in the folder, with the new name. */
static char *path_of(gf_pool *pool, const gf_embedded_file *file, const char *folder,
                     const char *name) {
    return gf_pool_format(pool, "%s/%s%s", folder, name, file->name + sizeof GF_TEMPLATE_NAME - 1);
}

static gf_status write_file(const gf_embedded_file *file, const char *path, const char *name,
                            gf_error *error) {
    FILE *stream = fopen(path, "wx");
    if (stream == NULL)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot write %s", path);
    bool good = write_renamed(stream, (const char *)file->bytes, name);
    good = fflush(stream) == 0 && fsync(fileno(stream)) == 0 && good;
    const int code = errno;
    good = fclose(stream) == 0 && good;
    return good ? GF_OK : gf_error_set_errno(error, GF_FAILED, code, "cannot write %s", path);
}

/* ---- The folder -------------------------------------------------------- */

/* Fails where something is, an empty folder among them, which rename would replace. */
static int rename_to_new(const char *from, const char *to) {
    struct stat info;
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != ENOSYS && errno != EINVAL) /* a file system without it */
        return -1;
    if (lstat(to, &info) == 0) {
        errno = EEXIST;
        return -1;
    }
    return rename(from, to);
}

static gf_status fill(const char *folder, const char *name, gf_pool *pool, gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; i < gf_template_file_count && status == GF_OK; i++) {
        const char *path = path_of(pool, &gf_template_files[i], folder, name);
        status = path == NULL ? gf_error_no_memory(error, "a path", strlen(folder))
                              : write_file(&gf_template_files[i], path, name, error);
    }
    return status;
}

static void remove_folder(const char *folder, const char *name, gf_pool *pool) {
    for (size_t i = 0; i < gf_template_file_count; i++) {
        const char *path = path_of(pool, &gf_template_files[i], folder, name);
        if (path != NULL)
            unlink(path);
    }
    rmdir(folder);
}

static gf_status already_there(const char *directory, gf_error *error) {
    return gf_error_set(error, GF_USAGE, "%s is there already; choose another name or directory",
                        directory);
}

/* In a folder beside it, which gets the name when it is complete. */
static gf_status make_folder(const char *name, const char *directory, gf_pool *pool,
                             gf_error *error) {
    const char *slash = strrchr(directory, '/');
    const int parent = slash == NULL ? 0 : (int)(slash + 1 - directory);
    char *folder = gf_pool_format(pool, "%.*s.gpufare-XXXXXX", parent, directory);
    struct stat info;
    if (folder == NULL)
        return gf_error_no_memory(error, "a path", strlen(directory));
    if (lstat(directory, &info) == 0)
        return already_there(directory, error);
    if (mkdtemp(folder) == NULL)
        return gf_error_set_errno(error, GF_FAILED, errno,
                                  "cannot make %s (choose a directory that you may write to)",
                                  directory);
    gf_status status = fill(folder, name, pool, error);
    const mode_t mask = umask(0);
    umask(mask);
    if (status == GF_OK && chmod(folder, 0777 & ~mask) != 0)
        status = gf_error_set_errno(error, GF_FAILED, errno, "cannot make %s", directory);
    if (status == GF_OK && rename_to_new(folder, directory) != 0)
        status = errno == EEXIST
                     ? already_there(directory, error)
                     : gf_error_set_errno(error, GF_FAILED, errno, "cannot make %s", directory);
    if (status != GF_OK)
        remove_folder(folder, name, pool);
    return status;
}

gf_status gf_template_write(const char *name, const char *directory, gf_error *error) {
    GF_ENTER(error);
    const char *wrong = gf_identifier_refuse(name);
    if (wrong != NULL)
        return gf_error_set(error, GF_USAGE, "%.60s%s", name[0] == '\0' ? "an empty name" : name,
                            wrong);
    directory = directory == NULL ? name : directory;
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/')
        length--;
    if (length == 0)
        return gf_error_set_parameter(error, GF_USAGE, "directory",
                                      ": empty; give the path of the directory to make");
    gf_pool *pool = gf_pool_create();
    char *own = pool == NULL ? NULL : gf_pool_copy(pool, directory, length);
    const gf_status status = own == NULL ? gf_error_no_memory(error, "a path", length)
                                         : make_folder(name, own, pool, error);
    gf_pool_destroy(pool);
    return status;
}
