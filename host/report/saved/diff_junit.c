/* A diff as JUnit XML: the attributes and elements that GitLab, Jenkins and the reporters of GitHub
 * Actions read. */
#include "base/array.h"
#include "base/entry.h"
#include "base/stream.h"
#include "base/text.h"
#include "diff/diff.h"

/* The length of a character of valid UTF-8 at `text`; 0: it is none. XML has no other characters.
 */
static size_t character_length(const unsigned char *text) {
    const size_t length = text[0] < 0x80                      ? 1
                          : text[0] >= 0xc2 && text[0] < 0xe0 ? 2
                          : text[0] >= 0xe0 && text[0] < 0xf0 ? 3
                          : text[0] >= 0xf0 && text[0] < 0xf5 ? 4
                                                              : 0;
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    }
    const bool surrogate = text[0] == 0xed && text[1] >= 0xa0;
    const bool overlong =
        (text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90);
    const bool beyond = text[0] == 0xf4 && text[1] >= 0x90;
    const bool none = text[0] == 0xef && text[1] == 0xbf && text[2] >= 0xbe; /* U+FFFE, U+FFFF */
    return surrogate || overlong || beyond || none ? 0 : length;
}

static void write_escaped(const char *text, FILE *stream) {
    static const struct {
        char character;
        const char *escaped;
    } table[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0';) {
        const char *escaped = NULL;
        for (size_t i = 0; i < GF_COUNT_OF(table); i++)
            escaped = table[i].character == (char)*c ? table[i].escaped : escaped;
        const size_t length = character_length(c);
        if (escaped != NULL)
            fputs(escaped, stream);
        else if (length == 0 || *c < ' ')
            fputc('?', stream);
        else
            fwrite(c, 1, length, stream);
        c += length == 0 ? 1 : length;
    }
}

static void write_attribute(const char *name, const char *value, FILE *stream) {
    fprintf(stream, " %s=\"", name);
    write_escaped(value, stream);
    fputc('"', stream);
}

static void write_case(const gf_diff *diff, const gf_diff_line *line, FILE *stream) {
    fputs("    <testcase", stream);
    write_attribute("classname", diff->devices[line->device].label, stream);
    write_attribute("name", gf_saved_time_name(line->time), stream);
    fprintf(stream, " time=\"%.9f\">\n", line->medians[1] * 1e-9);
    if (line->regression || line->answer == GF_DIFF_UNKNOWN) {
        fprintf(stream, "      <%s", line->regression ? "failure" : "skipped");
        write_attribute("message", line->text, stream);
        fputs("/>\n", stream);
    }
    fprintf(stream, "      <system-out>");
    if (line->change.ratio > 0)
        fprintf(stream, "ratio %.4f, interval %.4f to %.4f; ", line->change.ratio, line->change.low,
                line->change.high);
    write_escaped(line->text, stream);
    fputs("</system-out>\n    </testcase>\n", stream);
}

gf_status gf_diff_report_junit(const gf_diff *diff, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    size_t tests = 0, skipped = 0;
    double seconds = 0;
    for (size_t i = 0; i < diff->line_count; i++) {
        const gf_diff_line *line = &diff->lines[i];
        if (line->answer == GF_DIFF_LEFT_OUT)
            continue;
        tests++;
        skipped += line->answer == GF_DIFF_UNKNOWN && !line->regression;
        seconds += line->medians[1] * 1e-9;
    }
    const size_t failures = gf_diff_regressions(diff);
    char name[192];
    snprintf(name, sizeof name, "gpufare diff %s", diff->reports[1]->reports[0].workload);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite", stream);
    write_attribute("name", name, stream);
    fprintf(stream, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"%.9f\">\n",
            tests, failures, skipped, seconds);
    for (size_t i = 0; i < diff->line_count; i++) {
        if (diff->lines[i].answer != GF_DIFF_LEFT_OUT)
            write_case(diff, &diff->lines[i], stream);
    }
    fputs("    <system-out>", stream);
    write_escaped(diff->verdict, stream);
    fputs("</system-out>\n  </testsuite>\n</testsuites>\n", stream);
    return gf_check_stream(stream, error);
}
