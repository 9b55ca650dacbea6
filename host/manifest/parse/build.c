#include "manifest/parse/build.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

bool gf_build_fail(gf_builder *b, uint32_t line, const char *format, ...) {
    char what[GF_ERROR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    gf_ini_fail(b->ini, line, b->error, "%s", what);
    return false;
}

bool gf_build_no_memory(gf_builder *b) {
    gf_error_no_memory(b->error, b->ini->path, 0);
    return false;
}

/* ---- Texts ------------------------------------------------------------- */

bool gf_build_text(gf_builder *b, const char *text, char **copy) {
    *copy = gf_pool_copy(b->manifest->pool, text, strlen(text));
    return *copy != NULL || gf_build_no_memory(b);
}

bool gf_build_value(gf_builder *b, const gf_ini_section *section, const char *key,
                    const char *otherwise, char **copy) {
    const gf_ini_entry *entry = section == NULL ? NULL : gf_ini_find(section, key);
    return gf_build_text(b, entry == NULL ? otherwise : entry->value, copy);
}

bool gf_build_file(gf_builder *b, const char *name, gf_manifest_file *file) {
    const char *directory = b->manifest->directory;
    if (!gf_build_text(b, name, &file->name))
        return false;
    file->path = name[0] == '/' || strcmp(directory, ".") == 0
                     ? gf_pool_copy(b->manifest->pool, name, strlen(name))
                     : gf_pool_format(b->manifest->pool, "%s/%s", directory, name);
    return file->path != NULL || gf_build_no_memory(b);
}

/* ---- Sections and names ------------------------------------------------ */

const gf_ini_section *gf_build_section(const gf_builder *b, const char *kind,
                                       const gf_ini_section *after) {
    const size_t first = after == NULL ? 0 : (size_t)(after - b->ini->sections) + 1;
    for (size_t i = first; i < b->ini->count; i++) {
        if (strcmp(b->ini->sections[i].kind, kind) == 0)
            return &b->ini->sections[i];
    }
    return NULL;
}

gf_entity *gf_build_find(gf_builder *b, const char *name) {
    for (uint32_t i = 0; i < b->entity_count; i++) {
        if (strcmp(b->entities[i].name, name) == 0)
            return &b->entities[i];
    }
    return NULL;
}

bool gf_build_buffer(gf_builder *b, const gf_ini_entry *entry, const char *name, uint32_t *buffer) {
    const gf_entity *entity = gf_build_find(b, name);
    if (entity != NULL && entity->kind == GF_ENTITY_BUFFER) {
        *buffer = entity->index;
        return true;
    }
    const char *nearest = NULL;
    size_t distance = SIZE_MAX;
    for (uint32_t i = 0; i < b->entity_count; i++) {
        if (b->entities[i].kind == GF_ENTITY_BUFFER)
            gf_text_find_nearest(name, b->entities[i].name, &nearest, &distance);
    }
    if (nearest != NULL)
        return gf_build_fail(b, entry->line, "%s: %.40s is no buffer; did you mean %s?", entry->key,
                             name, nearest);
    return gf_build_fail(b, entry->line,
                         "%s: %.40s is no buffer; give the name of one, or add "
                         "[buffer %.40s]",
                         entry->key, name, name);
}

const gf_prototype_argument *gf_build_argument(const gf_builder *b, const char *name) {
    for (uint32_t k = 0; k < b->manifest->kernel_count; k++) {
        const gf_function *kernel = &b->kernels[k];
        for (uint32_t i = 0; kernel->prototype.is_readable && i < kernel->count; i++) {
            if (strcmp(kernel->arguments[i], name) == 0)
                return &kernel->prototype.arguments[i];
        }
    }
    return NULL;
}

/* ---- Expressions ------------------------------------------------------- */

static const char *what_places(uint64_t also) {
    if (also == GF_PLACES_LAUNCH)
        return "parameters, tunables, step and local_x, local_y, local_z, local_size";
    if (also == GF_PLACES_TUNABLES)
        return "parameters and tunables";
    return also == GF_PLACES_STEP ? "parameters and step" : "parameters";
}

bool gf_build_expression(gf_builder *b, const gf_ini_entry *entry, const char *text, uint64_t also,
                         gf_expression **expression) {
    const gf_expression_names names = {.names = b->places,
                                       .count = GF_PLACE_COUNT,
                                       .allowed = also | ~GF_PLACES_LAUNCH,
                                       .what = what_places(also),
                                       .line = entry->line};
    gf_expression *made = NULL;
    const gf_status status = gf_expression_compile(text, &names, &made, b->error);
    if (status == GF_USAGE) {
        char what[GF_ERROR_TEXT];
        snprintf(what, sizeof what, "%s", b->error->text);
        return gf_build_fail(b, entry->line, "%s: %.80s: %s", entry->key, text, what);
    }
    if (status != GF_OK || !gf_pool_adopt(b->manifest->pool, made))
        return gf_build_no_memory(b);
    b->used_places |= gf_expression_uses(made);
    *expression = made;
    return true;
}

bool gf_build_optional(gf_builder *b, const gf_ini_section *section, const char *key, uint64_t also,
                       gf_expression **expression) {
    const gf_ini_entry *entry = section == NULL ? NULL : gf_ini_find(section, key);
    return entry == NULL || gf_build_expression(b, entry, entry->value, also, expression);
}

/* ---- Lists ------------------------------------------------------------- */

/* The length up to the next comma outside brackets. */
static size_t piece_length(const char *text) {
    size_t length = 0;
    int depth = 0;
    for (; text[length] != '\0' && (text[length] != ',' || depth > 0); length++)
        depth += (text[length] == '(') - (text[length] == ')');
    return length;
}

bool gf_build_split(gf_builder *b, const gf_ini_entry *entry, uint32_t most, gf_pieces *pieces) {
    pieces->count = 0;
    for (const char *at = entry->value;; at++) {
        size_t length = piece_length(at);
        const char *end = at + length;
        while (length > 0 && (*at == ' ' || *at == '\t')) {
            at++;
            length--;
        }
        while (length > 0 && (at[length - 1] == ' ' || at[length - 1] == '\t'))
            length--;
        if (length == 0)
            return gf_build_fail(b, entry->line,
                                 "%s: nothing stands before or behind a comma; remove it",
                                 entry->key);
        if (pieces->count == most)
            return gf_build_fail(b, entry->line, "%s has more than %u value%s; give at most %u",
                                 entry->key, most, most == 1 ? "" : "s", most);
        char *piece = gf_pool_copy(b->manifest->pool, at, length);
        if (piece == NULL)
            return gf_build_no_memory(b);
        pieces->items[pieces->count++] = piece;
        if (*end == '\0')
            return true;
        at = end;
    }
}
