#include "manifest/parse/names.h"

#include <string.h>

#include "base/array.h"
#include "manifest/expression/arithmetic.h"
#include "manifest/identifier.h"

static const struct {
    const char *kind;
    gf_entity_kind entity;
} kinds[] = {{"parameter", GF_ENTITY_PARAMETER},
             {"tunable", GF_ENTITY_TUNABLE},
             {"buffer", GF_ENTITY_BUFFER},
             {"scalar", GF_ENTITY_SCALAR},
             {"local", GF_ENTITY_LOCAL}};

static void add_entity(gf_builder *b, const char *name, gf_entity_kind kind,
                       const gf_ini_section *section) {
    uint32_t index = 0;
    for (uint32_t i = 0; i < b->entity_count; i++)
        index += b->entities[i].kind == kind;
    b->entities[b->entity_count++] =
        (gf_entity){.name = name, .kind = kind, .section = section, .index = index};
}

/* Parameters of the core, which it finds by their names. */
static const char *const taken[] = {"precision", "math", "threads"};

static bool check_name(gf_builder *b, const gf_ini_section *section) {
    const char *nearest = NULL, *name = section->name, *wrong = gf_identifier_refuse(name);
    if (wrong != NULL)
        return gf_build_fail(b, section->line, "[%s %.40s]: %.40s%s", section->kind, name, name,
                             wrong);
    for (size_t i = 0; i < GF_PLACE_TUNABLES; i++) {
        if (strcmp(b->places[i], name) == 0)
            return gf_build_fail(b, section->line,
                                 "[%s %s]: expressions have a %s of their own; choose another name",
                                 section->kind, name, name);
    }
    if (gf_find_function(name, strlen(name), &nearest) != NULL)
        return gf_build_fail(b, section->line,
                             "[%s %s]: %s is a function of expressions; choose another name",
                             section->kind, name, name);
    for (size_t i = 0; i < GF_COUNT_OF(taken); i++) {
        if (strcmp(taken[i], name) == 0)
            return gf_build_fail(b, section->line,
                                 "[%s %s]: gpufare has a %s of its own; choose another name",
                                 section->kind, name, name);
    }
    const gf_entity *before = gf_build_find(b, name);
    if (before != NULL && before->section == NULL)
        return gf_build_fail(b, section->line,
                             "[%s %s]: twins have a %s of their own; choose another name",
                             section->kind, name, name);
    if (before != NULL)
        return gf_build_fail(b, section->line,
                             "[%s %s]: line %u has a %s of this name; choose another name",
                             section->kind, name, before->section->line, before->section->kind);
    return true;
}

bool gf_build_names(gf_builder *b) {
    static const char *const own[GF_PLACE_TUNABLES] = {[GF_PLACE_STEP] = "step",
                                                       [GF_PLACE_LOCAL_X] = "local_x",
                                                       [GF_PLACE_LOCAL_Y] = "local_y",
                                                       [GF_PLACE_LOCAL_Z] = "local_z",
                                                       [GF_PLACE_LOCAL_SIZE] = "local_size"};
    memcpy(b->places, own, sizeof own);
    add_entity(b, "step", GF_ENTITY_STEP, NULL);
    add_entity(b, "begin", GF_ENTITY_BEGIN, NULL);
    add_entity(b, "end", GF_ENTITY_END, NULL);
    for (size_t s = 0; s < b->ini->count; s++) {
        const gf_ini_section *section = &b->ini->sections[s];
        for (size_t i = 0; i < GF_COUNT_OF(kinds); i++) {
            if (strcmp(section->kind, kinds[i].kind) != 0)
                continue;
            if (!check_name(b, section))
                return false;
            add_entity(b, section->name, kinds[i].entity, section);
        }
    }
    return true;
}
