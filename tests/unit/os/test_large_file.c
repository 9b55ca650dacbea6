/* Files that are read and written at places: against an array in memory, through the page cache and
 * past it, whatever the places and the memory are aligned to. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "os/files/large_file.h"
#include "stats/random.h"

#define BYTES  ((size_t)300007)
#define WINDOW ((size_t)8192)

static char folder[] = "large-file-XXXXXX";
static char path[64];

static void enter(void) {
    strcpy(folder, "large-file-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/field", folder);
}

static int count_files(void) {
    int count = 0;
    DIR *open_folder = opendir(folder);
    for (struct dirent *entry; (entry = readdir(open_folder)) != NULL;)
        count += entry->d_name[0] == '.' && strlen(entry->d_name) < 3 ? 0 : 1;
    closedir(open_folder);
    return count;
}

static void leave(void) {
    unlink(path);
    cr_expect_eq(rmdir(folder), 0, "something was left behind");
}

TestSuite(large_file, .init = enter, .fini = leave, .timeout = 60);

/* Writes and reads random pieces and compares with `model`. */
static void move_pieces(gf_large_file *file, char *model) {
    gf_error error = GF_ERROR_INIT;
    uint64_t random = 7;
    char *memory = aligned_alloc(4096, 65536);
    for (int i = 0; i < 600; i++) {
        const bool aligned = gf_random_bits(&random) % 3 == 0;
        size_t at = gf_random_bits(&random) % BYTES, skip = gf_random_bits(&random) % 4096;
        at = aligned ? at / 4096 * 4096 : at;
        skip = aligned ? 0 : skip;
        size_t bytes = gf_random_bits(&random) % 40000 + 1;
        bytes = bytes < BYTES - at ? bytes : BYTES - at;
        char *place = memory + skip;
        if (i % 2 == 0) {
            memset(place, (int)(gf_random_bits(&random) % 255), bytes);
            cr_assert_eq(gf_large_file_write(file, at, place, bytes, &error), GF_OK, "%s",
                         error.text);
            memcpy(model + at, place, bytes);
        } else {
            memset(place, 0xee, bytes);
            cr_assert_eq(gf_large_file_read(file, at, place, bytes, &error), GF_OK, "%s",
                         error.text);
            cr_assert_arr_eq(place, model + at, bytes, "piece %d: %zu bytes at %zu", i, bytes, at);
        }
    }
    free(memory);
}

static void expect_content(const char *model) {
    struct stat info;
    char *content = malloc(BYTES);
    FILE *stream = fopen(path, "rb");
    cr_assert_not_null(stream);
    cr_expect_eq(fread(content, 1, BYTES, stream), BYTES);
    cr_expect_arr_eq(content, model, BYTES);
    fclose(stream);
    cr_expect_eq(stat(path, &info), 0);
    cr_expect_eq((size_t)info.st_size, BYTES);
    free(content);
}

/* false: the file system has no such way. */
static bool expect_model(bool direct) {
    gf_large_file file;
    gf_error error = GF_ERROR_INIT;
    char *model = calloc(1, BYTES), last[7];
    const gf_status status = gf_large_file_create(&file, path, BYTES, direct, WINDOW, &error);
    if (status == GF_UNSUPPORTED && direct) {
        cr_expect_not_null(strstr(error.text, "past the page cache"), "%s", error.text);
        free(model);
        return false;
    }
    cr_assert_eq(status, GF_OK, "%s", error.text);
    move_pieces(&file, model);
    cr_expect_neq(access(path, F_OK), 0, "it has its name before it is complete");
    cr_assert_eq(gf_large_file_put(&file, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_large_file_read(&file, BYTES - 7, last, 7, &error), GF_OK, "it is read on");
    cr_expect_arr_eq(last, model + BYTES - 7, 7);
    gf_large_file_close(&file);
    expect_content(model);
    free(model);
    return true;
}

Test(large_file, has_what_was_written_through_the_page_cache) {
    cr_expect(expect_model(false));
}

/* Where the file system can't, what is said of it is tested instead. */
Test(large_file, has_what_was_written_past_the_page_cache) {
    cr_expect(expect_model(true) || count_files() == 0);
}

Test(large_file, leaves_nothing_unless_it_is_put_in_place) {
    gf_large_file file;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_large_file_create(&file, path, BYTES, false, WINDOW, &error), GF_OK, "%s",
                 error.text);
    gf_large_file_close(&file);
    gf_large_file_close(&file);
    cr_expect_eq(count_files(), 0);
}

Test(large_file, is_never_put_in_the_place_of_another) {
    gf_large_file file;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_large_file_create(&file, path, BYTES, false, WINDOW, &error), GF_OK);
    FILE *other = fopen(path, "wb");
    fputs("mine", other);
    fclose(other);
    cr_expect_eq(gf_large_file_put(&file, &error), GF_FAILED);
    cr_expect_not_null(strstr(error.text, "exists"), "%s", error.text);
    gf_large_file_close(&file);
    struct stat info;
    cr_expect_eq(stat(path, &info), 0);
    cr_expect_eq(info.st_size, 4, "the other one was changed");
}

Test(large_file, needs_room_on_the_disk) {
    gf_large_file file;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_large_file_create(&file, path, UINT64_C(1) << 60, false, WINDOW, &error),
                 GF_FAILED);
    cr_expect_not_null(strstr(error.text, "no room for a file of"), "%s", error.text);
    cr_expect_eq(file.fd, 0);
    gf_error_clear(&error);
    cr_expect_eq(gf_large_file_create(&file, "nowhere/field", BYTES, false, WINDOW, &error),
                 GF_FAILED);
    cr_expect_not_null(strstr(error.text, "cannot make nowhere/field"), "%s", error.text);
    cr_expect_eq(count_files(), 0);
}
