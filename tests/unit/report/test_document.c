/* Pages: lines become markup, everything is escaped, and a page never grows beyond its limit. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "image/image.h"
#include "report/page/page_picture.h"
#include "report/report_text.h"
#include "report/table/bars.h"
#include "report/table/table.h"

TestSuite(document, .timeout = 60);

/* A page in the making. */
typedef struct page {
    gf_writer to;
    FILE *stream;
    char *text;
    size_t size;
} page;

static page *begin(void) {
    static page made;
    gf_error error = GF_ERROR_INIT;
    made = (page){.text = NULL};
    made.stream = open_memstream(&made.text, &made.size);
    cr_assert_not_null(made.stream);
    cr_assert_eq(gf_writer_begin(made.stream, GF_FORMAT_HTML, NULL, &made.to, &error), GF_OK);
    return &made;
}

/* The caller frees the page's text. */
static const char *end(page *made) {
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_writer_end(&made->to, GF_OK, &error), GF_OK, "%s", error.text);
    fclose(made->stream);
    return made->text;
}

static void expect_part(const char *text, const char *part) {
    cr_expect_not_null(strstr(text, part), "%s is not in:\n%s", part, strstr(text, "<main>"));
}

static void expect_none(const char *text, const char *part) {
    cr_expect_null(strstr(text, part), "%s is in:\n%s", part, strstr(text, "<main>"));
}

Test(document, lines_become_markup) {
    page *made = begin();
    fputs("## julia: size 8x8\n\n**Notes**\n\n- first: one `x`\n- second\n  - below\n\n"
          "**Label:** text\n\nplain\n## part (of it)\n\n**Again (in brackets)**\n\n",
          made->to.stream);
    const char *text = end(made);
    static const char *const parts[] = {
        "<title>julia - gpufare</title>",
        "<h1>julia</h1>\n<p class=\"sub\">size 8x8</p>",
        "<section aria-labelledby=\"s1\">\n<h2 id=\"s1\">Notes</h2>\n<ul>\n"
        "<li><strong>first</strong>: one <code>x</code></li>\n<li>second</li>\n"
        "<li class=\"nested\">below</li>\n</ul>",
        "<p><strong>Label:</strong> text</p>",
        "<p>plain</p>\n</section>",
        "<h2 id=\"s2\">part</h2>\n<p class=\"sub\">of it</p>",
        "<h3 id=\"s3\">Again</h3>\n<p class=\"sub\">in brackets</p>",
    };
    for (size_t i = 0; i < GF_COUNT_OF(parts); i++)
        expect_part(text, parts[i]);
    free(made->text);
}

/* The first heading of any kind is the title, and a command in it stays whole. */
Test(document, the_first_heading_is_the_title) {
    page *made = begin();
    fputs("**Trace of `sh: (x)`: more**\n\n**Notes**\n\n", made->to.stream);
    const char *text = end(made);
    expect_part(text, "<h1>Trace of <code>sh: (x)</code></h1>\n<p class=\"sub\">more</p>");
    expect_part(text, "<h2 id=\"s1\">Notes</h2>");
    free(made->text);
}

/* The order: heading, answer, what follows. */
Test(document, the_answer_has_its_tone) {
    page *made = begin();
    fputs("## title\n\n", made->to.stream);
    gf_write_verdict("Verdict", "a < b", GF_TONE_GOOD, "because", &made->to);
    const char *text = end(made);
    expect_part(text,
                "<section class=\"answer good\" aria-labelledby=\"s1\">\n<h2 id=\"s1\">Verdict"
                "</h2>\n<p class=\"lead\">a &lt; b</p>\n<p>because</p>");
    free(made->text);
}

#define EVIL "<script>alert(1)</script>"

static const gf_column evil_columns[] = {
    {EVIL, "key", GF_CELL_TEXT, EVIL},
    {"n", "n", GF_CELL_COUNT, "a number"},
};

/* Wherever a text comes from, and wherever it goes. */
Test(document, scripts_are_inert) {
    gf_error error = GF_ERROR_INIT;
    page *made = begin();
    fputs("## " EVIL ": " EVIL "\n\n**" EVIL "**\n\n- " EVIL ": " EVIL "\n**" EVIL ":** " EVIL
          "\n\n`" EVIL "`\n",
          made->to.stream);
    gf_write_note(&made->to, EVIL, "%s", EVIL);
    gf_write_verdict(EVIL, EVIL, GF_TONE_BAD, EVIL, &made->to);
    gf_table table = gf_table_begin(EVIL, evil_columns, GF_COUNT_OF(evil_columns));
    table.stack = (gf_stack){GF_STACK_ROWS, 1, {1}};
    for (int i = 0; i < 2; i++) {
        gf_table_text(&table, EVIL "\" onclick=\"x");
        gf_table_number(&table, 3 + i);
    }
    cr_assert_eq(gf_table_write_apart(&table, &made->to, &error), GF_OK);
    gf_image image = {0};
    cr_assert_eq(gf_image_create(2, 2, 3, &image, &error), GF_OK);
    cr_assert_eq(gf_page_picture(made->to.document, &image, EVIL "\"", EVIL, &error), GF_OK);
    gf_image_clear(&image);
    const char *text = end(made);
    expect_none(text, "<script");
    expect_none(text, "\" onclick");
    expect_part(text, "&lt;script&gt;");
    expect_part(text, "default-src 'none'");
    free(made->text);
}

static const gf_column columns[] = {
    {"device", "device", GF_CELL_TEXT, "where"},
    {"total ms", "total_ns", GF_CELL_MS, "how long"},
    {"empty", "empty", GF_CELL_MS, "no cell"},
    {"", "hidden", GF_CELL_MS, NULL},
};

Test(document, tables_have_headers_and_exact_numbers) {
    gf_error error = GF_ERROR_INIT;
    page *made = begin();
    gf_table table = gf_table_begin("Times (medians)", columns, GF_COUNT_OF(columns));
    gf_table_text(&table, "native");
    gf_table_tone(&table, GF_TONE_GOOD);
    gf_table_number(&table, 43310976);
    gf_table_number_if(&table, false, 0);
    gf_table_number(&table, 7);
    cr_assert_eq(gf_table_write_apart(&table, &made->to, &error), GF_OK);
    const char *text = end(made);
    expect_part(text, "<h2 id=\"s1\">Times</h2>\n<p class=\"sub\">medians</p>");
    expect_part(text, "<thead><tr><th scope=\"col\">device</th><th scope=\"col\" class=\"n\">total "
                      "ms</th></tr></thead>");
    expect_part(text, "<tr><th scope=\"row\" class=\"good\">native</th><td class=\"n\"><data "
                      "value=\"43310976\">43.311</data></td></tr>");
    expect_part(text, "<dt>total ms</dt><dd>how long</dd>");
    expect_none(text, "empty");
    free(made->text);
}

/* ---- Bars -------------------------------------------------------------- */

Test(document, scales_are_round) {
    static const struct {
        double number, scale;
    } cases[] = {{1, 1},     {1.01, 1.5}, {43.3, 50}, {0.0021, 0.003},
                 {6e7, 6e7}, {8.1, 10},   {99, 100}};
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++)
        cr_expect_float_eq(gf_bars_scale(cases[i].number), cases[i].scale, 1e-9 * cases[i].scale,
                           "%g: %g", cases[i].number, gf_bars_scale(cases[i].number));
}

static const gf_column phases[] = {
    {"device", "device", GF_CELL_TEXT, "where"},
    {"h2d", "h2d", GF_CELL_MS, "up"},
    {"kernel", "kernel", GF_CELL_MS, "computing"},
};

/* 20 of 50 ms are 400 of 1000 units, and what follows begins there. */
Test(document, bars_are_as_long_as_their_numbers) {
    gf_error error = GF_ERROR_INIT;
    page *made = begin();
    gf_table table = gf_table_begin("Ledger", phases, GF_COUNT_OF(phases));
    table.stack = (gf_stack){GF_STACK_ROWS, 2, {1, 2}};
    gf_table_text(&table, "a");
    gf_table_number(&table, 20e6);
    gf_table_number(&table, 25e6);
    gf_table_text(&table, "b");
    gf_table_number(&table, 0);
    gf_table_number(&table, 5e6);
    cr_assert_eq(gf_table_write_apart(&table, &made->to, &error), GF_OK);
    const char *text = end(made);
    static const char *const parts[] = {
        "<rect class=\"p-up\" x=\"0.000\" y=\"0\" width=\"400.000\" height=\"10\"><title>h2d 20.000 "
        "ms, 44.4 %</title></rect><rect class=\"p-kernel\" x=\"400.000\" y=\"0\" width=\"500.000\"",
        "aria-label=\"h2d 20.000 ms, 44.4 %; kernel 25.000 ms, 55.6 %\"",
        "<rect class=\"p-kernel\" x=\"0.000\" y=\"0\" width=\"100.000\" height=\"10\"><title>kernel "
        "5.000 ms, 100.0 %</title></rect>",
        "the full width is 50 ms",
    };
    for (size_t i = 0; i < GF_COUNT_OF(parts); i++)
        expect_part(text, parts[i]);
    free(made->text);
}

/* One bar of a column: its last row is the sum, which is no piece. */
Test(document, a_column_is_one_bar) {
    gf_error error = GF_ERROR_INIT;
    page *made = begin();
    gf_table table = gf_table_begin("Ledger", phases, 2);
    table.stack = (gf_stack){GF_STACK_COLUMN, 1, {1}};
    static const struct {
        const char *part;
        double ns;
    } rows[] = {{"up", 1e6}, {"host", 3e6}, {"total", 4e6}};
    for (size_t i = 0; i < GF_COUNT_OF(rows); i++) {
        gf_table_text(&table, rows[i].part);
        gf_table_number(&table, rows[i].ns);
    }
    cr_assert_eq(gf_table_write_apart(&table, &made->to, &error), GF_OK);
    const char *text = end(made);
    expect_part(text, "<rect class=\"p-up\" x=\"0.000\" y=\"0\" width=\"250.000\"");
    expect_part(text, "<rect class=\"p-rest\" x=\"250.000\" y=\"0\" width=\"750.000\"");
    expect_none(text, "<title>total");
    free(made->text);
}

/* ---- The limit --------------------------------------------------------- */

/* Rows, lines and pictures without end: the page stays below its limit, says what is missing, and
 * has what follows. */
Test(document, a_page_stays_below_its_limit) {
    gf_error error = GF_ERROR_INIT;
    page *made = begin();
    gf_image noise = {0};
    cr_assert_eq(gf_image_create(480, 480, 3, &noise, &error), GF_OK);
    for (size_t i = 0; i < 480 * 480 * 3; i++)
        noise.pixels[i] = (uint8_t)(i * 2654435761u >> 13); /* hardly compressible */
    gf_table table = gf_table_begin("Much", columns, 2);
    for (int i = 0; i < 40000; i++) {
        gf_table_text(&table, "a device with a name of some length");
        gf_table_number(&table, i);
    }
    cr_assert_eq(gf_table_write_apart(&table, &made->to, &error), GF_OK);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(gf_page_picture(made->to.document, &noise, "noise", "noise", &error), GF_OK);
    for (int i = 0; i < 40000; i++)
        gf_write_note(&made->to, "note", "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"");
    const char *text = end(made);
    cr_expect_lt(made->size, GF_DOCUMENT_LIMIT, "%zu bytes", made->size);
    expect_part(text, "more rows did not fit");
    expect_part(text, "No room is left for a picture");
    expect_part(text, "The rest did not fit into this page");
    expect_part(text, "</main>\n</body>\n</html>\n");
    gf_image_clear(&noise);
    free(made->text);
}
