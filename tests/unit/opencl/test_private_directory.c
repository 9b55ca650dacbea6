/* Private directories: what killed processes left is removed a day later, and nothing else. */
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
#include "made_folder.h"

static const char *parent;

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
    parent = made_folder();
    cr_assert_eq(setenv("TMPDIR", parent, 1), 0);
}

Test(private_directory, removes_what_killed_processes_left, .init = set_up) {
    make_directory("gpufare-drivers-oldOne", 0700, 25);
    make_directory("gpufare-drivers-newOne", 0700, 23);
    make_directory("gpufare-drivers-shared", 0755, 25);
    make_directory("gpufare-drivers-results", 0700, 25);
    make_directory("gpufare-backup", 0700, 25);
    make_directory("other-oldOne", 0700, 25);
    cr_assert_eq(symlink("gpufare-drivers-shared", in_parent("gpufare-drivers-aaaaaa")), 0);
    age("gpufare-drivers-aaaaaa", 25);
    gf_error error = GF_ERROR_INIT;
    char *made = NULL;
    cr_assert_eq(gf_private_directory_create(&made, &error), GF_OK, "%s", error.text);
    cr_assert(gf_private_directory_is(made));
    cr_assert(!is_there("gpufare-drivers-oldOne"));
    cr_assert(is_there("gpufare-drivers-newOne/driver.icd"));
    cr_assert(is_there("gpufare-drivers-shared/driver.icd"));
    cr_assert(is_there("gpufare-drivers-results/driver.icd"));
    cr_assert(is_there("gpufare-backup/driver.icd"));
    cr_assert(is_there("other-oldOne/driver.icd"));
    cr_assert(is_there("gpufare-drivers-aaaaaa"));
    cr_assert(!gf_private_directory_is(in_parent("gpufare-drivers-aaaaaa")));
    gf_private_directory_remove(made);
}

/* mktemp may make the same name for somebody else. */
Test(private_directory, leaves_files_that_it_has_not_made, .init = set_up) {
    make_directory("gpufare-drivers-backup", 0700, 25);
    FILE *file = fopen(in_parent("gpufare-drivers-backup/thesis.txt"), "w");
    cr_assert_not_null(file);
    fclose(file);
    cr_assert_eq(mkdir(in_parent("gpufare-drivers-backup/data.icd"), 0700), 0);
    age("gpufare-drivers-backup", 25);
    gf_error error = GF_ERROR_INIT;
    char *made = NULL;
    cr_assert_eq(gf_private_directory_create(&made, &error), GF_OK, "%s", error.text);
    cr_assert(is_there("gpufare-drivers-backup/thesis.txt"));
    cr_assert(is_there("gpufare-drivers-backup/data.icd"));
    gf_private_directory_remove(made);
}
