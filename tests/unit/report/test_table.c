/* Tables: alignment, empty columns, quoting, numbers for people and for programs. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/text.h"
#include "report/table/table.h"

TestSuite(table, .timeout = 60);

/* The cells to fill a table with; without a text and without a number a cell is empty. */
typedef struct grid {
    struct {
        const char *text;
        bool has;
        double number;
    } cells[4][8];
} grid;

static gf_table fill(const gf_column *columns, size_t column_count, const grid *rows,
                     size_t row_count, const char *title) {
    gf_table table = gf_table_begin(title, columns, column_count);
    for (size_t r = 0; r < row_count; r++) {
        for (size_t c = 0; c < column_count; c++) {
            if (columns[c].kind == GF_CELL_TEXT)
                gf_table_text(&table, rows->cells[r][c].text);
            else
                gf_table_number_if(&table, rows->cells[r][c].has, rows->cells[r][c].number);
        }
    }
    return table;
}

static char *render(const gf_column *columns, size_t column_count, const grid *rows,
                    size_t row_count, const char *title, gf_format format, bool colour) {
    gf_table table = fill(columns, column_count, rows, row_count, title);
    char *text = NULL;
    size_t length = 0;
    gf_error error = GF_ERROR_INIT;
    FILE *stream = open_memstream(&text, &length);
    cr_assert_not_null(stream);
    cr_assert_eq(gf_table_write(&table,
                                &(gf_writer){.stream = stream, .format = format, .colour = colour},
                                &error),
                 GF_OK, "%s", error.text);
    fclose(stream);
    return text;
}

static void expect(char *got, const char *want, const char *name) {
    cr_expect_str_eq(got, want, "%s:\n--- got\n%s--- want\n%s", name, got, want);
    free(got);
}

static const gf_column plain[] = {
    {"device", "device", GF_CELL_TEXT, "where"},
    {"total ms", "total_ns", GF_CELL_MS, "how long"},
    {"never", "never", GF_CELL_MS, "never there"},
    {"reason", "reason", GF_CELL_TEXT, "why"},
};

static grid two_rows(void) {
    grid made = {0};
    made.cells[0][0].text = "native:scalar";
    made.cells[0][1].has = true;
    made.cells[0][1].number = 1234567;
    made.cells[1][0].text = "0:0";
    made.cells[1][3].text = "no f64";
    return made;
}

Test(table, text_is_aligned_and_leaves_out_empty_columns) {
    const grid rows = two_rows();
    expect(render(plain, 4, &rows, 2, "Title", GF_FORMAT_TEXT, false),
           "Title\n"
           "device         total ms  reason\n"
           "native:scalar     1.235\n"
           "0:0                      no f64\n",
           "text");
}

Test(table, markdown_has_a_rule_of_the_same_width) {
    const grid rows = two_rows();
    expect(render(plain, 4, &rows, 2, "Title", GF_FORMAT_MARKDOWN, true),
           "**Title**\n\n"
           "| device        | total ms | reason |\n"
           "|:--------------|---------:|:-------|\n"
           "| native:scalar |    1.235 |        |\n"
           "| 0:0           |          | no f64 |\n",
           "Markdown, never coloured");
}

Test(table, csv_has_every_column_and_plain_numbers) {
    const grid rows = two_rows();
    expect(render(plain, 4, &rows, 2, "Title", GF_FORMAT_CSV, true),
           "device,total_ns,never,reason\n"
           "native:scalar,1234567,,\n"
           "0:0,,,no f64\n",
           "CSV");
}

Test(table, no_rows) {
    const grid rows = {0};
    expect(render(plain, 4, &rows, 0, NULL, GF_FORMAT_CSV, false), "device,total_ns,never,reason\n",
           "CSV without rows");
    expect(render(plain, 4, &rows, 0, NULL, GF_FORMAT_TEXT, false), "\n", "text without rows");
}

Test(table, colour_marks_title_and_heading_only) {
    grid rows = {0};
    rows.cells[0][0].text = "x";
    expect(render(plain, 1, &rows, 1, "T", GF_FORMAT_TEXT, true),
           "\033[1mT\033[0m\n\033[2mdevice\033[0m\nx\n", "colour");
}

/* ---- Text that could break a table ------------------------------------- */

static const gf_column texts[] = {{"a", "a", GF_CELL_TEXT, "one"},
                                  {"b", "b", GF_CELL_TEXT, "another"}};

static char *render_texts(const char *a, const char *b, gf_format format) {
    grid rows = {0};
    rows.cells[0][0].text = a;
    rows.cells[0][1].text = b;
    return render(texts, 2, &rows, 1, NULL, format, false);
}

Test(table, csv_quotes_as_rfc_4180_says) {
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"plain", "a,b\nplain,x\n"},
        {"with,comma", "a,b\n\"with,comma\",x\n"},
        {"with \"quotes\"", "a,b\n\"with \"\"quotes\"\"\",x\n"},
        {"\"", "a,b\n\"\"\"\",x\n"},
        {"two\nlines", "a,b\n\"two\nlines\",x\n"},
        {"two\r\nlines", "a,b\n\"two\r\nlines\",x\n"},
        {"a | b", "a,b\na | b,x\n"},
        {"back\\slash", "a,b\nback\\slash,x\n"},
        {" blanks ", "a,b\n blanks ,x\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect(render_texts(cases[i].text, "x", GF_FORMAT_CSV), cases[i].want, cases[i].text);
}

/* Cells of a Markdown row as a reader splits it: at each '|' without a backslash before it. */
static size_t markdown_cells(const char *line) {
    size_t cells = 0;
    for (const char *at = line; *at != '\0' && *at != '\n'; at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        else if (*at == '|')
            cells++;
    }
    return cells - 1;
}

Test(table, no_cell_breaks_a_markdown_table) {
    static const char *const nasty[] = {
        "a | b",      "|",        "||||", "ends in |",   "back\\slash", "\\|", "\\\\|\\",
        "two\nlines", "<script>", "a\tb", "\033[31mred", "\x7f",        "a\rb"};
    for (size_t i = 0; i < sizeof nasty / sizeof nasty[0]; i++) {
        char *text = render_texts(nasty[i], "x", GF_FORMAT_MARKDOWN);
        size_t lines = 0;
        for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
            cr_expect_eq(markdown_cells(line), 2, "'%s' makes %zu cells:\n%s", nasty[i],
                         markdown_cells(line), text);
            lines++;
        }
        cr_expect_eq(lines, 3, "'%s' makes %zu lines:\n%s", nasty[i], lines, text);
        cr_expect_null(strpbrk(text, "\033\t\r\x7f"), "'%s' keeps a control character", nasty[i]);
        free(text);
    }
    expect(render_texts("a|b\\<", "x", GF_FORMAT_MARKDOWN),
           "| a        | b |\n|:---------|:--|\n| a\\|b\\\\\\< | x |\n", "escaped and aligned");
}

Test(table, control_characters_do_not_reach_a_terminal) {
    expect(render_texts("red\033[31m\n", "x", GF_FORMAT_TEXT), "a          b\nred [31m   x\n",
           "text");
}

Test(table, letters_outside_ascii_take_one_column) {
    grid rows = {0};
    rows.cells[0][0].text = "\xc3\xa4\xc3\xb6";
    rows.cells[0][1].text = "x";
    rows.cells[1][0].text = "abcd";
    rows.cells[1][1].text = "y";
    expect(render(texts, 2, &rows, 2, NULL, GF_FORMAT_TEXT, false),
           "a     b\n\xc3\xa4\xc3\xb6    x\nabcd  y\n", "UTF-8");
}

/* A path or a reason that is cut is worse than a wide table. */
Test(table, long_texts_stay_whole) {
    static const gf_format formats[] = {GF_FORMAT_TEXT, GF_FORMAT_MARKDOWN, GF_FORMAT_CSV};
    char path[4000];
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    path[sizeof path - 2] = 'Q';
    for (size_t i = 0; i < 3; i++) {
        char *text = render_texts(path, "x", formats[i]);
        cr_expect_not_null(strstr(text, path), "format %zu cuts a text of %zu characters", i,
                           strlen(path));
        free(text);
    }
}

/* A column of such cells is left out; a 0 is a cell. */
Test(table, empty_texts_are_no_cells) {
    static const gf_column columns[] = {{"empty", "e", GF_CELL_TEXT, "x"},
                                        {"null", "n", GF_CELL_TEXT, "x"},
                                        {"zero", "z", GF_CELL_COUNT, "x"}};
    grid rows = {0};
    rows.cells[0][0].text = "";
    rows.cells[0][2].has = true;
    expect(render(columns, 3, &rows, 1, NULL, GF_FORMAT_TEXT, false), "zero\n   0\n", "empty");
}

/* ---- Numbers ----------------------------------------------------------- */

Test(table, each_kind_for_people_and_for_programs) {
    static const struct {
        gf_cell_kind kind;
        double number;
        const char *people, *programs;
    } cases[] = {
        {GF_CELL_COUNT, 33219980, "33219980", "33219980"},
        {GF_CELL_COUNT, 0, "0", "0"},
        {GF_CELL_MS, 1234567, "1.235", "1234567"},
        {GF_CELL_MS, 0, "0.000", "0"},
        {GF_CELL_BYTES, 32000000, "30.5 MiB", "32000000"},
        {GF_CELL_BYTES, 9007199254740992.0, "8.0 PiB", "9007199254740992"},
        {GF_CELL_SHARE, 0.125, "12.5 %", "0.125"},
        {GF_CELL_RATIO, 6.414, "6.41x", "6.4139999999999997"},
        {GF_CELL_REAL, 0.1, "0.100", "0.10000000000000001"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const gf_column column = {"n", "n", cases[i].kind, "a number"};
        grid rows = {0};
        rows.cells[0][0].has = true;
        rows.cells[0][0].number = cases[i].number;
        char *people = render(&column, 1, &rows, 1, NULL, GF_FORMAT_TEXT, false);
        char *programs = render(&column, 1, &rows, 1, NULL, GF_FORMAT_CSV, false);
        cr_expect_not_null(strstr(people, cases[i].people), "case %zu: %s", i, people);
        cr_expect_not_null(strstr(programs, cases[i].programs), "case %zu: %s", i, programs);
        /* Nothing but the number: its last characters end the line. */
        cr_expect_eq(strlen(programs), strlen(cases[i].programs) + strlen("n\n\n"), "case %zu: %s",
                     i, programs);
        free(people);
        free(programs);
    }
}

Test(table, bytes_in_units) {
    static const struct {
        double bytes;
        const char *want;
    } cases[] = {
        {0, "0 B"},          {1023, "1023 B"},       {1024, "1.0 KiB"},   {1536, "1.5 KiB"},
        {0x1p20, "1.0 MiB"}, {0x1p30, "1.0 GiB"},    {0x1p40, "1.0 TiB"}, {0x1p50, "1.0 PiB"},
        {0x1p60, "1.0 EiB"}, {0x1p70, "1024.0 EiB"}, {2e18, "1.7 EiB"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[24];
        gf_format_bytes(cases[i].bytes, text, sizeof text);
        cr_expect_str_eq(text, cases[i].want, "%g: '%s', not '%s'", cases[i].bytes, text,
                         cases[i].want);
    }
}

/* Three digits and never an exponent. */
Test(table, times_in_units) {
    static const struct {
        double ns;
        const char *want;
    } cases[] = {{0, "0 ns"},          {999, "999 ns"},       {999.7, "1 us"},
                 {1000, "1 us"},       {45600, "45.6 us"},    {999499, "999 us"},
                 {999600, "1 ms"},     {12345678, "12.3 ms"}, {999600000, "1 s"},
                 {1.234e9, "1.23 s"},  {59.96e9, "60 s"},     {999.6e9, "1000 s"},
                 {1.2345e12, "1234 s"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[24];
        gf_format_ns(cases[i].ns, text, sizeof text);
        cr_expect_str_eq(text, cases[i].want, "%g: '%s', not '%s'", cases[i].ns, text,
                         cases[i].want);
    }
}

Test(table, a_full_disk_shows_in_the_stream) {
    FILE *full = fopen("/dev/full", "w");
    cr_assert_not_null(full);
    setvbuf(full, NULL, _IONBF, 0);
    const grid rows = two_rows();
    gf_table table = fill(plain, 4, &rows, 2, "T");
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_table_write(&table, &(gf_writer){.stream = full}, &error), GF_OK);
    cr_expect(ferror(full));
    fclose(full);
}

/* It is reported once, when the table is written, and nothing is. */
Test(table, no_memory_for_a_cell_is_reported_by_writing) {
    const grid rows = two_rows();
    gf_table table = fill(plain, 4, &rows, 2, "T");
    table.no_memory = true;
    gf_table_text(&table, "dropped");
    char *text = NULL;
    size_t length = 0;
    gf_error error = GF_ERROR_INIT;
    FILE *stream = open_memstream(&text, &length);
    cr_assert_not_null(stream);
    cr_expect_eq(gf_table_write(&table, &(gf_writer){.stream = stream}, &error), GF_FAILED);
    fclose(stream);
    cr_expect_not_null(strstr(error.text, "no memory for a table"), "'%s'", error.text);
    cr_expect_str_eq(text, "");
    cr_expect_null(table.cells, "the cells are freed in any case");
    free(text);
}

/* A missing cell would move every later one to another column. */
Test(table, cells_that_do_not_fit_are_refused) {
    for (int extra = 0; extra < 2; extra++) {
        gf_table table = gf_table_begin("T", plain, 4);
        gf_table_text(&table, "0:0");
        if (extra == 1) { /* four cells, but a text where a number belongs */
            gf_table_text(&table, "no f64");
            gf_table_number_if(&table, false, 0);
            gf_table_text(&table, NULL);
        }
        char *text = NULL;
        size_t length = 0;
        gf_error error = GF_ERROR_INIT;
        FILE *stream = open_memstream(&text, &length);
        cr_assert_not_null(stream);
        cr_expect_eq(gf_table_write(&table, &(gf_writer){.stream = stream}, &error), GF_FAILED);
        fclose(stream);
        cr_expect_not_null(strstr(error.text, "table T: "), "'%s'", error.text);
        cr_expect_str_eq(text, "");
        cr_expect_null(table.cells);
        free(text);
    }
}

/* A time of 248 ns is no zero. */
Test(table, fine_times_never_read_as_zero) {
    const gf_column columns[] = {{"a", "a_ns", GF_CELL_FINE_MS, "a time"},
                                 {"b", "b_ns", GF_CELL_FINE_MS, "a time"},
                                 {"c", "c_ns", GF_CELL_FINE_MS, "a time"}};
    const grid rows = {{{{NULL, true, 248}, {NULL, true, 0.25}, {NULL, true, 1500000}}}};
    char *text = render(columns, 3, &rows, 1, "x", GF_FORMAT_TEXT, false);
    cr_expect(strstr(text, "0.000248") != NULL && strstr(text, "2e-07") != NULL &&
                  strstr(text, "1.500") != NULL,
              "%s", text);
    free(text);
}

/* ---- Terminals --------------------------------------------------------- */

static const gf_column wide[] = {
    {"device", "", GF_CELL_TEXT, "where it ran"},
    {"total ms", "", GF_CELL_MS, "how long it took"},
    {"never", "", GF_CELL_MS, "never there"},
    {"kernel ms", "", GF_CELL_MS, "computing"},
    {"checksum", "", GF_CELL_SUM, "the sum"},
    {"reason", "", GF_CELL_TEXT, "why there is no time"},
};

/* As a public report function writes it. */
static char *render_styled(const gf_report_style *style, gf_format format, size_t key_count,
                           const char *reason) {
    gf_table table = gf_table_begin("T", wide, GF_COUNT_OF(wide));
    char *text = NULL;
    size_t length = 0;
    gf_writer to;
    FILE *stream = open_memstream(&text, &length);
    cr_assert_not_null(stream);
    table.key_count = key_count;
    gf_table_text(&table, "native:scalar");
    gf_table_tone(&table, GF_TONE_GOOD);
    for (size_t i = 0; i < 4; i++)
        gf_table_number_if(&table, i != 1, 1e6);
    gf_table_text(&table, reason);
    cr_assert_eq(gf_writer_begin(stream, format, style, &to, NULL), GF_OK);
    cr_assert_eq(gf_writer_end(&to, gf_table_write(&table, &to, NULL), NULL), GF_OK);
    fclose(stream);
    return text;
}

Test(table, columns_that_do_not_fit_follow_below) {
    expect(render_styled(&(gf_report_style){.width = 44}, GF_FORMAT_TEXT, 1, "because"),
           "T\n"
           "device         total ms  kernel ms  checksum\n"
           "native:scalar     1.000      1.000   1000000\n"
           "\n"
           "device         reason\n"
           "native:scalar  because\n",
           "44 characters");
    expect(render_styled(&(gf_report_style){.width = 43}, GF_FORMAT_TEXT, 2, "because"),
           "T\n"
           "device         total ms  kernel ms\n"
           "native:scalar     1.000      1.000\n"
           "\n"
           "device         total ms  checksum  reason\n"
           "native:scalar     1.000   1000000  because\n",
           "43 characters, two key columns");
}

/* Where nobody looks at a terminal, and in what other programs lay out. */
Test(table, nothing_is_folded_without_a_width_or_in_markdown) {
    expect(render_styled(NULL, GF_FORMAT_TEXT, 1, "because"),
           "T\n"
           "device         total ms  kernel ms  checksum  reason\n"
           "native:scalar     1.000      1.000   1000000  because\n",
           "text");
    char *text = render_styled(&(gf_report_style){.width = 40}, GF_FORMAT_MARKDOWN, 1, "because");
    cr_expect_not_null(
        strstr(text, "| native:scalar |    1.000 |     1.000 |  1000000 | because |"), "%s", text);
    free(text);
}

/* A text that no line holds goes on below its column. */
Test(table, long_cells_wrap_in_their_column) {
    expect(render_styled(&(gf_report_style){.width = 40}, GF_FORMAT_TEXT, 1,
                         "a reason that is longer than the line"),
           "T\n"
           "device         total ms  kernel ms\n"
           "native:scalar     1.000      1.000\n"
           "\n"
           "device         checksum\n"
           "native:scalar   1000000\n"
           "\n"
           "device         reason\n"
           "native:scalar  a reason that is longer\n"
           "               than the line\n",
           "40 characters");
}

/* In the left half of the line there is room for it beside the others. */
Test(table, a_long_last_cell_stays_in_the_row) {
    expect(
        render_styled(&(gf_report_style){.width = 100}, GF_FORMAT_TEXT, 1,
                      "a reason that is longer than what is left of the line, by some words"),
        "T\n"
        "device         total ms  kernel ms  checksum  reason\n"
        "native:scalar     1.000      1.000   1000000  a reason that is longer than what is left "
        "of the line,\n"
        "                                              by some words\n",
        "100 characters");
}

Test(table, columns_that_are_shown_are_explained) {
    expect(render_styled(&(gf_report_style){.explain = true}, GF_FORMAT_TEXT, 1, NULL),
           "T\n"
           "device         total ms  kernel ms  checksum\n"
           "native:scalar     1.000      1.000   1000000\n"
           "Columns\n"
           "  device     where it ran\n"
           "  total ms   how long it took\n"
           "  kernel ms  computing\n"
           "  checksum   the sum\n",
           "text");
    char *text = render_styled(&(gf_report_style){.explain = true}, GF_FORMAT_MARKDOWN, 1, NULL);
    cr_expect_not_null(strstr(text, "\n\nColumns:\n\n- **device**: where it ran\n"), "%s", text);
    free(text);
    text = render_styled(&(gf_report_style){.explain = true}, GF_FORMAT_CSV, 1, NULL);
    cr_expect_null(strstr(text, "how long"), "CSV is for programs:\n%s", text);
    free(text);
}

/* One that is written has one, whatever the report: so all have. */
Test(table, a_column_without_a_meaning_is_refused) {
    static const char *const meanings[] = {NULL, ""};
    for (size_t i = 0; i < 2; i++) {
        const gf_column columns[] = {{"total ms", "", GF_CELL_MS, meanings[i]},
                                     {"", "hidden", GF_CELL_TEXT, NULL}};
        gf_table table = gf_table_begin("T", columns, 2);
        gf_error error = GF_ERROR_INIT;
        gf_table_number(&table, 1);
        gf_table_text(&table, NULL);
        cr_expect_eq(gf_table_write(&table, &(gf_writer){.stream = stdout}, &error), GF_FAILED);
        cr_expect_not_null(strstr(error.text, "column total ms has no meaning"), "%s", error.text);
        gf_error_clear(&error);
    }
}

Test(table, a_tone_is_a_colour_around_the_cell_alone) {
    char *text = render_styled(&(gf_report_style){.colour = true}, GF_FORMAT_TEXT, 1, NULL);
    cr_expect_not_null(strstr(text, "\n\033[32mnative:scalar\033[0m     1.000  "), "%s", text);
    free(text);
    text = render_styled(&(gf_report_style){.colour = true}, GF_FORMAT_MARKDOWN, 1, NULL);
    cr_expect_null(strchr(text, '\033'), "%s", text);
    free(text);
}

/* ---- Wrapping ---------------------------------------------------------- */

static void expect_wrapped(const char *text, size_t width, const char *want) {
    char *got = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&got, &length);
    cr_assert_not_null(stream);
    gf_write_wrapped(text, width, stream);
    fclose(stream);
    expect(got, want, text);
}

Test(table, lines_wrap_between_words) {
    expect_wrapped("", 10, "");
    expect_wrapped("short\n\nlines", 10, "short\n\nlines");
    expect_wrapped("ten chars!\n", 10, "ten chars!\n");
    expect_wrapped("one two three four\n", 10, "one two\n  three\n  four\n");
    expect_wrapped("  note: one two three\n", 14, "  note: one\n    two three\n");
    expect_wrapped("pass  x  one two three\n", 20, "pass  x  one two\n         three\n");
    expect_wrapped("unbreakablewords stay whole\n", 10, "unbreakablewords\n  stay\n  whole\n");
    expect_wrapped("run `gpufare compare julia` now\n", 20,
                   "run\n  `gpufare compare julia`\n  now\n");
    expect_wrapped("a lone ` is no quote at all\n", 14, "a lone ` is no\n  quote at all\n");
    expect_wrapped("trailing blanks    \n", 16, "trailing blanks\n");
}

/* Colours take no room, nor do the bytes that continue a letter. */
Test(table, escape_sequences_have_no_width) {
    expect_wrapped("\033[32mgreen\033[0m 12345\n", 11, "\033[32mgreen\033[0m 12345\n");
    expect_wrapped("\033[32mgreen\033[0m 123456\n", 11, "\033[32mgreen\033[0m\n  123456\n");
    expect_wrapped("\xc3\xa4\xc3\xb6 12\n", 5, "\xc3\xa4\xc3\xb6 12\n");
}
