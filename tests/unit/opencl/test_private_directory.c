/* Private directories: what killed processes left is removed a day later, and nothing else. */
#define _GNU_SOURCE 1 /* mkdtemp */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backends/opencl/drivers/icd_find.h"
#include "base/error.h"

static char parent[] = "/tmp/private-test-XXXXXX";

static const char *in_parent(const char *name) {
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", parent, name);
    return path;
}

static bool is_there(const char *name) {
    struct stat status;
    return lstat(in_parent(name), &status) == 0;
}

/* Sets the time of its last change so many hours back. */
static void age(const char *name, int hours) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const struct timespec then = {now.tv_sec - 3600L * hours, 0};
    cr_assert_eq(
        utimensat(AT_FDCWD, in_parent(name), (struct timespec[]){then, then}, AT_SYMLINK_NOFOLLOW),
        0);
}

static void make_directory(const char *name, mode_t mode, int hours) {
    char inside[64];
    cr_assert_eq(mkdir(in_parent(name), 0700), 0);
    snprintf(inside, sizeof inside, "%s/driver.icd", name);
    FILE *file = fopen(in_parent(inside), "w");
    cr_assert_not_null(file);
    fclose(file);
    cr_assert_eq(chmod(in_parent(name), mode), 0);
    age(name, hours);
}

static void set_up(void) {
    cr_assert_not_null(mkdtemp(parent));
    cr_assert_eq(setenv("TMPDIR", parent, 1), 0);
}

Test(private_directory, removes_what_killed_processes_left, .init = set_up) {
    make_directory("gpufare-oldOne", 0700, 25);
    make_directory("gpufare-newOne", 0700, 23);
    make_directory("gpufare-shared", 0755, 25);
    make_directory("gpufare-results", 0700, 25);
    make_directory("other-oldOne", 0700, 25);
    cr_assert_eq(symlink("gpufare-shared", in_parent("gpufare-aaaaaa")), 0);
    age("gpufare-aaaaaa", 25);
    gf_error error = GF_ERROR_INIT;
    char *made = NULL;
    cr_assert_eq(gf_private_directory_create(&made, &error), GF_OK, "%s", error.text);
    cr_assert(gf_private_directory_is(made));
    cr_assert(!is_there("gpufare-oldOne"));
    cr_assert(is_there("gpufare-newOne/driver.icd"));
    cr_assert(is_there("gpufare-shared/driver.icd"));
    cr_assert(is_there("gpufare-results/driver.icd"));
    cr_assert(is_there("other-oldOne/driver.icd"));
    cr_assert(is_there("gpufare-aaaaaa"));
    cr_assert(!gf_private_directory_is(in_parent("gpufare-aaaaaa")));
    gf_private_directory_remove(made);
    gf_private_directory_remove(strdup(parent));
}
