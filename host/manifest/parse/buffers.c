#include "manifest/parse/buffers.h"

#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/text.h"
#include "manifest/expression/c_type.h"
#include "problem/problem.h"

/* ---- Types and shapes -------------------------------------------------- */

static bool refuse_type(gf_builder *b, const gf_entity *entity,
                        const gf_prototype_argument *argument) {
    const uint32_t line = entity->section->line;
    if (argument != NULL && argument->kind == GF_PROTOTYPE_POINTER)
        return gf_build_fail(b, line,
                             "buffer %s: the kernel's type %.40s is not known; add type = float or "
                             "another type",
                             entity->name, argument->type_text);
    return gf_build_fail(b, line, "buffer %s has no type; add type = float or another type",
                         entity->name);
}

static bool read_type(gf_builder *b, const gf_entity *entity, gf_manifest_buffer *buffer) {
    const gf_ini_entry *entry = gf_ini_find(entity->section, "type");
    const gf_prototype_argument *argument = gf_build_argument(b, entity->name);
    gf_c_type found;
    if (entry != NULL) {
        if (!gf_c_type_find(entry->value, &found))
            return gf_build_fail(b, entry->line,
                                 "type: %.40s is not known; give char, uchar, short, ushort, int, "
                                 "uint, long, ulong, float or double, or a vector such as float4",
                                 entry->value);
    } else if (argument != NULL && argument->has_type && argument->kind == GF_PROTOTYPE_POINTER) {
        found = argument->type;
    } else {
        return refuse_type(b, entity, argument);
    }
    buffer->type = found.type;
    buffer->components = found.components;
    return true;
}

static bool read_shape(gf_builder *b, const gf_entity *entity, gf_manifest_buffer *buffer) {
    const gf_ini_entry *entry = gf_ini_find(entity->section, "shape");
    gf_pieces pieces;
    if (!gf_build_split(b, entry, GF_MANIFEST_DIMENSIONS, &pieces))
        return false;
    buffer->dimensions = pieces.count;
    for (uint32_t i = 0; i < pieces.count; i++) {
        if (!gf_build_expression(b, entry, pieces.items[i], 0, &buffer->shape[i]))
            return false;
    }
    return true;
}

/* ---- Access ------------------------------------------------------------ */

/* Whether every kernel that takes the buffer takes it as const, and at least one does. */
static bool is_only_read(const gf_builder *b, const char *name) {
    bool is_taken = false;
    for (uint32_t k = 0; k < b->manifest->kernel_count; k++) {
        const gf_function *kernel = &b->kernels[k];
        for (uint32_t i = 0; i < kernel->count; i++) {
            if (strcmp(kernel->arguments[i], name) != 0)
                continue;
            if (!kernel->prototype.is_readable || !kernel->prototype.arguments[i].is_const)
                return false;
            is_taken = true;
        }
    }
    return is_taken;
}

static bool read_access(gf_builder *b, const gf_entity *entity, gf_manifest_buffer *buffer) {
    static const char *const words[] = {[GF_ACCESS_IN] = "in",
                                        [GF_ACCESS_OUT] = "out",
                                        [GF_ACCESS_INOUT] = "inout",
                                        [GF_ACCESS_SCRATCH] = "scratch"};
    const gf_ini_entry *entry = gf_ini_find(entity->section, "access");
    buffer->access = entity->index == b->manifest->partner ? GF_ACCESS_SCRATCH
                     : entity->index != b->manifest->result && is_only_read(b, entity->name)
                         ? GF_ACCESS_IN
                         : GF_ACCESS_INOUT;
    if (entry == NULL)
        return true;
    for (size_t i = 0; i < GF_COUNT_OF(words); i++) {
        if (strcmp(entry->value, words[i]) == 0) {
            buffer->access = (gf_access)i;
            return true;
        }
    }
    return gf_build_fail(
        b, entry->line, "access: %.40s is not known; give in, out, inout or scratch", entry->value);
}

/* ---- What it begins with ----------------------------------------------- */

typedef struct beginning_word {
    const char *word;
    gf_beginning_kind kind;
    uint32_t arguments;
    const char *usage;
} beginning_word;

static const beginning_word beginnings[] = {
    {"zeros", GF_BEGIN_ZEROS, 0, "zeros"},
    {"uniform", GF_BEGIN_UNIFORM, 2, "uniform(0, 1)"},
    {"normal", GF_BEGIN_NORMAL, 2, "normal(0, 1)"},
    {"ramp", GF_BEGIN_RAMP, 2, "ramp(0, 1)"},
    {"index", GF_BEGIN_INDEX, 0, "index"},
    {"offsets", GF_BEGIN_OFFSETS, 1, "offsets(TOTAL)"},
};

static bool ends_in_npy(const char *text) {
    const size_t length = strlen(text);
    return length > 4 && strcmp(text + length - 4, ".npy") == 0;
}

static bool read_array(gf_builder *b, const gf_ini_entry *entry, gf_beginning *beginning) {
    beginning->kind = GF_BEGIN_FILE;
    if (!gf_build_file(b, entry->value, &beginning->file))
        return false;
    if (access(beginning->file.path, R_OK) == 0)
        return true;
    return gf_build_fail(b, entry->line,
                         "begin: %s can't be read; write it with numpy.save, beside "
                         "the manifest",
                         beginning->file.path);
}

static bool refuse_beginning(gf_builder *b, const gf_ini_entry *entry, size_t length) {
    const char *nearest = NULL;
    size_t distance = SIZE_MAX;
    char word[40];
    snprintf(word, sizeof word, "%.*s", (int)(length < 32 ? length : 32), entry->value);
    for (size_t i = 0; i < GF_COUNT_OF(beginnings); i++)
        gf_text_find_nearest(word, beginnings[i].word, &nearest, &distance);
    if (nearest != NULL)
        return gf_build_fail(b, entry->line, "begin: %s is not known; did you mean %s?", word,
                             nearest);
    return gf_build_fail(b, entry->line,
                         "begin: %s is not known; give zeros, uniform(0, 1), normal(0, 1), "
                         "ramp(0, 1), index, offsets(TOTAL) or FILE.npy",
                         word);
}

/* "WORD(A, B)", behind the word. */
static bool read_arguments(gf_builder *b, const gf_ini_entry *entry, const beginning_word *word,
                           gf_beginning *beginning) {
    const char *rest = entry->value + strlen(word->word);
    rest += strspn(rest, " \t");
    const size_t length = strlen(rest);
    gf_pieces pieces = {.count = 0};
    const bool bracketed = length > 2 && rest[0] == '(' && rest[length - 1] == ')';
    if (bracketed) {
        char *inside = gf_pool_copy(b->manifest->pool, rest + 1, length - 2);
        const gf_ini_entry arguments = {entry->key, inside, entry->line};
        if (inside == NULL)
            return gf_build_no_memory(b);
        if (!gf_build_split(b, &arguments, 3, &pieces))
            return false;
    }
    if (pieces.count != word->arguments || (length > 0 && !bracketed))
        return gf_build_fail(b, entry->line, "begin: %.60s is not understood; write %s",
                             entry->value, word->usage);
    beginning->kind = word->kind;
    return (pieces.count < 1 || gf_build_expression(b, entry, pieces.items[0], 0, &beginning->a)) &&
           (pieces.count < 2 || gf_build_expression(b, entry, pieces.items[1], 0, &beginning->b));
}

static bool check_offsets(gf_builder *b, const gf_ini_entry *entry,
                          const gf_manifest_buffer *buffer) {
    if (buffer->beginning.kind != GF_BEGIN_OFFSETS)
        return true;
    if (gf_type_is_real(buffer->type) || buffer->components != 1)
        return gf_build_fail(b, entry->line,
                             "begin: offsets are whole numbers, and %s has %s; write type = uint "
                             "for it, or uniform(0, 1)",
                             buffer->name,
                             buffer->components != 1 ? "vectors" : gf_c_type_name(buffer->type));
    return true;
}

/* Without `begin`. */
static bool begin_as_usual(gf_builder *b, const gf_entity *entity, gf_manifest_buffer *buffer) {
    const gf_ini_entry entry = {"begin", "", entity->section->line};
    if (!gf_goes_up(buffer->access))
        return true;
    buffer->beginning.kind = gf_type_is_real(buffer->type) ? GF_BEGIN_UNIFORM : GF_BEGIN_INDEX;
    return buffer->beginning.kind == GF_BEGIN_INDEX ||
           (gf_build_expression(b, &entry, "0", 0, &buffer->beginning.a) &&
            gf_build_expression(b, &entry, "1", 0, &buffer->beginning.b));
}

static bool read_beginning(gf_builder *b, const gf_entity *entity, gf_manifest_buffer *buffer) {
    const gf_ini_entry *entry = gf_ini_find(entity->section, "begin");
    if (entry == NULL)
        return begin_as_usual(b, entity, buffer);
    if (!gf_goes_up(buffer->access))
        return gf_build_fail(b, entry->line,
                             "begin: %s does not go up, so nothing can be put there; remove the "
                             "line, or write access = inout",
                             entity->name);
    if (ends_in_npy(entry->value))
        return read_array(b, entry, &buffer->beginning);
    const size_t length = strcspn(entry->value, " \t(");
    for (size_t i = 0; i < GF_COUNT_OF(beginnings); i++) {
        const beginning_word *word = &beginnings[i];
        if (strlen(word->word) == length && strncmp(entry->value, word->word, length) == 0)
            return read_arguments(b, entry, word, &buffer->beginning) &&
                   check_offsets(b, entry, buffer);
    }
    return refuse_beginning(b, entry, length);
}

/* ---- The pair and the result ------------------------------------------- */

static bool read_pair(gf_builder *b) {
    gf_manifest *m = b->manifest;
    const gf_ini_section *steps = gf_build_section(b, "steps", NULL);
    const gf_ini_entry *entry = steps == NULL ? NULL : gf_ini_find(steps, "pair");
    gf_pieces pieces;
    if (entry == NULL)
        return true;
    if (!gf_build_split(b, entry, 2, &pieces))
        return false;
    if (pieces.count != 2)
        return gf_build_fail(b, entry->line, "pair: %.40s is one buffer; give two, such as u, v",
                             entry->value);
    if (!gf_build_buffer(b, entry, pieces.items[0], &m->result) ||
        !gf_build_buffer(b, entry, pieces.items[1], &m->partner))
        return false;
    return m->result != m->partner ||
           gf_build_fail(b, entry->line,
                         "pair: %s can't change places with itself; give two buffers",
                         pieces.items[0]);
}

static bool check_pair(gf_builder *b) {
    const gf_manifest *m = b->manifest;
    if (m->partner == GF_NO_BUFFER)
        return true;
    const gf_manifest_buffer *first = &m->buffers[m->result], *second = &m->buffers[m->partner];
    const uint32_t line = gf_ini_find(gf_build_section(b, "steps", NULL), "pair")->line;
    if (first->type != second->type || first->components != second->components)
        return gf_build_fail(b, line, "pair: %s is %s of %u, %s is %s of %u; give both one type",
                             first->name, gf_c_type_name(first->type), first->components,
                             second->name, gf_c_type_name(second->type), second->components);
    if (second->access != GF_ACCESS_SCRATCH)
        return gf_build_fail(b, second->line,
                             "buffer %s is the second of the pair; write access = scratch",
                             second->name);
    if (!gf_comes_down(first->access))
        return gf_build_fail(
            b, first->line,
            "buffer %s is the first of the pair and must come down; write access = "
            "inout",
            first->name);
    return true;
}

/* Without a pair: `result`, else the first buffer that comes down. */
static bool read_result(gf_builder *b) {
    gf_manifest *m = b->manifest;
    const gf_ini_section *workload = gf_build_section(b, "workload", NULL);
    const gf_ini_entry *entry = workload == NULL ? NULL : gf_ini_find(workload, "result");
    uint32_t result = m->result;
    for (uint32_t i = 0; i < m->buffer_count && result == GF_NO_BUFFER; i++) {
        if (gf_comes_down(m->buffers[i].access))
            result = i;
    }
    if (result == GF_NO_BUFFER)
        return gf_build_fail(b, m->buffers[0].line,
                             "no buffer comes down; write access = out or inout in one");
    const uint32_t implied = result;
    if (entry != NULL && !gf_build_buffer(b, entry, entry->value, &result))
        return false;
    if (m->partner != GF_NO_BUFFER && result != implied)
        return gf_build_fail(b, entry->line,
                             "result: with a pair it is the first of it, %s; remove "
                             "the line",
                             m->buffers[implied].name);
    if (!gf_comes_down(m->buffers[result].access))
        return gf_build_fail(b, entry->line,
                             "result: %s does not come down; write access = out or inout for it",
                             m->buffers[result].name);
    m->result = result;
    return true;
}

static bool make_buffer(gf_builder *b, const gf_entity *entity, gf_manifest_buffer *buffer) {
    buffer->line = entity->section->line;
    return gf_build_text(b, entity->name, &buffer->name) && read_type(b, entity, buffer) &&
           read_shape(b, entity, buffer) && read_access(b, entity, buffer) &&
           read_beginning(b, entity, buffer);
}

bool gf_build_buffers(gf_builder *b) {
    gf_manifest *m = b->manifest;
    m->buffers = gf_pool_allocate(m->pool, GF_MAX_BUFFERS, sizeof *m->buffers);
    if (m->buffers == NULL)
        return gf_build_no_memory(b);
    if (!read_pair(b))
        return false;
    for (uint32_t i = 0; i < b->entity_count; i++) {
        if (b->entities[i].kind == GF_ENTITY_BUFFER &&
            !make_buffer(b, &b->entities[i], &m->buffers[m->buffer_count++]))
            return false;
    }
    return check_pair(b) && read_result(b);
}
