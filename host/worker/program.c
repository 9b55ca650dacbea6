#define _GNU_SOURCE 1 /* asprintf, dladdr1, secure_getenv */

#include "worker/program.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"

static char *keep_if_executable(char *path) {
    struct stat file;
    if (path != NULL && access(path, X_OK) == 0 && stat(path, &file) == 0 && S_ISREG(file.st_mode))
        return path;
    free(path);
    return NULL;
}

/* FOLDER/name, with the folder `relative` from that of the file `self`. NULL unless `self` is an
 * absolute path. */
static char *beside(const char *self, const char *relative, const char *name) {
    const char *slash = strrchr(self, '/');
    if (self[0] != '/' || slash == NULL)
        return NULL;
    char *path = NULL;
    const int length = asprintf(&path, "%.*s/%s%s", (int)(slash - self), self, relative, name);
    return length < 0 ? NULL : keep_if_executable(path);
}

static char *beside_executable(const char *relative, const char *name) {
    char self[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0)
        return NULL;
    self[length] = '\0';
    return beside(self, relative, name);
}

/* For programs that link the shared library, which is in PREFIX/lib or a folder of that, in the
 * build folder, or together with its helpers in the folder of a Python package. */
static char *beside_library(const char *name) {
    static const char *const places[] = {"", "../libexec/gpufare/", "../../libexec/gpufare/",
                                         "bin/"};
    static const char anchor = 0; /* in this library */
    Dl_info unused;
    const struct link_map *library = NULL; /* its name is empty if that is the program itself */
    char *path = NULL;
    if (dladdr1(&anchor, &unused, (void **)&library, RTLD_DL_LINKMAP) == 0 || library == NULL)
        return NULL;
    for (size_t i = 0; path == NULL && i < GF_COUNT_OF(places); i++)
        path = beside(library->l_name, places[i], name);
    return path;
}

char *gf_helper_program(const char *name, const char *variable, const char *installed) {
    const char *chosen = secure_getenv(variable);
    if (chosen != NULL)
        return keep_if_executable(strdup(chosen));
    /* The library first: a program of somebody else, such as Python's, may stand beside helpers of
     * another version. */
    char *path = beside_library(name);
    if (path == NULL)
        path = beside_executable("", name);
    if (path == NULL)
        path = beside_executable("../libexec/gpufare/", name);
    return path != NULL || installed == NULL ? path : keep_if_executable(strdup(installed));
}
