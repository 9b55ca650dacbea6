#include "manifest/parse/arguments.h"

#include <string.h>

#include "manifest/expression/c_type.h"

/* ---- Scalars and local arrays ------------------------------------------ */

static bool read_scalar_type(gf_builder *b, gf_entity *entity) {
    const gf_ini_entry *entry = gf_ini_find(entity->section, "type");
    gf_c_type found;
    if (entry == NULL)
        return true;
    if (!gf_c_type_find(entry->value, &found) || found.components > 1)
        return gf_build_fail(b, entry->line,
                             "type: %.40s is no type of a scalar; give int, uint, long, ulong, "
                             "float, double or a smaller one",
                             entry->value);
    entity->has_type = true;
    entity->type = found.type;
    return true;
}

static bool compile_values(gf_builder *b) {
    for (uint32_t i = 0; i < b->entity_count; i++) {
        gf_entity *entity = &b->entities[i];
        const gf_ini_section *section = entity->section;
        if (entity->kind == GF_ENTITY_SCALAR &&
            !(gf_build_optional(b, section, "value", GF_PLACES_LAUNCH, &entity->value) &&
              read_scalar_type(b, entity)))
            return false;
        if (entity->kind == GF_ENTITY_LOCAL &&
            !gf_build_optional(b, section, "bytes", GF_PLACES_LAUNCH, &entity->value))
            return false;
    }
    return true;
}

/* ---- One argument ------------------------------------------------------ */

static const char *kind_name(gf_entity_kind kind) {
    return kind == GF_ENTITY_BUFFER    ? "a buffer"
           : kind == GF_ENTITY_LOCAL   ? "a local array"
           : kind == GF_ENTITY_TUNABLE ? "a tunable"
                                       : "a number";
}

/* Whether the text of the function takes what the name stands for. */
static bool check_kind(gf_builder *b, const gf_function *function, uint32_t index,
                       const gf_entity *entity) {
    if (!function->prototype.is_readable)
        return true;
    const gf_prototype_argument *argument = &function->prototype.arguments[index];
    const bool is_pointer = argument->kind == GF_PROTOTYPE_POINTER;
    const bool is_local = argument->kind == GF_PROTOTYPE_LOCAL;
    if (is_pointer == (entity->kind == GF_ENTITY_BUFFER) &&
        is_local == (entity->kind == GF_ENTITY_LOCAL))
        return true;
    return gf_build_fail(
        b, function->line,
        "argument %u of %s, %.40s, is %s in its text, but %s is %s; give the right "
        "name in arguments = ...",
        index + 1, function->name, argument->name,
        is_pointer ? "a pointer to a buffer"
        : is_local ? "a pointer to local memory"
                   : "no pointer",
        entity->name, kind_name(entity->kind));
}

/* The type that a scalar reaches a kernel with: its own, else that of the manifest. */
static bool find_scalar_type(gf_builder *b, const gf_function *function, uint32_t index,
                             const gf_entity *entity, gf_type *type) {
    const gf_prototype_argument *argument =
        function->prototype.is_readable ? &function->prototype.arguments[index] : NULL;
    if (argument != NULL && argument->has_type && argument->type.components > 1)
        return gf_build_fail(b, function->line,
                             "%s takes %.40s as %.40s, a vector; take its parts as scalars",
                             function->name, argument->name, argument->type_text);
    if (argument != NULL && argument->has_type)
        *type = argument->type.type;
    else if (entity->has_type)
        *type = entity->type;
    else if (entity->kind == GF_ENTITY_STEP)
        *type = GF_TYPE_U32;
    else
        return gf_build_fail(b, entity->section->line,
                             "scalar %s: the kernel's type is not known; add type = float, uint or "
                             "another type",
                             entity->name);
    return true;
}

/* C converts a twin's arguments: they get the widest type of their kind. */
static gf_type type_for_twin(const gf_function *function, uint32_t index, const gf_entity *entity) {
    const gf_prototype_argument *argument =
        function->prototype.is_readable ? &function->prototype.arguments[index] : NULL;
    const bool known = argument != NULL && argument->has_type;
    if (known ? gf_type_is_real(argument->type.type)
              : entity->has_type && gf_type_is_real(entity->type))
        return GF_TYPE_F64;
    return known && gf_type_is_signed(argument->type.type) ? GF_TYPE_I64 : GF_TYPE_U64;
}

/* A parameter, a scalar or the step. */
static bool make_scalar(gf_builder *b, const gf_function *function, uint32_t index,
                        const gf_entity *entity, gf_argument *argument) {
    const bool is_twin = function->language == GF_C;
    const uint64_t places = is_twin ? GF_PLACES_STEP : GF_PLACES_LAUNCH;
    argument->kind = GF_ARGUMENT_SCALAR;
    if (is_twin)
        argument->type = type_for_twin(function, index, entity);
    else if (!find_scalar_type(b, function, index, entity, &argument->type))
        return false;
    if (entity->kind == GF_ENTITY_SCALAR) {
        argument->value = entity->value;
        if (is_twin && (gf_expression_uses(entity->value) & GF_PLACES_LAUNCH & ~GF_PLACES_STEP))
            return gf_build_fail(b, function->line,
                                 "the twin takes %s, which depends on tunables or the work-group; "
                                 "take only what a CPU has",
                                 entity->name);
        return true;
    }
    gf_expression *value = NULL;
    const gf_ini_entry entry = {"arguments", entity->name, function->line};
    if (!gf_build_expression(b, &entry, entity->name, places, &value))
        return false;
    argument->value = value;
    return true;
}

/* What a driver would refuse after it has compiled the kernel. */
static bool check_buffer_type(gf_builder *b, const gf_function *function, uint32_t index,
                              const gf_entity *entity) {
    const gf_manifest_buffer *buffer = &b->manifest->buffers[entity->index];
    if (function->language == GF_C || !function->prototype.is_readable)
        return true;
    const gf_prototype_argument *argument = &function->prototype.arguments[index];
    if (!argument->has_type || argument->type.type == buffer->type)
        return true;
    const gf_ini_entry *entry = gf_ini_find(entity->section, "type");
    return gf_build_fail(b, entry == NULL ? function->line : entry->line,
                         "%s takes %s as %s, and the buffer has %s; give both one type",
                         function->name, entity->name, gf_c_type_name(argument->type.type),
                         gf_c_type_name(buffer->type));
}

static bool make_argument(gf_builder *b, const gf_function *function, uint32_t index,
                          gf_argument *argument) {
    const gf_entity *entity = gf_build_find(b, function->arguments[index]);
    const bool is_twin = function->language == GF_C;
    const bool is_range = entity->kind == GF_ENTITY_BEGIN || entity->kind == GF_ENTITY_END;
    if (entity->kind == GF_ENTITY_TUNABLE)
        return gf_build_fail(b, function->line,
                             "%s takes %s, a tunable; kernels get it as -D %s, so remove the "
                             "argument",
                             function->name, entity->name, entity->name);
    if ((is_range && !is_twin) || (entity->kind == GF_ENTITY_LOCAL && is_twin))
        return gf_build_fail(b, function->line, "%s takes %s, which only a %s has; remove it",
                             function->name, entity->name, is_twin ? "kernel" : "twin");
    if (!check_kind(b, function, index, entity) ||
        (entity->kind == GF_ENTITY_BUFFER && !check_buffer_type(b, function, index, entity)))
        return false;
    *argument = (gf_argument){.name = entity->name, .buffer = GF_NO_BUFFER};
    argument->kind = entity->kind == GF_ENTITY_BUFFER  ? GF_ARGUMENT_BUFFER
                     : entity->kind == GF_ENTITY_LOCAL ? GF_ARGUMENT_LOCAL
                     : entity->kind == GF_ENTITY_BEGIN ? GF_ARGUMENT_BEGIN
                                                       : GF_ARGUMENT_END;
    if (entity->kind == GF_ENTITY_BUFFER)
        argument->buffer = entity->index;
    else if (entity->kind == GF_ENTITY_LOCAL)
        argument->value = entity->value;
    else if (!is_range)
        return make_scalar(b, function, index, entity, argument);
    return true;
}

/* ---- All of them ------------------------------------------------------- */

static bool make_list(gf_builder *b, const gf_function *function, gf_argument_list *list) {
    list->items = gf_pool_allocate(b->manifest->pool, function->count, sizeof *list->items);
    if (list->items == NULL)
        return gf_build_no_memory(b);
    list->from_text = function->from_text;
    for (uint32_t i = 0; i < function->count; i++) {
        if (!make_argument(b, function, i, &list->items[i]))
            return false;
        list->count++;
        char *name = NULL;
        if (!gf_build_text(b, list->items[i].name, &name))
            return false;
        list->items[i].name = name;
    }
    return true;
}

static bool has_kind(const gf_argument_list *list, gf_argument_kind kind) {
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i].kind == kind)
            return true;
    }
    return false;
}

static bool takes_buffer(const gf_argument_list *list, uint32_t buffer) {
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i].kind == GF_ARGUMENT_BUFFER && list->items[i].buffer == buffer)
            return true;
    }
    return false;
}

static bool read_twin(gf_builder *b) {
    gf_manifest_twin *twin = &b->manifest->twin;
    if (twin->function == NULL)
        return true;
    if (!make_list(b, &b->twin, &twin->arguments))
        return false;
    const bool begin = has_kind(&twin->arguments, GF_ARGUMENT_BEGIN);
    twin->over_range = has_kind(&twin->arguments, GF_ARGUMENT_END);
    if (begin != twin->over_range)
        return gf_build_fail(b, b->twin.line, "the twin takes %s without %s; take both, or neither",
                             begin ? "begin" : "end", begin ? "end" : "begin");
    if (!takes_buffer(&twin->arguments, b->manifest->result))
        return gf_build_fail(b, b->twin.line,
                             "the twin does not take the result, %s; let it take "
                             "the buffer",
                             b->manifest->buffers[b->manifest->result].name);
    const gf_ini_entry *entry = gf_ini_find(b->twin.section, "range");
    if (!twin->over_range && entry != NULL)
        return gf_build_fail(b, entry->line,
                             "range: the twin takes no begin and end; let it take both, or remove "
                             "the line");
    if (twin->over_range)
        twin->range = b->manifest->buffers[b->manifest->result].shape[0];
    return gf_build_optional(b, b->twin.section, "range", 0, &twin->range);
}

/* What is called once has no step to be told. */
static bool read_twin_steps(gf_builder *b) {
    gf_manifest_twin *twin = &b->manifest->twin;
    const gf_ini_entry *entry =
        twin->function == NULL ? NULL : gf_ini_find(b->twin.section, "steps");
    if (entry == NULL)
        return true;
    twin->all_steps = strcmp(entry->value, "all") == 0;
    if (!twin->all_steps && strcmp(entry->value, "each") != 0)
        return gf_build_fail(b, entry->line, "steps: %.40s is not known; give each or all",
                             entry->value);
    if (gf_build_section(b, "steps", NULL) == NULL)
        return gf_build_fail(b, entry->line,
                             "steps: there are none; add [steps], or remove the line");
    for (uint32_t i = 0; i < twin->arguments.count && twin->all_steps; i++) {
        const gf_argument *argument = &twin->arguments.items[i];
        if (argument->value != NULL && (gf_expression_uses(argument->value) & GF_PLACES_STEP))
            return gf_build_fail(b, entry->line,
                                 "steps: a twin of all steps can't take %s, which depends on the "
                                 "step; write steps = each",
                                 argument->name);
    }
    return true;
}

static bool check_buffers(gf_builder *b) {
    const gf_manifest *m = b->manifest;
    for (uint32_t i = 0; i < m->buffer_count; i++) {
        bool taken = false;
        for (uint32_t k = 0; k < m->kernel_count; k++)
            taken = taken || takes_buffer(&m->kernels[k].arguments, i);
        if (!taken)
            return gf_build_fail(b, m->buffers[i].line,
                                 "no kernel takes buffer %s; remove the section, or name it in "
                                 "arguments",
                                 m->buffers[i].name);
    }
    return true;
}

bool gf_build_arguments(gf_builder *b) {
    gf_manifest *m = b->manifest;
    if (!compile_values(b))
        return false;
    for (uint32_t k = 0; k < m->kernel_count; k++) {
        if (!make_list(b, &b->kernels[k], &m->kernels[k].arguments))
            return false;
    }
    return read_twin(b) && read_twin_steps(b) && check_buffers(b);
}
