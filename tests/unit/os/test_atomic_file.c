/* Output files: complete or not at all. */
#define _GNU_SOURCE 1 /* O_TMPFILE */

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gpufare.h"
#include "made_folder.h"
#include "os/atomic_file.h"
#include "os/files/temporary_file.h"
#include "os/store.h"

/* ---- In place of the system's ------------------------------------------ */

/* What the system does when a file is made and gets its name. */
static enum way {
    WAY_USUAL,
    WAY_NO_UNNAMED, /* the file system knows no files without a name */
    WAY_NO_LINK,    /* they may not get one */
    WAY_NO_UMASK,   /* they do not follow the umask */
    WAY_DIES,       /* the process is killed when a file would get its name */
    WAY_FULL        /* one file does not get its name */
} way;
static const char *never_made; /* with WAY_FULL: the name that no file gets */

static bool is_never_made(const char *path) {
    return strcmp(path + gf_directory_length(path), never_made) == 0;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
    const bool unnamed = (flags & O_TMPFILE) == O_TMPFILE;
    mode_t mode = 0;
    if (unnamed || (flags & O_CREAT) != 0) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    if (unnamed && way == WAY_NO_UNNAMED) {
        errno = EOPNOTSUPP;
        return -1;
    }
    const int fd = __real_open(path, flags, mode);
    if (unnamed && way == WAY_NO_UMASK && fd >= 0)
        cr_assert_eq(fchmod(fd, mode), 0);
    return fd;
}

int __real_linkat(int from, const char *old, int to, const char *new, int flags);
int __wrap_linkat(int from, const char *old, int to, const char *new, int flags);
int __wrap_linkat(int from, const char *old, int to, const char *new, int flags) {
    if (way == WAY_DIES)
        (void)raise(SIGKILL);
    if (way == WAY_NO_LINK || (way == WAY_FULL && is_never_made(new))) {
        errno = way == WAY_FULL ? ENOSPC : EPERM;
        return -1;
    }
    return __real_linkat(from, old, to, new, flags);
}

int __real_rename(const char *old, const char *new);
int __wrap_rename(const char *old, const char *new);
int __wrap_rename(const char *old, const char *new) {
    if (way == WAY_DIES)
        (void)raise(SIGKILL);
    if (way == WAY_FULL && is_never_made(new)) {
        errno = ENOSPC;
        return -1;
    }
    return __real_rename(old, new);
}

/* ---- Files ------------------------------------------------------------- */

static const char *directory;

static void enter_directory(void) {
    directory = made_folder();
    cr_assert_eq(chdir(directory), 0);
}

static int count_entries_of(const char *path) {
    int count = 0;
    DIR *handle = opendir(path);
    cr_assert_not_null(handle);
    for (const struct dirent *entry = readdir(handle); entry != NULL; entry = readdir(handle)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            count++;
    }
    closedir(handle);
    return count;
}

static int count_entries(void) {
    return count_entries_of(".");
}

TestSuite(output_file, .init = enter_directory, .timeout = 20);

static void put(const char *path, const char *text) {
    FILE *stream = fopen(path, "w");
    cr_assert_not_null(stream);
    fputs(text, stream);
    fclose(stream);
}

static void expect_content(const char *path, const char *text) {
    char got[64] = "";
    FILE *stream = fopen(path, "r");
    cr_assert_not_null(stream, "%s is missing", path);
    got[fread(got, 1, sizeof got - 1, stream)] = '\0';
    fclose(stream);
    cr_expect_str_eq(got, text);
}

static gf_atomic_file *open_file(const char *path) {
    gf_error error = GF_ERROR_INIT;
    gf_atomic_file *file = NULL;
    cr_assert_eq(gf_atomic_file_open(path, &file, &error), GF_OK, "%s", error.text);
    return file;
}

Test(output_file, appears_only_with_commit) {
    gf_atomic_file *file = open_file("new.txt");
    fputs("whole", gf_atomic_file_stream(file));
    cr_expect_neq(access("new.txt", F_OK), 0);
    cr_expect_eq(gf_atomic_file_commit(file, NULL), GF_OK);
    expect_content("new.txt", "whole");
    cr_expect_eq(count_entries(), 1);
}

/* ---- Two files --------------------------------------------------------- */

static gf_status commit_both(const char *first_text, const char *second_text) {
    gf_atomic_file *first = NULL, *second = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_atomic_file_open("first", &first, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_atomic_file_open("second", &second, &error), GF_OK, "%s", error.text);
    fputs(first_text, gf_atomic_file_stream(first));
    fputs(second_text, gf_atomic_file_stream(second));
    const gf_status status = gf_atomic_file_commit_both(first, second, &error);
    gf_error_clear(&error);
    return status;
}

/* New ones, then in the place of these. `never_made` is what the second file would be called. */
Test(output_file, two_appear_together_or_not_at_all) {
    static const enum way ways[] = {WAY_USUAL, WAY_NO_UNNAMED, WAY_NO_LINK};
    never_made = "second";
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        (void)unlink("first");
        (void)unlink("second");
        way = WAY_FULL;
        cr_expect_eq(commit_both("a", "b"), GF_FAILED);
        cr_expect_eq(count_entries(), 0, "way %d: something is left", (int)ways[i]);
        way = ways[i];
        cr_expect_eq(commit_both("a", "b"), GF_OK);
        way = WAY_FULL;
        cr_expect_eq(commit_both("new a", "new b"), GF_FAILED);
        expect_content("first", "a");
        expect_content("second", "b");
        way = ways[i];
        cr_expect_eq(commit_both("new a", "new b"), GF_OK);
        expect_content("first", "new a");
        expect_content("second", "new b");
        cr_expect_eq(count_entries(), 2, "way %d: something is left", (int)ways[i]);
    }
    way = WAY_USUAL;
}

Test(output_file, discard_keeps_the_old_file) {
    put("old.txt", "old");
    gf_atomic_file *file = open_file("old.txt");
    fputs("half", gf_atomic_file_stream(file));
    gf_atomic_file_discard(file);
    gf_atomic_file_discard(NULL);
    expect_content("old.txt", "old");
    cr_expect_eq(count_entries(), 1);
}

static mode_t mode_of(const char *path) {
    struct stat info;
    cr_assert_eq(stat(path, &info), 0);
    return info.st_mode & 0777;
}

/* Writes more than fits into the stream's buffer. */
static void write_long(gf_atomic_file *file) {
    for (int i = 0; i < 100000; i++)
        fputs("line\n", gf_atomic_file_stream(file));
}

static void expect_long(const char *path) {
    struct stat info;
    cr_assert_eq(stat(path, &info), 0);
    cr_expect_eq(info.st_size, 500000, "way %d, %s", (int)way, path);
}

Test(output_file, new_file_is_whole_and_follows_the_umask_whatever_the_system_allows) {
    umask(027);
    for (way = WAY_USUAL; way < WAY_DIES; way++) {
        gf_atomic_file *file = open_file("a");
        write_long(file);
        cr_expect_neq(access("a", F_OK), 0, "way %d", (int)way);
        cr_assert_eq(gf_atomic_file_commit(file, NULL), GF_OK, "way %d", (int)way);
        expect_long("a");
        cr_expect_eq(mode_of("a"), 0640, "way %d: %o", (int)way, mode_of("a"));
        cr_expect_eq(count_entries(), 1, "way %d", (int)way);
        cr_assert_eq(unlink("a"), 0);
    }
}

Test(output_file, replaced_file_keeps_its_mode_whatever_the_system_allows) {
    for (way = WAY_USUAL; way < WAY_DIES; way++) {
        put("a", "old");
        cr_assert_eq(chmod("a", 0604), 0);
        gf_atomic_file *file = open_file("a");
        write_long(file);
        expect_content("a", "old");
        cr_assert_eq(gf_atomic_file_commit(file, NULL), GF_OK, "way %d", (int)way);
        expect_long("a");
        cr_expect_eq(mode_of("a"), 0604, "way %d: %o", (int)way, mode_of("a"));
        cr_expect_eq(count_entries(), 1, "way %d", (int)way);
    }
}

/* A file that came to be while the new one was written. */
Test(output_file, later_file_is_replaced_too) {
    for (way = WAY_USUAL; way < WAY_DIES; way++) {
        gf_atomic_file *file = open_file("a");
        write_long(file);
        put("a", "in between");
        cr_expect_eq(gf_atomic_file_commit(file, NULL), GF_OK, "way %d", (int)way);
        expect_long("a");
        cr_expect_eq(count_entries(), 1, "way %d", (int)way);
        cr_assert_eq(unlink("a"), 0);
    }
}

/* ---- Killed ------------------------------------------------------------ */

static bool has_unnamed_files(void) {
    const int fd = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* Runs the function in a child, which must die by SIGKILL in it. */
static void expect_killed(void (*function)(void)) {
    int status = 0;
    const pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        function();
        _exit(0);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void die_while_writing(void) {
    gf_atomic_file *files[] = {open_file("old"), open_file("new")};
    write_long(files[0]);
    write_long(files[1]);
    (void)raise(SIGKILL);
}

static void die_at_the_end(void) {
    way = WAY_DIES;
    gf_atomic_file *file = open_file("new");
    write_long(file);
    (void)gf_atomic_file_commit(file, NULL);
}

Test(output_file, nothing_is_left_of_a_process_that_is_killed) {
    if (!has_unnamed_files())
        cr_skip_test("the file system has no files without a name");
    put("old", "old");
    expect_killed(die_while_writing);
    cr_expect_eq(count_entries(), 1);
    expect_content("old", "old");
    expect_killed(die_at_the_end);
    cr_expect_eq(count_entries(), 1);
}

static void die_while_saving(void) {
    json_t *document = json_pack("{s:i}", "value", 1);
    way = WAY_DIES;
    (void)gf_store_write("test", 1, document);
}

Test(output_file, nothing_is_left_of_a_save_that_is_killed) {
    char cache[64];
    if (!has_unnamed_files())
        cr_skip_test("the file system has no files without a name");
    cr_assert_eq(setenv("XDG_CACHE_HOME", directory, 1), 0);
    expect_killed(die_while_saving);
    snprintf(cache, sizeof cache, "%s/gpufare", directory);
    cr_expect_eq(count_entries_of(cache), 0);
    for (way = WAY_USUAL; way < WAY_DIES; way++) {
        json_t *document = json_pack("{s:i}", "value", (int)way);
        cr_expect(gf_store_write("test", 1, document));
        json_t *saved = gf_store_read("test", 1);
        cr_expect(json_equal(saved, document), "way %d", (int)way);
        json_decref(saved);
        json_decref(document);
        cr_expect_eq(count_entries_of(cache), 1, "way %d", (int)way);
        char path[GF_STORE_PATH_SIZE];
        cr_assert(gf_store_path("test", 1, path, sizeof path));
        cr_expect_eq(mode_of(path), 0600, "way %d: %o", (int)way, mode_of(path));
    }
    gf_store_remove("test", 1);
    cr_expect_eq(rmdir(cache), 0);
}

/* ---- Links, and ends by a signal --------------------------------------- */

Test(output_file, symbolic_link_stays_and_its_target_is_replaced) {
    put("target", "old");
    cr_assert_eq(symlink("target", "link"), 0);
    gf_atomic_file *file = open_file("link");
    fputs("new", gf_atomic_file_stream(file));
    cr_expect_eq(gf_atomic_file_commit(file, NULL), GF_OK);
    expect_content("target", "new");
    struct stat info;
    cr_assert_eq(lstat("link", &info), 0);
    cr_expect(S_ISLNK(info.st_mode));
}

Test(output_file, abandon_removes_open_files_only) {
    way = WAY_NO_UNNAMED;
    gf_atomic_file *first = open_file("first");
    cr_assert_eq(gf_atomic_file_commit(first, NULL), GF_OK);
    gf_atomic_file *second = open_file("second");
    cr_expect_eq(count_entries(), 2);
    gf_temporary_files_abandon();
    cr_expect_eq(count_entries(), 1);
    gf_atomic_file_discard(second);
}

Test(output_file, many_open_files_are_refused_not_lost) {
    enum { LIMIT = 40 };
    gf_atomic_file *files[LIMIT] = {NULL};
    gf_error error = GF_ERROR_INIT;
    int opened = 0;
    char name[16];
    way = WAY_NO_UNNAMED;
    for (; opened < LIMIT; opened++) {
        snprintf(name, sizeof name, "f%d", opened);
        if (gf_atomic_file_open(name, &files[opened], &error) != GF_OK)
            break;
    }
    cr_expect_geq(opened, 8);
    cr_expect_lt(opened, LIMIT);
    cr_expect_eq(count_entries(), opened);
    for (int i = 0; i < opened; i++)
        gf_atomic_file_discard(files[i]);
    cr_expect_eq(count_entries(), 0);
}

Test(output_file, stdout_gets_a_whole_text_or_nothing) {
    const int saved = dup(STDOUT_FILENO);
    const int fd = open("captured", O_RDWR | O_CREAT | O_APPEND, 0600);
    cr_assert_geq(dup2(fd, STDOUT_FILENO), 0);
    gf_atomic_file *dropped = open_file("-");
    fputs("dropped", gf_atomic_file_stream(dropped));
    gf_atomic_file_discard(dropped);
    gf_atomic_file *kept = open_file("-");
    fputs("kept", gf_atomic_file_stream(kept));
    cr_expect_eq(gf_atomic_file_commit(kept, NULL), GF_OK);
    gf_atomic_file *same = open_file("captured"); /* the file that stdout is: not pulled away */
    fputs(" too", gf_atomic_file_stream(same));
    cr_expect_eq(gf_atomic_file_commit(same, NULL), GF_OK);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    close(fd);
    expect_content("captured", "kept too");
}

Test(output_file, full_device_fails) {
    gf_error error = GF_ERROR_INIT;
    gf_atomic_file *file = open_file("/dev/full");
    fputs("lost", gf_atomic_file_stream(file));
    cr_expect_eq(gf_atomic_file_commit(file, &error), GF_FAILED);
    cr_expect_not_null(strstr(error.text, "/dev/full"), "%s", error.text);
    cr_expect_eq(gf_atomic_file_check("/dev/full", &error), GF_FAILED);
}

Test(output_file, full_device_fails_after_more_than_a_buffer) {
    gf_error error = GF_ERROR_INIT;
    gf_atomic_file *file = open_file("/dev/full");
    for (int i = 0; i < 100000; i++)
        fputs("lost", gf_atomic_file_stream(file));
    cr_expect_eq(gf_atomic_file_commit(file, &error), GF_FAILED);
    cr_expect_neq(error.text[0], '\0');
}

Test(output_file, pipe_is_written_to_directly) {
    cr_assert_eq(mkfifo("pipe", 0600), 0);
    const int reader = open("pipe", O_RDONLY | O_NONBLOCK);
    gf_atomic_file *file = open_file("pipe");
    fputs("through", gf_atomic_file_stream(file));
    cr_expect_eq(gf_atomic_file_commit(file, NULL), GF_OK);
    char got[16] = "";
    cr_expect_eq(read(reader, got, sizeof got - 1), 7);
    cr_expect_str_eq(got, "through");
    close(reader);
    struct stat info;
    cr_assert_eq(stat("pipe", &info), 0);
    cr_expect(S_ISFIFO(info.st_mode));
}

Test(output_file, waiting_for_a_reader_ends_when_cancelled) {
    static volatile sig_atomic_t cancel = 1;
    gf_error error = GF_ERROR_INIT;
    gf_atomic_file *file = NULL;
    cr_assert_eq(mkfifo("pipe", 0600), 0);
    gf_atomic_file_cancel_by(&cancel);
    cr_expect_eq(gf_atomic_file_open("pipe", &file, &error), GF_INTERRUPTED);
    cr_expect_not_null(strstr(error.text, "pipe"), "%s", error.text);
}

Test(output_file, two_names_of_one_file_are_the_same) {
    cr_assert_eq(mkdir("folder", 0700), 0);
    cr_assert_eq(symlink("folder", "linked"), 0);
    close(open("old", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    cr_assert_eq(symlink("old", "to-old"), 0);
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {{"new", "new", true},           {"new", "./new", true},
                 {"new", "folder/../new", true}, {"folder/new", "linked/new", true},
                 {"old", "to-old", true},        {"old", "linked/../old", true},
                 {"new", "newer", false},        {"new", "folder/new", false},
                 {"new", "old", false},          {"none/new", "nil/new", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_eq(gf_atomic_file_same(cases[i].a, cases[i].b), cases[i].same, "%s and %s",
                     cases[i].a, cases[i].b);
        cr_expect_eq(gf_atomic_file_same(cases[i].b, cases[i].a), cases[i].same, "%s and %s",
                     cases[i].b, cases[i].a);
    }
}

/* Paths that can't be written, whoever runs the test. */
static const struct {
    const char *path;
    gf_status status;
    const char *word;
} refused[] = {
    {"", GF_USAGE, "empty"},
    {"no/such/file", GF_FAILED, "make the directory"},
    {".", GF_FAILED, "it is a directory"},
    {"/tmp/", GF_FAILED, "it is a directory"},
    {"new/", GF_FAILED, "names a directory"},
    {"file/inside", GF_FAILED, "is not a directory"},
    {"dangling", GF_FAILED, "symbolic link to nothing"},
    {"/proc/x", GF_FAILED, "/proc/x"},
};

Test(output_file, check_and_open_refuse_the_same) {
    put("file", "");
    cr_assert_eq(symlink("nowhere", "dangling"), 0);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        gf_error error = GF_ERROR_INIT;
        gf_atomic_file *file = NULL;
        cr_expect_eq(gf_atomic_file_check(refused[i].path, &error), refused[i].status, "%s: %s",
                     refused[i].path, error.text);
        cr_expect_not_null(strstr(error.text, refused[i].word), "%s: %s", refused[i].path,
                           error.text);
        cr_expect_eq(gf_atomic_file_open(refused[i].path, &file, &error), refused[i].status, "%s",
                     refused[i].path);
        cr_expect_null(file);
    }
    cr_expect_eq(count_entries(), 2);
}

Test(output_file, name_that_is_too_long_is_refused_at_the_check) {
    char name[400];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_atomic_file_check(name, &error), GF_FAILED);
    name[255] = '\0';
    cr_expect_eq(gf_atomic_file_check(name, NULL), GF_OK);
    cr_expect_eq(gf_atomic_file_commit(open_file(name), NULL), GF_OK);
}

Test(output_file, check_leaves_nothing) {
    put("old", "old");
    cr_expect_eq(gf_atomic_file_check("new", NULL), GF_OK);
    cr_expect_eq(gf_atomic_file_check("old", NULL), GF_OK);
    cr_expect_eq(gf_atomic_file_check("-", NULL), GF_OK);
    cr_expect_eq(count_entries(), 1);
    expect_content("old", "old");
}
