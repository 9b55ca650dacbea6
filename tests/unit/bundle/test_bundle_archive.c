/* Archives of bundles: what is written comes back, and what means harm is refused by name. */
#include <archive.h>
#include <archive_entry.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bundle/archive.h"
#include "bundle/personal.h"
#include "made_folder.h"
#include "os/files/digest.h"

static gf_error error = GF_ERROR_INIT;

static void add(gf_entries *to, const char *name, const char *text) {
    cr_assert_eq(gf_entries_add_copy(to, name, text, strlen(text), &error), GF_OK, "%s",
                 error.text);
}

static char *write_entries(gf_entries *entries, size_t *size) {
    char *bytes = NULL;
    FILE *stream = open_memstream(&bytes, size);
    cr_assert_eq(gf_archive_write(entries, 1700000000, stream, &error), GF_OK, "%s", error.text);
    fclose(stream);
    return bytes;
}

static const char *save(const char *bytes, size_t size) {
    static const char *path;
    if (path == NULL)
        path = made_path("bundle.tar.zst");
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
    return path;
}

static gf_status read_bytes(const char *bytes, size_t size, gf_entries *entries) {
    return gf_archive_read(save(bytes, size), entries, &error);
}

Test(bundle_archive, what_is_written_comes_back_in_the_order_of_names) {
    gf_entries made = {.count = 0}, read;
    size_t size = 0;
    add(&made, "pictures/b.png", "two");
    add(&made, "a.json", "");
    char *bytes = write_entries(&made, &size);
    cr_assert_eq(read_bytes(bytes, size, &read), GF_OK, "%s", error.text);
    cr_assert_eq(read.count, 2);
    cr_expect_str_eq(read.files[0].name, "a.json");
    cr_expect_eq(read.files[0].size, 0);
    cr_expect_str_eq(read.files[1].name, "pictures/b.png");
    cr_expect_str_eq((const char *)read.files[1].bytes, "two");
    free(bytes);
    gf_entries_clear(&made);
    gf_entries_clear(&read);
}

Test(bundle_archive, equal_files_give_equal_archives_in_whatever_order_they_came) {
    gf_entries first = {.count = 0}, second = {.count = 0};
    size_t first_size = 0, second_size = 0;
    add(&first, "a", "1");
    add(&first, "b", "2");
    add(&second, "b", "2");
    add(&second, "a", "1");
    char *a = write_entries(&first, &first_size), *b = write_entries(&second, &second_size);
    cr_assert_eq(first_size, second_size);
    cr_expect_eq(memcmp(a, b, first_size), 0);
    free(a);
    free(b);
    gf_entries_clear(&first);
    gf_entries_clear(&second);
}

Test(bundle_archive, names_that_lead_out_of_it_are_not_written_either) {
    static const char *const names[] = {"",   "/etc/x", "../x", "a/../b", "a//b",
                                        "a/", ".x",     "a b",  "a\nb",   "a/.hidden"};
    gf_entries made = {.count = 0};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cr_expect_eq(gf_entries_add_copy(&made, names[i], "", 0, &error), GF_USAGE, "'%s'",
                     names[i]);
    add(&made, "a", "");
    cr_expect_eq(gf_entries_add_copy(&made, "a", "", 0, &error), GF_USAGE);
    cr_expect_str_eq(error.text, "a is in it twice");
    gf_entries_clear(&made);
    gf_error_clear(&error);
}

/* ---- Archives that mean harm ------------------------------------------- */

struct hostile {
    const char *name, *link;
    int type; /* AE_IFREG ... */
    bool hard;
    size_t size, times;
    const char *says;
};

/* In pax format, which takes any name. */
static char *make_hostile(const struct hostile *of, size_t *size) {
    const size_t room = of->size / 100 + of->times * 2048 + (1 << 20);
    char *bytes = malloc(room);
    static char zeros[1 << 16];
    struct archive *archive = archive_write_new();
    cr_assert_eq(archive_write_set_format_pax_restricted(archive), ARCHIVE_OK);
    cr_assert_eq(archive_write_add_filter_zstd(archive), ARCHIVE_OK);
    cr_assert_eq(archive_write_open_memory(archive, bytes, room, size), ARCHIVE_OK);
    for (size_t i = 0; i < of->times; i++) {
        char name[256];
        snprintf(name, sizeof name, of->times > 2 ? "f%zu" : of->name, i);
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, name);
        archive_entry_set_filetype(entry, (unsigned)of->type);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)of->size);
        if (of->link != NULL && of->hard)
            archive_entry_set_hardlink(entry, of->link);
        else if (of->link != NULL)
            archive_entry_set_symlink(entry, of->link);
        cr_assert_eq(archive_write_header(archive, entry), ARCHIVE_OK);
        for (size_t done = 0; done < of->size; done += sizeof zeros)
            cr_assert_geq(archive_write_data(archive, zeros, sizeof zeros), 0);
        archive_entry_free(entry);
    }
    cr_assert_eq(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
    return bytes;
}

Test(bundle_archive, what_no_bundle_has_is_refused_by_name, .timeout = 60) {
    static const struct hostile cases[] = {
        {"../../x", NULL, AE_IFREG, false, 0, 1, "\"../../x\" in it leads out of its folder"},
        {"/etc/passwd", NULL, AE_IFREG, false, 0, 1, "\"/etc/passwd\" in it leads out"},
        {"a/../../b", NULL, AE_IFREG, false, 0, 1, "leads out of its folder"},
        {"link", "/etc/passwd", AE_IFLNK, false, 0, 1, "link is a link; a bundle has regular"},
        {"hard", "link", AE_IFREG, true, 0, 1, "hard is a link"},
        {"folder", NULL, AE_IFDIR, false, 0, 1, "no bundle has such a file"},
        {"pipe", NULL, AE_IFIFO, false, 0, 1, "pipe is no regular file"},
        {"twice", NULL, AE_IFREG, false, 0, 2, "twice is in it twice"},
        {NULL, NULL, AE_IFREG, false, 0, 1001, "it has more than 1000 files"},
        {"zeros", NULL, AE_IFREG, false, (257u << 20), 1,
         "with zeros the files take more than 256"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size = 0;
        gf_entries read;
        char *bytes = make_hostile(&cases[i], &size);
        cr_expect_eq(read_bytes(bytes, size, &read), GF_USAGE, "case %zu", i);
        cr_expect(strstr(error.text, cases[i].says) != NULL, "case %zu: %s", i, error.text);
        cr_expect_eq(read.count, 0);
        free(bytes);
    }
    gf_error_clear(&error);
}

Test(bundle_archive, damaged_and_foreign_files_are_refused) {
    gf_entries made = {.count = 0}, read;
    size_t size = 0;
    add(&made, "a", "some text that is long enough to be cut somewhere");
    char *bytes = write_entries(&made, &size);
    cr_expect_eq(read_bytes("not an archive", 14, &read), GF_USAGE);
    cr_expect(strstr(error.text, "is no tar archive that zstd compressed") != NULL);
    cr_expect_eq(read_bytes("", 0, &read), GF_USAGE);
    for (size_t cut = 1; cut < size; cut += 7)
        cr_expect_neq(read_bytes(bytes, cut, &read), GF_OK, "%zu of %zu bytes", cut, size);
    cr_expect_eq(gf_archive_read("/dev/zero", &read, &error), GF_USAGE);
    free(bytes);
    gf_entries_clear(&made);
    gf_error_clear(&error);
}

/* ---- Texts and checksums ----------------------------------------------- */

/* FIPS 180-2, appendix B.1. */
Test(bundle_archive, checksums_are_sha_256) {
    char text[GF_SHA256_TEXT];
    gf_sha256("abc", 3, text);
    cr_expect_str_eq(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

Test(bundle_archive, home_folders_are_not_told) {
    static const char *const cases[][2] = {
        {"/home/ada/x.png", "~/x.png"},
        {"a=/home/ada", "a=~"},
        {"\"/home/b.c-d/e\"", "\"~/e\""},
        {"/home/", "/home/"},
        {"/srv/me/x", "~/x"},
        {"/srv/men/x", "/srv/men/x"},
        {"x/srv/me/x", "x/srv/me/x"},
        {"/srv/me:/home/z/lib", "~:~/lib"},
        {"-o/srv/me/x.png", "-o~/x.png"},
        {"-I/home/z/inc", "-I~/inc"},
    };
    setenv("HOME", "/srv/me", 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t length = strlen(cases[i][0]);
        char *text = gf_without_home(cases[i][0], &length);
        cr_expect_str_eq(text, cases[i][1]);
        cr_expect_eq(length, strlen(cases[i][1]));
        free(text);
    }
}
