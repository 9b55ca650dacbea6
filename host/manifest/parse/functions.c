#include "manifest/parse/functions.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* ---- Files ------------------------------------------------------------- */

static uint32_t line_of(const gf_ini_section *section, const char *key) {
    const gf_ini_entry *entry = gf_ini_find(section, key);
    return entry == NULL ? section->line : entry->line;
}

/* The default is the workload's name with this ending. */
static bool read_file(gf_builder *b, gf_function *function, const char *ending,
                      gf_manifest_file *file) {
    const gf_ini_section *section = function->section;
    const gf_ini_entry *entry = gf_ini_find(section, "file");
    char name[GF_ERROR_TEXT], what[GF_ERROR_TEXT];
    snprintf(name, sizeof name, "%s%s", b->manifest->name, ending);
    if (!gf_build_file(b, entry == NULL ? name : entry->value, file))
        return false;
    if (gf_source_read(file->path, b->manifest->directory, b->manifest->pool, &function->source,
                       b->error) == GF_OK)
        return true;
    snprintf(what, sizeof what, "%s", b->error->text);
    return gf_build_fail(b, line_of(section, "file"), "[%s]: %s; %s", section->kind, what,
                         entry == NULL ? "give file = NAME" : "correct the name of the file");
}

/* ---- Names of arguments ------------------------------------------------ */

static bool refuse_missing(gf_builder *b, const gf_function *function, const char *file,
                           const char *other) {
    const char *what = function->language == GF_C ? "function" : "kernel";
    if (other == NULL)
        return gf_build_fail(b, function->section->line,
                             "%s has no %s %s, and no other; correct the file or the name", file,
                             what, function->name);
    return gf_build_fail(b, function->section->line,
                         "%s has no %s %s; it has %.60s, so write [%s %.60s]", file, what,
                         function->name, other, function->section->kind, other);
}

static bool refuse_hidden(gf_builder *b, const gf_function *function) {
    return gf_build_fail(b, function->section->line,
                         "macros hide what %s takes; list it in its order: arguments = NAME, NAME",
                         function->name);
}

static bool take_listed_names(gf_builder *b, gf_function *function, const gf_ini_entry *entry) {
    gf_pieces pieces;
    if (!gf_build_split(b, entry, GF_PROTOTYPE_ARGUMENTS, &pieces))
        return false;
    memcpy(function->arguments, pieces.items, sizeof pieces.items);
    function->count = pieces.count;
    function->line = entry->line;
    if (function->prototype.is_readable && function->prototype.count != pieces.count)
        return gf_build_fail(b, entry->line,
                             "arguments lists %u names, but %s takes %u arguments; name each one",
                             pieces.count, function->name, function->prototype.count);
    return true;
}

/* A function that macros may make is taken as it is, if its arguments are listed. */
static bool find_names(gf_builder *b, gf_function *function, const char *file) {
    const gf_ini_entry *entry = gf_ini_find(function->section, "arguments");
    const char *other = NULL;
    const bool found = gf_prototype_find(&function->source, function->language, function->name,
                                         b->manifest->pool, &function->prototype, &other);
    if (!found && (!function->source.pastes || entry == NULL))
        return refuse_missing(b, function, file, other);
    if (entry != NULL)
        return take_listed_names(b, function, entry);
    if (!function->prototype.is_readable)
        return refuse_hidden(b, function);
    for (uint32_t i = 0; i < function->prototype.count; i++)
        function->arguments[i] = function->prototype.arguments[i].name;
    function->count = function->prototype.count;
    function->line = function->section->line;
    function->from_text = true;
    return true;
}

/* ---- Names that nothing has -------------------------------------------- */

static const char *nearest_entity(const gf_builder *b, const char *name) {
    const char *nearest = NULL;
    size_t distance = SIZE_MAX;
    for (uint32_t i = 0; i < b->entity_count; i++) {
        if (b->entities[i].section != NULL)
            gf_text_find_nearest(name, b->entities[i].name, &nearest, &distance);
    }
    return nearest;
}

/* The section that an argument asks for. */
static const char *section_for(const gf_prototype_argument *argument) {
    if (argument == NULL || argument->kind == GF_PROTOTYPE_POINTER)
        return argument == NULL ? "buffer NAME" : "buffer";
    return argument->kind == GF_PROTOTYPE_LOCAL ? "local" : "parameter";
}

static bool refuse_name(gf_builder *b, const gf_function *function, uint32_t index) {
    const char *name = function->arguments[index];
    const char *nearest = nearest_entity(b, name);
    const gf_prototype_argument *argument =
        function->prototype.is_readable ? &function->prototype.arguments[index] : NULL;
    if (!function->from_text && nearest != NULL)
        return gf_build_fail(b, function->line,
                             "arguments: no section has the name %.40s; did you "
                             "mean %s?",
                             name, nearest);
    if (!function->from_text)
        return gf_build_fail(b, function->line,
                             "arguments: no section has the name %.40s; add [%s %.40s]", name,
                             argument == NULL ? "parameter" : section_for(argument), name);
    if (nearest != NULL)
        return gf_build_fail(
            b, function->line,
            "%s takes %.40s, which no section describes; rename %s, or add [%s %.40s]",
            function->name, name, nearest, section_for(argument), name);
    return gf_build_fail(b, function->line,
                         "%s takes %.40s, which no section describes; add [%s %.40s], or list what "
                         "it takes: arguments = ...",
                         function->name, name, section_for(argument), name);
}

/* Every name of an argument is one of the manifest. */
static bool check_names(gf_builder *b, const gf_function *function) {
    for (uint32_t i = 0; i < function->count; i++) {
        if (gf_build_find(b, function->arguments[i]) == NULL)
            return refuse_name(b, function, i);
    }
    return true;
}

/* ---- Kernels and twin -------------------------------------------------- */

static bool start_function(gf_builder *b, const gf_ini_section *section, gf_language language,
                           gf_function *function, char **name, gf_manifest_file *file) {
    *function = (gf_function){.section = section,
                              .language = language,
                              .name = section->name[0] == '\0' ? b->manifest->name : section->name,
                              .line = section->line};
    return gf_build_text(b, function->name, name) &&
           read_file(b, function, language == GF_C ? ".c" : ".cl", file) &&
           find_names(b, function, file->name);
}

static bool refuse_images(gf_builder *b, const gf_function *kernel) {
    for (uint32_t i = 0; i < kernel->prototype.count; i++) {
        const gf_prototype_argument *argument = &kernel->prototype.arguments[i];
        if (argument->kind == GF_PROTOTYPE_IMAGE)
            return gf_build_fail(b, kernel->section->line,
                                 "%s takes %.40s as %.40s, which is not supported; use a buffer",
                                 kernel->name, argument->name, argument->type_text);
    }
    return true;
}

bool gf_build_functions(gf_builder *b) {
    gf_manifest *m = b->manifest;
    for (const gf_ini_section *section = gf_build_section(b, "kernel", NULL); section != NULL;
         section = gf_build_section(b, "kernel", section)) {
        gf_manifest_kernel *kernel = &m->kernels[m->kernel_count];
        gf_function *function = &b->kernels[m->kernel_count];
        kernel->line = section->line;
        if (!start_function(b, section, GF_OPENCL_C, function, &kernel->function, &kernel->file) ||
            !refuse_images(b, function) || !check_names(b, function) ||
            !gf_build_value(b, section, "options", "", &kernel->options))
            return false;
        m->kernel_count++;
    }
    const gf_ini_section *section = gf_build_section(b, "twin", NULL);
    if (section == NULL)
        return true;
    m->twin.line = section->line;
    return start_function(b, section, GF_C, &b->twin, &m->twin.function, &m->twin.file) &&
           check_names(b, &b->twin) && gf_build_value(b, section, "flags", "", &m->twin.flags);
}
