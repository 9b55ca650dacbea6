#define _GNU_SOURCE 1 /* secure_getenv */

#include "os/files/scratch_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

gf_status gf_scratch_folder_create(char path[GF_SCRATCH_PATH], gf_error *error) {
    const char *parent = secure_getenv("TMPDIR");
    if (parent == NULL || parent[0] != '/' || strlen(parent) > GF_SCRATCH_PATH - 32)
        parent = "/tmp";
    snprintf(path, GF_SCRATCH_PATH, "%s/gpufare-check-XXXXXX", parent);
    if (mkdtemp(path) != NULL)
        return GF_OK;
    const int code = errno;
    path[0] = '\0';
    return gf_error_set_errno(
        error, GF_FAILED, code,
        "cannot make a folder in %s; set TMPDIR to one that can be written to", parent);
}

void gf_scratch_folder_remove(const char *path) {
    DIR *folder = path[0] == '\0' ? NULL : opendir(path);
    const struct dirent *entry;
    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL)
        (void)unlinkat(dirfd(folder), entry->d_name, 0); /* refuses . and .. */
    closedir(folder);
    (void)rmdir(path);
}
