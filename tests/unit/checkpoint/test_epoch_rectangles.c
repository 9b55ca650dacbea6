/* Parts that are rectangles: any that are all of a field are read as any other; others are refused.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/epoch.h"
#include "checkpoint/saved_epoch.h"
#include "made_folder.h"
#include "stats/random.h"

#define ROWS       29
#define COLUMNS    23
#define BYTES      6 /* of an element */
#define MOST_PARTS 24

static const gf_checkpoint_field field = {"u", "u16", ROWS, COLUMNS *BYTES, COLUMNS};
static gf_error error = GF_ERROR_INIT;
static unsigned char content[ROWS][COLUMNS][BYTES];
static const char *root;

static void make_root(void) {
    root = made_folder();
    for (size_t i = 0; i < sizeof content; i++)
        ((unsigned char *)content)[i] = (unsigned char)(i * 37 + i / 251);
}

TestSuite(epoch_rectangles, .init = make_root);

/* ---- Parts ------------------------------------------------------------- */

static uint64_t chance(uint64_t *random, uint64_t below) {
    return gf_random_below(random, below);
}

static gf_epoch_part part_of(gf_rectangle area) {
    return (gf_epoch_part){0, area, area.rows * area.columns * BYTES, ""};
}

/* Cuts one of the parts in two, at random. */
static void cut_one(uint64_t *random, gf_epoch_part *parts, size_t *count) {
    gf_rectangle *area = &parts[chance(random, *count)].area, rest = *area;
    const bool across = chance(random, 2) == 0;
    uint64_t *size = across ? &area->rows : &area->columns;
    if (*size < 2)
        return;
    const uint64_t kept = 1 + chance(random, *size - 1);
    *(across ? &rest.first_row : &rest.first_column) += kept;
    *(across ? &rest.rows : &rest.columns) -= kept;
    *size = kept;
    parts[(*count)++].area = rest;
}

static size_t make_parts(uint64_t *random, gf_epoch_part parts[MOST_PARTS]) {
    const size_t cuts = chance(random, MOST_PARTS);
    size_t count = 1;
    parts[0].area = (gf_rectangle){0, ROWS, 0, COLUMNS};
    for (size_t i = 0; i < cuts; i++)
        cut_one(random, parts, &count);
    for (size_t i = 0; i < count; i++) {
        const size_t other = chance(random, count);
        const gf_rectangle held = parts[i].area;
        parts[i].area = parts[other].area;
        parts[other].area = held;
    }
    for (size_t i = 0; i < count; i++)
        parts[i] = part_of(parts[i].area);
    return count;
}

static gf_status check(gf_epoch_part *parts, size_t count) {
    return gf_epoch_parts_check(parts, count, &field, 1, &error);
}

/* ---- Writing and reading ------------------------------------------------- */

static void pack(const gf_rectangle *area, unsigned char *packed) {
    for (uint64_t i = 0; i < area->rows; i++)
        memcpy(packed + i * area->columns * BYTES, content[area->first_row + i][area->first_column],
               area->columns * BYTES);
}

static void write_parts(const gf_epoch_folder *folder, const gf_checkpoint_identity *identity,
                        gf_epoch_part *parts, size_t count) {
    unsigned char packed[sizeof content];
    cr_assert_eq(gf_epoch_begin(folder, 5, &error), GF_OK, "%s", error.text);
    for (size_t i = 0; i < count; i++) {
        pack(&parts[i].area, packed);
        cr_assert_eq(gf_epoch_write_part(folder, 5, &parts[i], packed, &error), GF_OK, "%s",
                     error.text);
    }
    cr_assert_eq(gf_epoch_commit(folder, 5, identity, parts, count, &error), GF_OK, "%s",
                 error.text);
}

/* A rectangle, in an array that is wider, of which the rest must stay as it is. */
static void expect_area(const gf_saved_epoch *saved, const gf_rectangle *area) {
    unsigned char got[ROWS][COLUMNS + 1][BYTES], expected[ROWS][COLUMNS + 1][BYTES];
    memset(got, 170, sizeof got);
    memset(expected, 170, sizeof expected);
    for (uint64_t i = 0; i < area->rows; i++)
        memcpy(expected[i], content[area->first_row + i][area->first_column],
               area->columns * BYTES);
    cr_assert_eq(gf_saved_epoch_read(saved, 0, area, got, sizeof got[0], &error), GF_OK, "%s",
                 error.text);
    cr_assert_eq(memcmp(got, expected, sizeof got), 0, "%u x %u from row %u, column %u",
                 (unsigned)area->rows, (unsigned)area->columns, (unsigned)area->first_row,
                 (unsigned)area->first_column);
}

static void expect_areas(const gf_saved_epoch *saved, uint64_t *random) {
    for (int i = 0; i < 20; i++) {
        gf_rectangle area = {chance(random, ROWS), 0, chance(random, COLUMNS), 0};
        area.rows = 1 + chance(random, ROWS - area.first_row);
        area.columns = 1 + chance(random, COLUMNS - area.first_column);
        expect_area(saved, &area);
    }
}

Test(epoch_rectangles, any_parts_are_read_in_any_other) {
    uint64_t random = 11;
    gf_checkpoint_identity identity = {
        .facts = json_pack("{s:s}", "workload", "heat"), .field_count = 1, .steps = 9};
    identity.fields[0] = field;
    for (int i = 0; i < 6; i++) {
        gf_epoch_part parts[MOST_PARTS + 1];
        gf_epoch_folder folder = GF_EPOCH_NO_FOLDER;
        gf_saved_epoch *saved = NULL;
        cr_assert_eq(gf_epoch_folder_open(root, GF_EPOCH_WRITE, &folder, &error), GF_OK);
        write_parts(&folder, &identity, parts, make_parts(&random, parts));
        cr_assert_eq(
            gf_saved_epoch_open(&folder, &identity, GF_EPOCH_NEWEST, NULL, NULL, &saved, &error),
            GF_OK, "%s", error.text);
        expect_areas(saved, &random);
        gf_saved_epoch_close(saved);
        gf_epoch_folder_close(&folder);
    }
    gf_checkpoint_identity_clear(&identity);
}

/* ---- What is refused ------------------------------------------------------- */

/* One part is lost, doubled, moved or grown: the rest can't be all of the field. */
static void spoil(uint64_t *random, gf_epoch_part *parts, size_t *count) {
    const size_t at = chance(random, *count);
    gf_rectangle area = parts[at].area;
    switch (chance(random, 4)) {
    case 0:
        parts[at] = parts[--*count];
        return;
    case 1:
        parts[(*count)++] = parts[at];
        return;
    case 2:
        area.first_column++;
        break;
    default:
        area.rows++;
    }
    parts[at] = part_of(area);
}

Test(epoch_rectangles, what_is_not_all_of_the_field_is_refused) {
    uint64_t random = 12;
    for (int i = 0; i < 500; i++) {
        gf_epoch_part parts[MOST_PARTS + 1];
        size_t count = make_parts(&random, parts);
        cr_assert_eq(check(parts, count), GF_OK, "case %d: %s", i, error.text);
        spoil(&random, parts, &count);
        cr_expect_eq(check(parts, count), GF_FAILED, "case %d, %zu parts", i, count);
        gf_error_clear(&error);
    }
}

Test(epoch_rectangles, what_is_refused_is_named) {
    const struct {
        gf_rectangle second;
        const char *words;
    } cases[] = {{{0, ROWS, 9, COLUMNS - 9}, "twice rows of u from row 0"},
                 {{0, ROWS, 11, COLUMNS - 11}, "lacks rows of u from row 0"},
                 {{7, ROWS - 7, 10, COLUMNS - 10}, "lacks rows of u from row 0"},
                 {{0, ROWS - 1, 10, COLUMNS - 10}, "lacks rows of u from row 28"},
                 {{0, ROWS, 10, COLUMNS}, "wrong part of u at row 0"},
                 {{0, ROWS, UINT64_MAX, 2}, "wrong part of u at row 0"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gf_epoch_part parts[] = {part_of((gf_rectangle){0, ROWS, 0, 10}), part_of(cases[i].second)};
        cr_expect_eq(check(parts, 2), GF_FAILED, "case %zu", i);
        cr_expect_not_null(strstr(error.text, cases[i].words), "'%s' lacks '%s'", error.text,
                           cases[i].words);
        gf_error_clear(&error);
    }
}

/* ---- Manifests without columns ---------------------------------------------- */

Test(epoch_rectangles, parts_without_columns_are_whole_rows) {
    gf_epoch_part parts[] = {{0, {0, 20, 0, 0}, 20 * COLUMNS * BYTES, ""},
                             {0, {20, 9, 0, 0}, 9 * COLUMNS * BYTES, ""}};
    for (size_t i = 0; i < 2; i++)
        memset(parts[i].sha256, 'a', sizeof parts[i].sha256 - 1);
    gf_epoch_manifest manifest = {
        .step = 4, .problem = json_object(), .parts = parts, .part_count = 2};
    gf_epoch_manifest again = {.step = 0};
    char *text = gf_epoch_manifest_text(&manifest);
    cr_assert_not_null(text);
    cr_assert_null(strstr(text, "column"), "%s", text);
    cr_assert_eq(gf_epoch_manifest_parse(text, strlen(text), &again, &error), GF_OK, "%s",
                 error.text);
    cr_assert_eq(check(again.parts, again.part_count), GF_OK, "%s", error.text);
    cr_expect_eq(again.parts[1].area.first_row, 20);
    cr_expect_eq(again.parts[1].area.columns, COLUMNS);
    free(text);
    json_decref(manifest.problem);
    gf_epoch_manifest_clear(&again);
}
