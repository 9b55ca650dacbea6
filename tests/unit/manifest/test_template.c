/* The kernel that a new one begins as. */
#include "manifest_files.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "manifest/template.h"

static char *root, path[128];

static void make_root(void) {
    root = made_folder();
    snprintf(path, sizeof path, "%s/mine", root);
}

static void remove_root(void) {}

TestSuite(template, .init = make_root, .fini = remove_root, .timeout = 60);

/* The files in a folder; -1: there is none. */
static int count_files(const char *folder) {
    DIR *open = opendir(folder);
    int count = 0;
    if (open == NULL)
        return -1;
    while (readdir(open) != NULL)
        count++;
    closedir(open);
    return count - 2;
}

Test(template, is_a_manifest_that_is_right) {
    gf_manifest *manifest = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_template_write("mine", path, &error), GF_OK, "%s", error.text);
    cr_expect_eq(count_files(path), 3);
    cr_assert_eq(gf_manifest_load(path, &manifest, &error), GF_OK, "%s", error.text);
    cr_expect_str_eq(manifest->name, "mine");
    cr_expect_str_eq(manifest->kernels[0].function, "mine");
    cr_expect_str_eq(manifest->twin.function, "mine");
    cr_expect(manifest->twin.over_range);
    cr_expect_eq(manifest->tolerance.kind, GF_TOLERANCE_BITS);
    cr_expect_eq(manifest->buffers[0].access, GF_ACCESS_IN);
    cr_expect_eq(manifest->buffers[1].access, GF_ACCESS_INOUT);
    gf_manifest_free(manifest);
}

/* With nothing but the name replaced, and only where it is a word. */
Test(template, has_the_files_of_the_template) {
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_template_write("saxpy", path, &error), GF_OK, "%s", error.text);
    for (size_t i = 0; i < gf_template_file_count; i++) {
        const gf_embedded_file *file = &gf_template_files[i];
        char name[256], bytes[8192];
        snprintf(name, sizeof name, "%s/%s", path, file->name);
        FILE *stream = fopen(name, "r");
        cr_assert_not_null(stream, "%s", name);
        const size_t length = fread(bytes, 1, sizeof bytes, stream);
        fclose(stream);
        cr_expect_eq(length, file->length, "%s", name);
        cr_expect_eq(memcmp(bytes, file->bytes, length), 0, "%s", name);
    }
}

/* The folder has the permissions of any other. */
Test(template, is_a_plain_folder) {
    gf_error error = GF_ERROR_INIT;
    struct stat info;
    umask(022);
    cr_assert_eq(gf_template_write("mine", path, &error), GF_OK);
    cr_assert_eq(stat(path, &info), 0);
    cr_expect_eq(info.st_mode & 0777, 0755);
}

Test(template, what_is_there_stays) {
    gf_error error = GF_ERROR_INIT;
    char name[160];
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_expect_eq(gf_template_write("mine", path, &error), GF_USAGE); /* though it is empty */
    cr_expect(strstr(error.text, "is there already; choose another") != NULL, "%s", error.text);
    cr_expect_eq(count_files(path), 0);
    snprintf(name, sizeof name, "%s//", path);
    cr_expect_eq(gf_template_write("mine", name, &error), GF_USAGE);
    snprintf(name, sizeof name, "%s/file", root);
    made_tree_write(root, "/file", "text");
    cr_expect_eq(gf_template_write("mine", name, &error), GF_USAGE);
    snprintf(name, sizeof name, "%s/link", root);
    cr_assert_eq(symlink("nowhere", name), 0);
    cr_expect_eq(gf_template_write("mine", name, &error), GF_USAGE);
    cr_expect_eq(count_files(root), 3, "something is left");
    snprintf(name, sizeof name, "%s/none/mine", root);
    cr_expect_eq(gf_template_write("mine", name, &error), GF_FAILED);
    cr_expect(strstr(error.text, "No such file or directory") != NULL, "%s", error.text);
    cr_expect_eq(gf_template_write("mine", "", &error), GF_USAGE);
    cr_expect_str_eq(error.parameter, "directory");
    cr_expect_eq(count_files(root), 3, "something is left");
}

/* Files that can't be written leave nothing: here they may have no bytes. */
Test(template, a_failure_leaves_nothing) {
    const pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        const struct rlimit none = {0, 0};
        gf_error error = GF_ERROR_INIT;
        signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &none) != 0)
            _exit(9);
        const gf_status status = gf_template_write("mine", path, &error);
        _exit(status == GF_FAILED && strstr(error.text, "cannot write") != NULL ? 0 : 1);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect_eq(status, 0);
    cr_expect_eq(count_files(root), 0);
}

Test(template, names_are_those_of_c) {
    static const char *const bad[] = {"",
                                      "2d",
                                      "a-b",
                                      "a b",
                                      "../x",
                                      "kernel",
                                      "float",
                                      "int4",
                                      "while",
                                      "abcdefghijklmnopqrstuvwxyz012345",
                                      "\xc3\xa9t\xc3\xa9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(gf_template_write(bad[i], path, &error), GF_USAGE, "%s", bad[i]);
        cr_expect(strstr(error.text, *bad[i] == '\0' ? "an empty name is" : bad[i]) == error.text,
                  "%s", error.text);
    }
    cr_expect_eq(count_files(root), 0);
    cr_expect_eq(gf_template_write("_x1", path, NULL), GF_OK);
}
