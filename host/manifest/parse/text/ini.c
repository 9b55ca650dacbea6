#include "manifest/parse/text/ini.h"

#include <ctype.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "os/files/text_file.h"

/* inih reads through `read_line`, which counts the lines, since inih's handlers don't get their
 * numbers; sees the headers of sections, since inih is silent of empty sections and cuts long
 * names; and removes blanks before a line, which inih takes for the continuation of a value. */
typedef struct reading {
    gf_ini *ini;
    const char *text, *rest;
    uint32_t line;     /* that was handed out last */
    uint32_t bad_line; /* of the error; 0: none */
    gf_error *error;
} reading;

gf_status gf_ini_fail(const gf_ini *ini, uint32_t line, gf_error *error, const char *format, ...) {
    char what[GF_ERROR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return gf_error_set(error, GF_USAGE, "%s:%u: %s", ini->path, line, what);
}

static bool no_memory(reading *r) {
    r->bad_line = r->line;
    gf_error_no_memory(r->error, r->ini->path, 0);
    return false;
}

/* About the line that was handed out last. */
static bool refuse(reading *r, const char *format, ...) GF_PRINTF(2, 3);
static bool refuse(reading *r, const char *format, ...) {
    char what[GF_ERROR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    r->bad_line = r->line;
    gf_ini_fail(r->ini, r->line, r->error, "%s", what);
    return false;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_comment(char c) {
    return c == ';' || c == '#';
}

/* ---- Sections ---------------------------------------------------------- */

static bool refuse_header(reading *r, const char *line, size_t length) {
    return refuse(
        r, "%.*s is no section; write [kind] or [kind name], such as %s, and nothing behind it",
        (int)(length < 60 ? length : 60), line, r->ini->words->named);
}

/* The next word before `end`, without quotes around it. */
static const char *take_word(const char **at, const char *end, size_t *length) {
    while (*at < end && is_blank(**at))
        ++*at;
    const char *word = *at;
    while (*at < end && !is_blank(**at))
        ++*at;
    *length = (size_t)(*at - word);
    if (*length >= 2 && word[0] == '"' && word[*length - 1] == '"') {
        word++;
        *length -= 2;
    }
    return word;
}

/* "[kind]" or "[kind name]" */
static bool add_section(reading *r, const char *line, size_t length) {
    const char *end = memchr(line, ']', length), *at = line + 1;
    size_t kind_length = 0, name_length = 0, more = 0;
    if (end == NULL)
        return refuse_header(r, line, length);
    const char *kind = take_word(&at, end, &kind_length);
    const char *name = take_word(&at, end, &name_length);
    take_word(&at, end, &more);
    const char *behind = end + 1;
    while (behind < line + length && is_blank(*behind))
        behind++;
    if (kind_length == 0 || more > 0 || (behind < line + length && !is_comment(*behind)))
        return refuse_header(r, line, length);
    gf_ini *ini = r->ini;
    if (gf_array_grow(&ini->sections, ini->count, sizeof *ini->sections, r->error) != GF_OK)
        return no_memory(r);
    gf_ini_section *section = &ini->sections[ini->count++];
    *section = (gf_ini_section){.kind = gf_pool_copy(ini->pool, kind, kind_length),
                                .name = gf_pool_copy(ini->pool, name, name_length),
                                .line = r->line};
    return (section->kind != NULL && section->name != NULL) || no_memory(r);
}

/* ---- Lines ------------------------------------------------------------- */

static bool check_line(reading *r, const char *line, size_t length, size_t room) {
    if (length + 2 > room)
        return refuse(r, "the line has %zu characters; the limit is %zu, so shorten it", length,
                      room - 2);
    for (size_t i = 0; i < length; i++) {
        if (iscntrl((unsigned char)line[i]) && !is_blank(line[i]))
            return refuse(r, "the line has the control character 0x%02x; remove it",
                          (unsigned)(unsigned char)line[i]);
    }
    return line[0] != '[' || add_section(r, line, length);
}

/* For inih: as fgets. */
static char *read_line(char *room, int size, void *stream) {
    reading *r = stream;
    if (*r->rest == '\0' || r->bad_line > 0)
        return NULL;
    const char *line = r->rest;
    size_t length = strcspn(line, "\n");
    r->rest += length + (line[length] == '\n');
    r->line++;
    if (r->line == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0) { /* the mark of UTF-8 */
        line += 3;
        length -= 3;
    }
    while (length > 0 && is_blank(*line)) {
        line++;
        length--;
    }
    if (!check_line(r, line, length, (size_t)size))
        return NULL;
    memcpy(room, line, length);
    memcpy(room + length, "\n", 2);
    return room;
}

/* ---- Entries ----------------------------------------------------------- */

/* inih removes comments that begin with " ;". Those with " #" go here, and quotes around the whole.
 */
static size_t trim_value(const char **value) {
    const char *text = *value;
    size_t length = strlen(text);
    for (size_t i = 1; i < length; i++) {
        if (text[i] == '#' && is_blank(text[i - 1]))
            length = i;
    }
    while (length > 0 && is_blank(text[length - 1]))
        length--;
    if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
        ++*value;
        length -= 2;
    }
    return length;
}

static bool add_entry(reading *r, const char *key, const char *value) {
    gf_ini *ini = r->ini;
    if (ini->count == 0)
        return refuse(r,
                      "%.40s stands before the first section; write %s or another section above it",
                      key, ini->words->first);
    gf_ini_section *section = &ini->sections[ini->count - 1];
    const gf_ini_entry *before = gf_ini_find(section, key);
    if (before != NULL)
        return refuse(r, "%.40s is given twice, first in line %u; remove one", key, before->line);
    const size_t length = trim_value(&value);
    if (length == 0)
        return refuse(r, "%.40s has no value; write one behind the =, or remove the line", key);
    if (gf_array_grow(&section->entries, section->count, sizeof *section->entries, r->error) !=
        GF_OK)
        return no_memory(r);
    gf_ini_entry *entry = &section->entries[section->count];
    *entry = (gf_ini_entry){.key = gf_pool_copy(ini->pool, key, strlen(key)),
                            .value = gf_pool_copy(ini->pool, value, length),
                            .line = r->line};
    if (entry->key == NULL || entry->value == NULL)
        return no_memory(r);
    section->count++;
    return true;
}

/* For inih. `section` is not used: inih cuts it. */
static int take_entry(void *user, const char *section, const char *key, const char *value) {
    (void)section;
    reading *r = user;
    return r->bad_line == 0 && add_entry(r, key, value == NULL ? "" : value) ? 1 : 0;
}

/* ---- The file ---------------------------------------------------------- */

/* A line that inih did not understand: without `=`. */
static gf_status refuse_line(reading *r, uint32_t bad) {
    const char *line = r->text;
    for (uint32_t i = 1; i < bad; i++)
        line += strcspn(line, "\n") + 1;
    line += strspn(line, " \t");
    const size_t length = strcspn(line, "\r\n");
    return gf_ini_fail(r->ini, bad, r->error,
                       "%.*s is no entry; write KEY = VALUE, or ; before a "
                       "comment",
                       (int)(length < 60 ? length : 60), line);
}

/* `text` belongs to the pool. */
static gf_status parse(gf_ini *ini, const char *text, gf_error *error) {
    reading r = {.ini = ini, .text = text, .rest = text, .error = error};
    const int result = ini_parse_stream(read_line, &r, take_entry, &r);
    if (result > 0 && (r.bad_line == 0 || (uint32_t)result < r.bad_line))
        return refuse_line(&r, (uint32_t)result);
    if (r.bad_line > 0)
        return error->status;
    if (result < 0)
        return gf_error_no_memory(error, ini->path, strlen(text));
    if (ini->count == 0)
        return gf_ini_fail(ini, 1, error, "no section; %s", ini->words->needs);
    return GF_OK;
}

gf_status gf_ini_parse(const char *path, const char *text, const gf_ini_words *words, gf_pool *pool,
                       gf_ini *ini, gf_error *error) {
    *ini = (gf_ini){.path = path, .words = words, .pool = pool};
    return parse(ini, text, error);
}

gf_status gf_ini_read(const char *path, const gf_ini_words *words, gf_pool *pool, gf_ini *ini,
                      gf_error *error) {
    *ini = (gf_ini){.path = path, .words = words, .pool = pool};
    char *text = NULL;
    size_t length = 0;
    const gf_status status = gf_text_file_read(path, GF_INI_LIMIT, &text, &length, error);
    if (status != GF_OK)
        return status;
    if (!gf_pool_adopt(pool, text))
        return gf_error_no_memory(error, path, length);
    return parse(ini, text, error);
}

void gf_ini_clear(gf_ini *ini) {
    for (size_t i = 0; i < ini->count; i++)
        free(ini->sections[i].entries);
    free(ini->sections);
    *ini = (gf_ini){0};
}

const gf_ini_entry *gf_ini_find(const gf_ini_section *section, const char *key) {
    for (size_t i = 0; i < section->count; i++) {
        if (strcmp(section->entries[i].key, key) == 0)
            return &section->entries[i];
    }
    return NULL;
}
