/* Epochs: what was written in some parts is read in others; what is damaged, foreign, newer or in
 * use is refused by name; the last two stay. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checkpoint/epoch.h"
#include "checkpoint/saved_epoch.h"
#include "made_folder.h"

#define ROWS      37
#define ROW_BYTES 24
#define COLUMNS   6
#define MOST_TEXT 8192

static gf_error error = GF_ERROR_INIT;
static const char *root;
static char told[MOST_TEXT];

static void make_root(void) {
    root = made_folder();
    told[0] = '\0';
}

TestSuite(epoch, .init = make_root);

/* ---- A small state ----------------------------------------------------- */

/* Two fields, of ROWS and of 3 rows; `size`: a parameter. */
static gf_checkpoint_identity make_identity(const char *size) {
    gf_checkpoint_identity made = {
        .facts = json_pack("{s:s, s:{s:s}, s:i}", "workload", "heat", "parameters", "size", size,
                           "steps", 100),
        .fields = {{"u", "f32", ROWS, ROW_BYTES, COLUMNS}, {"v", "u16", 3, 2, 1}},
        .field_count = 2,
        .steps = 100};
    cr_assert_not_null(made.facts);
    return made;
}

static void fill(unsigned char *rows, size_t bytes, uint64_t step) {
    for (size_t i = 0; i < bytes; i++)
        rows[i] = (unsigned char)(i * 31 + step * 7 + 1);
}

/* The same state by the rule of `fill`, in parts of `height` rows. */
static gf_status write_state(const gf_epoch_folder *folder, uint64_t step, uint64_t height) {
    gf_checkpoint_identity identity = make_identity("8x8");
    unsigned char u[ROWS * ROW_BYTES], v[6];
    gf_epoch_part parts[ROWS + 1];
    size_t count = 0;
    fill(u, sizeof u, step);
    fill(v, sizeof v, step);
    gf_status status = gf_epoch_begin(folder, step, &error);
    parts[count] = (gf_epoch_part){1, {0, 3, 0, 1}, 6, ""};
    if (status == GF_OK)
        status = gf_epoch_write_part(folder, step, &parts[count++], v, &error);
    /* From the last one on: the order does not matter. */
    for (uint64_t end = ROWS; status == GF_OK && end > 0;) {
        const uint64_t rows = end < height ? end : height;
        end -= rows;
        parts[count] = (gf_epoch_part){0, {end, rows, 0, COLUMNS}, rows * ROW_BYTES, ""};
        status = gf_epoch_write_part(folder, step, &parts[count++], u + end * ROW_BYTES, &error);
    }
    if (status == GF_OK)
        status = gf_epoch_commit(folder, step, &identity, parts, count, &error);
    if (status != GF_OK)
        gf_epoch_abandon(folder, step);
    gf_checkpoint_identity_clear(&identity);
    return status;
}

static gf_epoch_folder open_to_write(void) {
    gf_epoch_folder folder = GF_EPOCH_NO_FOLDER;
    cr_assert_eq(gf_epoch_folder_open(root, GF_EPOCH_WRITE, &folder, &error), GF_OK, "%s",
                 error.text);
    return folder;
}

static void write_states(uint64_t first, uint64_t last) {
    gf_epoch_folder folder = open_to_write();
    for (uint64_t step = first; step <= last; step += 10)
        cr_assert_eq(write_state(&folder, step, 5), GF_OK, "%s", error.text);
    gf_epoch_folder_close(&folder);
}

static void note(const char *text, void *context) {
    (void)context;
    const size_t used = strlen(told);
    snprintf(told + used, sizeof told - used, "%s\n", text);
}

static void expect_rows(const gf_saved_epoch *saved, uint64_t step) {
    unsigned char expected[ROWS * ROW_BYTES], got[ROWS * ROW_BYTES];
    fill(expected, sizeof expected, step);
    for (uint64_t first = 0; first < ROWS; first++) {
        for (uint64_t rows = 1; first + rows <= ROWS; rows += 4) {
            memset(got, 0, sizeof got);
            cr_assert_eq(gf_saved_epoch_read_rows(saved, 0, first, rows, got, &error), GF_OK, "%s",
                         error.text);
            cr_assert_eq(memcmp(got, expected + first * ROW_BYTES, rows * ROW_BYTES), 0,
                         "rows %d from %d", (int)rows, (int)first);
        }
    }
}

/* Opens the newest without reading it; 0: there is none, as `error` says. */
static uint64_t open_newest(void) {
    gf_epoch_folder folder = GF_EPOCH_NO_FOLDER;
    gf_checkpoint_identity identity = make_identity("8x8");
    gf_saved_epoch *saved = NULL;
    cr_assert_eq(gf_epoch_folder_open(root, GF_EPOCH_READ, &folder, &error), GF_OK);
    const gf_status status =
        gf_saved_epoch_open(&folder, &identity, GF_EPOCH_NEWEST, note, NULL, &saved, &error);
    const uint64_t step = status == GF_OK ? gf_saved_epoch_step(saved) : 0;
    gf_saved_epoch_close(saved);
    gf_checkpoint_identity_clear(&identity);
    gf_epoch_folder_close(&folder);
    return step;
}

/* Opens and reads all; returns the step, or sets `error`. */
static uint64_t read_newest(const char *size) {
    gf_epoch_folder folder = GF_EPOCH_NO_FOLDER;
    gf_checkpoint_identity identity = make_identity(size);
    gf_saved_epoch *saved = NULL;
    unsigned char u[ROWS * ROW_BYTES];
    uint64_t step = GF_EPOCH_NEWEST;
    gf_status status = gf_epoch_folder_open(root, GF_EPOCH_READ, &folder, &error);
    for (uint64_t below = GF_EPOCH_NEWEST; status == GF_OK; below = step) {
        status = gf_saved_epoch_open(&folder, &identity, below, note, NULL, &saved, &error);
        if (status != GF_OK)
            break;
        step = gf_saved_epoch_step(saved);
        const gf_status read = gf_saved_epoch_read_rows(saved, 0, 0, ROWS, u, &error);
        if (read == GF_OK)
            break;
        note(error.text, NULL);
        gf_saved_epoch_close(saved);
        saved = NULL;
    }
    if (status == GF_OK)
        expect_rows(saved, step);
    gf_saved_epoch_close(saved);
    gf_checkpoint_identity_clear(&identity);
    gf_epoch_folder_close(&folder);
    return status == GF_OK ? step : 0;
}

/* ---- Files ------------------------------------------------------------- */

static void path_of(const char *name, char path[256]) {
    snprintf(path, 256, "%s/%s", root, name);
}

static int count_entries(const char *name) {
    char path[256];
    int count = 0;
    path_of(name, path);
    DIR *entries = opendir(path);
    cr_assert_not_null(entries, "%s", path);
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries))
        count += entry->d_name[0] == '.' ? 0 : 1;
    closedir(entries);
    return count;
}

static bool exists(const char *name) {
    char path[256];
    path_of(name, path);
    return access(path, F_OK) == 0;
}

static void flip_bit(const char *name, long at) {
    char path[256];
    path_of(name, path);
    FILE *file = fopen(path, "r+");
    cr_assert_not_null(file, "%s", path);
    cr_assert_eq(fseek(file, at, SEEK_SET), 0);
    const int byte = fgetc(file);
    cr_assert_eq(fseek(file, at, SEEK_SET), 0);
    cr_assert_neq(fputc(byte ^ 4, file), EOF);
    fclose(file);
}

static void expect_told(const char *words) {
    cr_expect_not_null(strstr(told, words), "'%s' lacks '%s'", told, words);
}

static void expect_error(gf_status status, const char *words) {
    cr_expect_eq(error.status, status, "%s", error.text);
    cr_expect_not_null(strstr(error.text, words), "'%s' lacks '%s'", error.text, words);
    gf_error_clear(&error);
}

/* ---- Whole epochs ------------------------------------------------------ */

Test(epoch, parts_of_any_height_are_read_in_rows_of_any_other) {
    for (uint64_t height = 1; height <= ROWS; height += 6) {
        gf_epoch_folder folder = open_to_write();
        cr_assert_eq(write_state(&folder, height, height), GF_OK, "%s", error.text);
        gf_epoch_folder_close(&folder);
        cr_expect_eq(read_newest("8x8"), height);
    }
}

Test(epoch, the_last_two_stay) {
    write_states(10, 50);
    cr_expect_eq(count_entries("."), 3); /* and the lock */
    cr_expect(exists("epoch-000000000050") && exists("epoch-000000000040"));
    cr_expect_eq(read_newest("8x8"), 50);
}

Test(epoch, what_is_later_than_the_state_gone_on_from_is_removed) {
    write_states(10, 50);
    gf_epoch_folder folder = open_to_write();
    flip_bit("epoch-000000000050/0-000000000000.part", 3);
    cr_assert_eq(write_state(&folder, 45, 7), GF_OK, "%s", error.text);
    gf_epoch_folder_close(&folder);
    cr_expect(exists("epoch-000000000045") && exists("epoch-000000000040"));
    cr_expect_not(exists("epoch-000000000050"));
    folder = open_to_write();
    cr_assert_eq(write_state(&folder, 45, 3), GF_OK, "one that is there is replaced: %s",
                 error.text);
    gf_epoch_folder_close(&folder);
    cr_expect_eq(read_newest("8x8"), 45);
}

Test(epoch, rows_that_are_missing_or_double_are_no_epoch) {
    gf_checkpoint_identity identity = make_identity("8x8");
    const gf_epoch_part good[] = {{0, {0, 20, 0, COLUMNS}, 20 * ROW_BYTES, ""},
                                  {0, {20, 17, 0, COLUMNS}, 17 * ROW_BYTES, ""},
                                  {1, {0, 3, 0, 1}, 6, ""}};
    gf_epoch_part parts[3];
    struct {
        size_t part;
        gf_epoch_part instead;
        const char *words;
    } cases[] = {
        {0, {0, {1, 19, 0, COLUMNS}, 19 * ROW_BYTES, ""}, "lacks rows of u from row 0"},
        {1, {0, {21, 16, 0, COLUMNS}, 16 * ROW_BYTES, ""}, "lacks rows of u from row 20"},
        {1, {0, {19, 18, 0, COLUMNS}, 18 * ROW_BYTES, ""}, "twice rows of u from row 19"},
        {1, {0, {20, 18, 0, COLUMNS}, 18 * ROW_BYTES, ""}, "wrong part of u at row 20"},
        {1, {0, {20, UINT64_MAX, 0, COLUMNS}, 17 * ROW_BYTES, ""}, "wrong part of u at row 20"},
        {1, {0, {20, 0, 0, COLUMNS}, 0, ""}, "wrong part of u at row 20"},
        {1, {0, {20, 17, 0, COLUMNS}, 17, ""}, "wrong part of u at row 20"},
        {2, {1, {0, 2, 0, 1}, 4, ""}, "lacks rows of v from row 2"},
        {2, {2, {0, 3, 0, 1}, 6, ""}, "lacks rows of v from row 0"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memcpy(parts, good, sizeof parts);
        parts[cases[i].part] = cases[i].instead;
        cr_expect_eq(gf_epoch_parts_check(parts, 3, identity.fields, 2, &error), GF_FAILED,
                     "case %zu", i);
        expect_error(GF_FAILED, cases[i].words);
    }
    memcpy(parts, good, sizeof parts);
    cr_expect_eq(gf_epoch_parts_check(parts, 3, identity.fields, 2, &error), GF_OK);
    gf_checkpoint_identity_clear(&identity);
}

/* ---- Faults ------------------------------------------------------------ */

Test(epoch, a_flipped_bit_a_torn_file_and_a_missing_one_lead_to_the_older_epoch) {
    static const struct {
        const char *file;
        bool torn, gone;
        const char *words;
    } cases[] = {{"0-000000000002.part", false, false, "0-000000000002.part is damaged"},
                 {"0-000000000002.part", true, false, "is torn: 0-000000000002.part has 60 of 120"},
                 {"0-000000000002.part", false, true, "lacks 0-000000000002.part"},
                 {"manifest.json", false, false, "has a damaged manifest"},
                 {"manifest.json", true, false, "has a damaged manifest"},
                 {"manifest.json", false, true, "has no manifest"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[128], path[256];
        told[0] = '\0';
        write_states(10, 20);
        snprintf(name, sizeof name, "epoch-000000000020/%s", cases[i].file);
        path_of(name, path);
        if (cases[i].gone)
            cr_assert_eq(unlink(path), 0);
        else if (cases[i].torn)
            cr_assert_eq(truncate(path, 60), 0);
        else
            flip_bit(name, 50);
        cr_expect_eq(read_newest("8x8"), 10, "case %zu: %s", i, error.text);
        expect_told(cases[i].words);
    }
}

Test(epoch, no_flipped_bit_of_a_manifest_is_believed) {
    write_states(10, 20);
    const char *name = "epoch-000000000020/manifest.json";
    struct stat info;
    char path[256];
    int passed = 0;
    path_of(name, path);
    cr_assert_eq(stat(path, &info), 0);
    for (long at = 0; at < (long)info.st_size; at++) {
        flip_bit(name, at);
        const uint64_t step = open_newest();
        cr_expect(step == 10 || step == 20 || error.status == GF_UNSUPPORTED, "byte %ld", at);
        passed += step == 20 ? 1 : 0;
        flip_bit(name, at);
        gf_error_clear(&error);
        told[0] = '\0';
    }
    cr_expect_eq(passed, 0, "%d of %ld", passed, (long)info.st_size);
    cr_expect_eq(read_newest("8x8"), 20);
}

Test(epoch, without_a_whole_epoch_there_is_none) {
    cr_expect_eq(read_newest("8x8"), 0);
    expect_error(GF_FAILED, "has no epoch");
    write_states(10, 10);
    flip_bit("epoch-000000000010/0-000000000032.part", 3);
    cr_expect_eq(read_newest("8x8"), 0);
    expect_error(GF_FAILED, "no epoch in");
    expect_told("is damaged: its SHA-256");
}

Test(epoch, another_problem_is_refused_by_what_differs) {
    write_states(10, 20);
    cr_expect_eq(read_newest("8x9"), 0);
    expect_error(GF_USAGE, "size 8x9: ");
    cr_expect_eq(read_newest("8x9"), 0);
    expect_error(GF_USAGE, "is of 8x8; give that");
}

Test(epoch, a_newer_version_is_refused) {
    write_states(10, 20);
    char command[256];
    snprintf(command, sizeof command,
             "sed -i 's|gpufare.checkpoint/1|gpufare.checkpoint/12|' '%s/epoch-000000000020/"
             "manifest.json'",
             root);
    cr_assert_eq(system(command), 0);
    cr_expect_eq(read_newest("8x8"), 0);
    expect_error(GF_UNSUPPORTED, "is of version 12 of the format");
}

Test(epoch, two_runs_do_not_write_into_one_folder) {
    gf_epoch_folder folder = open_to_write(), other = GF_EPOCH_NO_FOLDER;
    char words[64];
    snprintf(words, sizeof words, "is in use by process %ld of ", (long)getpid());
    cr_expect_eq(gf_epoch_folder_open(root, GF_EPOCH_WRITE, &other, &error), GF_FAILED);
    expect_error(GF_FAILED, words);
    cr_expect_eq(gf_epoch_folder_open(root, GF_EPOCH_READ, &other, &error), GF_FAILED);
    expect_error(GF_FAILED, words);
    cr_expect_eq(gf_epoch_folder_open(root, GF_EPOCH_SHARE, &other, &error), GF_OK);
    gf_epoch_folder_close(&other);
    gf_epoch_folder_close(&folder);
    cr_expect_eq(gf_epoch_folder_open(root, GF_EPOCH_READ, &folder, &error), GF_OK);
    cr_expect_eq(gf_epoch_folder_open(root, GF_EPOCH_READ, &other, &error), GF_OK);
    gf_epoch_folder_close(&other);
    gf_epoch_folder_close(&folder);
}

Test(epoch, a_full_disk_leaves_the_older_epochs_and_nothing_else) {
    write_states(10, 20);
    gf_epoch_folder folder = open_to_write();
    const struct rlimit none = {100, 100};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
    cr_expect_eq(write_state(&folder, 30, 5), GF_FAILED);
    expect_error(GF_FAILED, "make room");
    gf_epoch_folder_close(&folder);
    cr_expect_eq(count_entries("."), 3);
    cr_expect_eq(read_newest("8x8"), 20);
}

Test(epoch, what_a_killed_run_left_is_removed_by_the_next) {
    gf_epoch_part part = {0, {0, 1, 0, COLUMNS}, ROW_BYTES, ""};
    gf_epoch_folder folder = open_to_write();
    cr_assert_eq(gf_epoch_begin(&folder, 10, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_epoch_write_part(&folder, 10, &part, root, &error), GF_OK, "%s", error.text);
    gf_epoch_folder_close(&folder);
    cr_expect(exists("writing-000000000010"));
    folder = open_to_write();
    cr_expect_not(exists("writing-000000000010"));
    gf_epoch_folder_close(&folder);
}

Test(epoch, a_folder_that_was_made_and_stays_empty_is_removed) {
    char path[256];
    gf_epoch_folder folder = GF_EPOCH_NO_FOLDER;
    path_of("new/", path);
    cr_assert_eq(gf_epoch_folder_open(path, GF_EPOCH_WRITE, &folder, &error), GF_OK, "%s",
                 error.text);
    cr_expect(exists("new/lock"));
    gf_epoch_folder_close(&folder);
    cr_expect_not(exists("new"));
}

Test(epoch, what_is_no_folder_is_refused) {
    static const struct {
        const char *name, *words;
        gf_epoch_use use;
    } cases[] = {{"gone", "cannot read the checkpoint", GF_EPOCH_READ},
                 {"file", "is no folder", GF_EPOCH_READ},
                 {"file", "is no folder", GF_EPOCH_WRITE},
                 {"gone/below", "cannot make the folder", GF_EPOCH_WRITE}};
    char path[256];
    path_of("file", path);
    fclose(fopen(path, "w"));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gf_epoch_folder folder = GF_EPOCH_NO_FOLDER;
        path_of(cases[i].name, path);
        cr_expect_eq(gf_epoch_folder_open(path, cases[i].use, &folder, &error), GF_FAILED,
                     "case %zu", i);
        expect_error(GF_FAILED, cases[i].words);
    }
}

/* ---- Inputs ------------------------------------------------------------ */

Test(inputs_hash, does_not_depend_on_how_rows_are_divided) {
    static double data[60];
    const gf_buffer_spec spec = {"u", GF_ACCESS_IN, GF_TYPE_F64, 1, 12, 5, sizeof data};
    for (size_t i = 0; i < 60; i++)
        data[i] = (double)i * 0.37;
    const uint64_t whole = gf_inputs_hash_of_rows(&spec, 0, 0, 12, data);
    for (uint64_t cut = 1; cut < 12; cut++)
        cr_expect_eq(gf_inputs_hash_of_rows(&spec, 0, 0, cut, data) +
                         gf_inputs_hash_of_rows(&spec, 0, cut, 12 - cut, data + cut * 5),
                     whole);
    cr_expect_neq(gf_inputs_hash_of_rows(&spec, 1, 0, 12, data), whole, "another buffer");
    const double held = data[3];
    data[3] = data[4];
    data[4] = held;
    cr_expect_neq(gf_inputs_hash_of_rows(&spec, 0, 0, 12, data), whole,
                  "two elements change places");
}
