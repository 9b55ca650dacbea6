#define _GNU_SOURCE 1 /* nftw */

#include "made_folder.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_OPEN 8

typedef struct folder {
    struct folder *next;
    pid_t owner; /* a child that ends by itself leaves it alone */
    char path[32], file[96];
} folder;

static folder *folders;

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *level) {
    (void)status, (void)type, (void)level;
    (void)remove(path);
    return 0;
}

static void remove_folders(void) {
    for (const folder *made = folders; made != NULL; made = made->next) {
        if (made->owner == getpid())
            (void)nftw(made->path, remove_entry, MOST_OPEN, FTW_DEPTH | FTW_PHYS);
    }
}

static folder *make_folder(void) {
    folder *made = calloc(1, sizeof *made);
    cr_assert_not_null(made);
    if (folders == NULL)
        cr_assert_eq(atexit(remove_folders), 0);
    *made = (folder){.next = folders, .owner = getpid(), .path = "/tmp/gpufare-test-XXXXXX"};
    cr_assert_not_null(mkdtemp(made->path));
    folders = made;
    return made;
}

char *made_folder(void) {
    return make_folder()->path;
}

char *made_path(const char *name) {
    folder *made = make_folder();
    const int length = snprintf(made->file, sizeof made->file, "%s/%s", made->path, name);
    cr_assert(length > 0 && (size_t)length < sizeof made->file);
    return made->file;
}

char *made_cache(void) {
    char *path = made_folder();
    cr_assert_eq(setenv("XDG_CACHE_HOME", path, 1), 0);
    return path;
}
