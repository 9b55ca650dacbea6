/* Files that a test writes into a folder which stands for "/". */
#pragma once

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "made_folder.h"

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
