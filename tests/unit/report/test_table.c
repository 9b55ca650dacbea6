/* Tables: alignment, empty columns, quoting, numbers for people and for programs. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/table.h"

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
    {"device", "device", GF_CELL_TEXT},
    {"total ms", "total_ns", GF_CELL_MS},
    {"never", "never", GF_CELL_MS},
    {"reason", "reason", GF_CELL_TEXT},
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
           "native:scalar     1.235        \n"
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
           "\033[1mT\033[0m\n\033[2mdevice\n\033[0mx     \n", "colour");
}

/* ---- Text that could break a table ------------------------------------- */

static const gf_column texts[] = {{"a", "a", GF_CELL_TEXT}, {"b", "b", GF_CELL_TEXT}};

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
    static const gf_column columns[] = {
        {"empty", "e", GF_CELL_TEXT}, {"null", "n", GF_CELL_TEXT}, {"zero", "z", GF_CELL_COUNT}};
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
        const gf_column column = {"n", "n", cases[i].kind};
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
    const gf_column columns[] = {{"a", "a_ns", GF_CELL_FINE_MS},
                                 {"b", "b_ns", GF_CELL_FINE_MS},
                                 {"c", "c_ns", GF_CELL_FINE_MS}};
    const grid rows = {{{{NULL, true, 248}, {NULL, true, 0.25}, {NULL, true, 1500000}}}};
    char *text = render(columns, 3, &rows, 1, "x", GF_FORMAT_TEXT, false);
    cr_expect(strstr(text, "0.000248") != NULL && strstr(text, "2e-07") != NULL &&
                  strstr(text, "1.500") != NULL,
              "%s", text);
    free(text);
}
