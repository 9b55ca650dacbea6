#include "manifest/parse/text/source.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "os/files/text_file.h"

#define SOURCE_LIMIT (1 << 20)
#define MOST_FILES   32

typedef struct growing {
    char *text;
    size_t length;
} growing;

typedef struct gathering {
    gf_pool *pool;
    const char *directory;
    const char *paths[MOST_FILES]; /* of the files that are part of the text */
    uint32_t count;
    growing text, directives; /* of all files */
    bool pastes, failed;      /* failed: no memory */
} gathering;

static void gather(gathering *g, const char *path, gf_status *status, gf_error *error);

/* With a newline behind it. */
static void append(gathering *g, growing *to, const char *text, size_t length) {
    char *longer = realloc(to->text, to->length + length + 2);
    g->failed = g->failed || longer == NULL;
    if (longer == NULL)
        return;
    memcpy(longer + to->length, text, length);
    memcpy(longer + to->length + length, "\n", 2);
    to->text = longer;
    to->length += length + 1;
}

/* ---- Includes ---------------------------------------------------------- */

/* The file of `# include "FILE"`; NULL: another directive. */
static const char *included_file(const char *directive, size_t *length) {
    directive += 1 + strspn(directive + 1, " \t");
    if (strncmp(directive, "include", 7) != 0)
        return NULL;
    directive += 7 + strspn(directive + 7, " \t");
    if (*directive != '"')
        return NULL;
    *length = strcspn(directive + 1, "\"\n");
    return directive[1 + *length] == '"' ? directive + 1 : NULL;
}

/* An included file that can't be read is left to the compiler, which looks elsewhere, too. */
static void gather_if_there(gathering *g, const char *folder, size_t folder_length,
                            const char *file, size_t length) {
    gf_error unused = GF_ERROR_INIT;
    gf_status status = GF_OK;
    const char *path = *file == '/' ? gf_pool_copy(g->pool, file, length)
                                    : gf_pool_format(g->pool, "%.*s/%.*s", (int)folder_length,
                                                     folder, (int)length, file);
    if (path != NULL)
        gather(g, path, &status, &unused);
    gf_error_clear(&unused);
}

static void follow_include(gathering *g, const char *path, const char *directive) {
    size_t length = 0;
    const char *file = included_file(directive, &length);
    if (file == NULL || length == 0 || length > 255)
        return;
    const char *slash = strrchr(path, '/');
    if (slash != NULL)
        gather_if_there(g, path, (size_t)(slash - path), file, length);
    else
        gather_if_there(g, ".", 1, file, length);
    gather_if_there(g, g->directory, strlen(g->directory), file, length);
}

/* ---- Blanking ---------------------------------------------------------- */

static void blank_out(char *from, const char *to) {
    for (; from < to; from++) {
        if (*from != '\n')
            *from = ' ';
    }
}

/* Behind a directive, whose line a backslash continues. */
static char *end_of_directive(char *at) {
    for (; *at != '\0' && *at != '\n'; at++) {
        if (*at == '\\' && at[1] == '\n')
            at++;
    }
    return at;
}

static char *end_of_literal(char *at) {
    const char quote = *at++;
    while (*at != '\0' && *at != '\n' && *at != quote)
        at += *at == '\\' && at[1] != '\0' ? 2 : 1;
    return *at == quote ? at + 1 : at;
}

/* Behind what begins here and is no code: a comment or a literal; `at` if it is code. */
static char *end_of_other(char *at) {
    if (at[0] == '/' && at[1] == '/')
        return end_of_directive(at);
    if (at[0] == '/' && at[1] == '*') {
        char *end = strstr(at + 2, "*/");
        return end == NULL ? at + strlen(at) : end + 2;
    }
    return *at == '"' || *at == '\'' ? end_of_literal(at) : at;
}

/* Blanks what is no code, and follows includes. */
static void strip(gathering *g, const char *path, char *text) {
    bool line_begins = true;
    for (char *at = text; *at != '\0';) {
        char *end = at;
        if (line_begins && *at == '#') {
            end = end_of_directive(at);
            append(g, &g->directives, at, (size_t)(end - at));
            follow_include(g, path, at);
        } else {
            end = end_of_other(at);
        }
        if (end > at) {
            blank_out(at, end);
            at = end;
            continue;
        }
        line_begins = *at == '\n' || (line_begins && isspace((unsigned char)*at));
        at++;
    }
}

/* ---- Gathering --------------------------------------------------------- */

static void gather(gathering *g, const char *path, gf_status *status, gf_error *error) {
    char *text = NULL;
    size_t length = 0;
    for (uint32_t i = 0; i < g->count; i++) {
        if (strcmp(g->paths[i], path) == 0)
            return;
    }
    if (g->count == MOST_FILES)
        return;
    *status = gf_text_file_read(path, SOURCE_LIMIT, &text, &length, error);
    if (*status == GF_OK && !gf_pool_adopt(g->pool, text))
        *status = gf_error_no_memory(error, path, length);
    if (*status != GF_OK)
        return;
    g->paths[g->count++] = path;
    g->pastes = g->pastes || strstr(text, "##") != NULL;
    strip(g, path, text);
    append(g, &g->text, text, length);
}

gf_status gf_source_read(const char *path, const char *directory, gf_pool *pool, gf_source *source,
                         gf_error *error) {
    gathering g = {.pool = pool, .directory = directory};
    gf_status status = GF_OK;
    append(&g, &g.directives, "", 0);
    gather(&g, path, &status, error);
    const bool has_text = gf_pool_adopt(pool, g.text.text);
    const bool has_directives = gf_pool_adopt(pool, g.directives.text);
    if (status == GF_OK && (g.failed || !has_text || !has_directives))
        status = gf_error_no_memory(error, path, g.text.length);
    *source = (gf_source){g.text.text, g.directives.text, g.pastes};
    return status;
}

static bool has_word(const char *text, const char *word) {
    const size_t length = strlen(word);
    for (const char *at = text; (at = strstr(at, word)) != NULL; at += length) {
        if ((at == text || !gf_is_word(at[-1])) && !gf_is_word(at[length]))
            return true;
    }
    return false;
}

bool gf_source_has_word(const gf_source *source, const char *word) {
    return has_word(source->text, word) || has_word(source->directives, word);
}
