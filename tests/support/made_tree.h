/* A folder that stands for "/", with files that a test writes into it. A test that includes this
 * begins with #define _GNU_SOURCE, for nftw. */
#pragma once

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static inline char *made_tree(void) {
    char *root = strdup("/tmp/gpufare-test-XXXXXX");
    cr_assert_not_null(mkdtemp(root));
    return root;
}

static inline int made_tree_remove_entry(const char *path, const struct stat *status, int type,
                                         struct FTW *level) {
    (void)status, (void)type, (void)level;
    return remove(path);
}

static inline void made_tree_remove(char *root) {
    cr_expect_eq(nftw(root, made_tree_remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(root);
}

/* Makes the folders on the way, too. */
static inline void made_tree_write(const char *root, const char *name, const char *content) {
    char path[512];
    snprintf(path, sizeof path, "%s%s", root, name);
    for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file, "%s", path);
    fputs(content, file);
    cr_assert_eq(fclose(file), 0);
}
