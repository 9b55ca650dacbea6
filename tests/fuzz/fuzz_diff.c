/* Saved reports, which `diff` and `compare --baseline` read. A report that is accepted does not
 * differ from itself, and can be written in every format. */
#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "memory_files.h"

/* Programs read these: no line or element of a file's may look like one of ours. */
static void check_text(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (iscntrl((unsigned char)text[i]) && text[i] != '\n')
            fuzz_fail("a report has a control character");
    }
}

/* An XML reader fails at these. */
static void check_xml(const char *text, size_t size) {
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
    bool inside = false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '<' && inside)
            fuzz_fail("an element in an element's name");
        inside = text[i] == '<' || (inside && text[i] != '>');
        bool known = text[i] != '&';
        for (size_t e = 0; e < GF_COUNT_OF(entities); e++)
            known = known || strncmp(text + i, entities[e], strlen(entities[e])) == 0;
        if (!known)
            fuzz_fail("an unknown entity");
    }
}

/* `format` beyond the last one: JUnit XML. */
static void write_report(const gf_diff *diff, int format) {
    char *text = NULL;
    size_t size = 0;
    gf_error error = GF_ERROR_INIT;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        fuzz_fail("no memory for a report");
    const gf_report_style style = {.verbose = true};
    const gf_status status = format > GF_FORMAT_JSON
                                 ? gf_diff_report_junit(diff, stream, &error)
                                 : gf_diff_report(diff, (gf_format)format, &style, stream, &error);
    fclose(stream);
    if (status != GF_OK)
        fuzz_fail("a report can't be written");
    check_text(text, size);
    if (format > GF_FORMAT_JSON)
        check_xml(text, size);
    free(text);
}

static void check_row(const gf_diff_row *row) {
    if (row->answer == GF_DIFF_SLOWER || row->answer == GF_DIFF_FASTER || row->regression)
        fuzz_fail("a report differs from itself");
    if (row->text[0] == '\0' || !isfinite(row->ratio) || !isfinite(row->old_ns))
        fuzz_fail("a row without words, or with a number that is none");
    if (row->ratio > 0 && !(row->low <= row->ratio && row->ratio <= row->high))
        fuzz_fail("a ratio outside of its interval");
}

static void compare(const gf_saved_reports *before, const gf_saved_reports *after) {
    gf_diff *diff = NULL;
    gf_error error = GF_ERROR_INIT;
    gf_diff_row row;
    if (gf_diff_create(before, after, 0.1, 1, &diff, &error) != GF_OK)
        fuzz_fail("reports of one file are of two problems");
    for (size_t i = 0; gf_diff_get_row(diff, i, &row); i++)
        check_row(&row);
    if (gf_diff_status(diff, &error) != GF_OK)
        fuzz_fail("a report is a regression of itself");
    for (int format = 0; format <= GF_FORMAT_JSON + 1; format++)
        write_report(diff, format);
    gf_diff_destroy(diff);
    gf_error_clear(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    gf_saved_reports *before = NULL, *after = NULL;
    gf_error error = GF_ERROR_INIT;
    memory_file_add(MEMORY_ROOT "/old.json", bytes, size);
    memory_file_add(MEMORY_ROOT "/new.json", bytes, size);
    const gf_status status = gf_saved_reports_read(MEMORY_ROOT "/old.json", &before, &error);
    if (status != GF_OK)
        fuzz_check_error(&error);
    else if (gf_saved_reports_read(MEMORY_ROOT "/new.json", &after, &error) != GF_OK)
        fuzz_fail("a file is read once and not again");
    memory_files_clear();
    if (status == GF_OK)
        compare(before, after);
    gf_saved_reports_destroy(before);
    gf_saved_reports_destroy(after);
    gf_error_clear(&error);
    return 0;
}
