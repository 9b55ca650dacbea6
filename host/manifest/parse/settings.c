#include "manifest/parse/settings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "manifest/expression/c_type.h"
#include "manifest/identifier.h"

static const gf_ini_entry *find_entry(const gf_builder *b, const char *kind, const char *key) {
    const gf_ini_section *section = gf_build_section(b, kind, NULL);
    return section == NULL ? NULL : gf_ini_find(section, key);
}

/* ---- Name -------------------------------------------------------------- */

bool gf_build_name(gf_builder *b) {
    gf_manifest *m = b->manifest;
    const gf_ini_entry *entry = find_entry(b, "workload", "name");
    const char *file = strrchr(m->path, '/');
    file = file == NULL ? m->path : file + 1;
    const char *end = strrchr(file, '.');
    if (entry != NULL) {
        if (!gf_build_text(b, entry->value, &m->name))
            return false;
    } else {
        m->name = gf_pool_copy(m->pool, file,
                               end == NULL || end == file ? strlen(file) : (size_t)(end - file));
        if (m->name == NULL)
            return gf_build_no_memory(b);
    }
    const char *wrong = gf_identifier_refuse(m->name);
    if (wrong == NULL)
        return true;
    if (entry != NULL)
        return gf_build_fail(b, entry->line, "name: %.60s%s", m->name, wrong);
    return gf_build_fail(b, 1, "the file's name %.60s%s, or add name = NAME to [workload]", m->name,
                         wrong);
}

/* ---- Steps ------------------------------------------------------------- */

static bool read_steps(gf_builder *b) {
    const gf_ini_section *section = gf_build_section(b, "steps", NULL);
    return gf_build_optional(b, section, "count", 0, &b->manifest->steps) &&
           gf_build_optional(b, section, "per-transfer", 0, &b->manifest->steps_per_transfer);
}

/* A kernel that asks for its step needs steps. */
static bool check_uses_of_step(gf_builder *b) {
    const gf_manifest *m = b->manifest;
    if (m->steps != NULL || (b->used_places & GF_PLACES_STEP) == 0)
        return true;
    for (uint32_t k = 0; k < m->kernel_count; k++) {
        const gf_manifest_kernel *kernel = &m->kernels[k];
        for (uint32_t i = 0; i < kernel->dimensions; i++) {
            if (gf_expression_uses(kernel->global[i]) & GF_PLACES_STEP)
                return gf_build_fail(b, gf_expression_line(kernel->global[i]),
                                     "global uses step, but there are no steps; add [steps] with "
                                     "count = ...");
        }
        for (uint32_t i = 0; i < kernel->arguments.count; i++) {
            const gf_argument *argument = &kernel->arguments.items[i];
            if (argument->value != NULL && (gf_expression_uses(argument->value) & GF_PLACES_STEP))
                return gf_build_fail(b, gf_expression_line(argument->value),
                                     "%s uses step, but there are no steps; add [steps] with count "
                                     "= ...",
                                     argument->name);
        }
    }
    return true;
}

/* ---- Tolerance --------------------------------------------------------- */

static bool read_share(gf_builder *b, const gf_ini_entry *entry, double *share) {
    char *end = NULL;
    *share = strtod(entry->value, &end);
    return (end != entry->value && *end == '\0' && *share >= 0 && *share <= 1) ||
           gf_build_fail(b, entry->line, "%s: %.40s is not acceptable; give a number from 0 to 1",
                         entry->key, entry->value);
}

static bool read_tolerance(gf_builder *b) {
    static const struct {
        const char *key;
        gf_tolerance_kind kind;
    } kinds[] = {{"bits", GF_TOLERANCE_BITS},
                 {"ulp", GF_TOLERANCE_ULP},
                 {"absolute", GF_TOLERANCE_ABSOLUTE},
                 {"relative", GF_TOLERANCE_RELATIVE}};
    gf_manifest_tolerance *tolerance = &b->manifest->tolerance;
    const bool real = gf_type_is_real(b->manifest->buffers[b->manifest->result].type);
    const gf_ini_entry *before = NULL, *share = find_entry(b, "tolerance", "share");
    tolerance->kind = real ? GF_TOLERANCE_ULP : GF_TOLERANCE_BITS;
    static const gf_ini_entry usual = {"ulp", "4", 0};
    for (size_t i = 0; i < GF_COUNT_OF(kinds); i++) {
        const gf_ini_entry *entry = find_entry(b, "tolerance", kinds[i].key);
        if (entry == NULL)
            continue;
        if (before != NULL)
            return gf_build_fail(b, entry->line, "%s: line %u gives %s; keep one of both",
                                 entry->key, before->line, before->key);
        before = entry;
        tolerance->kind = kinds[i].kind;
        if (kinds[i].kind == GF_TOLERANCE_BITS && strcmp(entry->value, "yes") != 0)
            return gf_build_fail(b, entry->line,
                                 "bits: %.40s is not acceptable; write bits = yes, "
                                 "or ulp = 4",
                                 entry->value);
        if (kinds[i].kind == GF_TOLERANCE_ULP && !real)
            return gf_build_fail(b, entry->line,
                                 "ulp: the result has whole numbers; write absolute "
                                 "= NUMBER, or remove the line");
        if (kinds[i].kind != GF_TOLERANCE_BITS &&
            !gf_build_expression(b, entry, entry->value, 0, &tolerance->limit))
            return false;
    }
    if (tolerance->kind == GF_TOLERANCE_ULP && tolerance->limit == NULL &&
        !gf_build_expression(b, &usual, usual.value, 0, &tolerance->limit))
        return false;
    return share == NULL || read_share(b, share, &tolerance->share);
}

/* ---- Rows, picture ----------------------------------------------------- */

static bool read_rows(gf_builder *b) {
    const gf_ini_entry *entry = find_entry(b, "workload", "independent-rows");
    if (entry == NULL || strcmp(entry->value, "no") == 0)
        return true;
    char *end = NULL;
    const unsigned long rows =
        strcmp(entry->value, "yes") == 0 ? 1 : strtoul(entry->value, &end, 10);
    if ((end != NULL && *end != '\0') || rows < 1 || rows > 65536 || entry->value[0] == '-')
        return gf_build_fail(b, entry->line,
                             "independent-rows: %.40s is not acceptable; give yes, "
                             "no, or rows of each work-item from 1 to 65536",
                             entry->value);
    if (b->manifest->steps != NULL || b->manifest->kernel_count > 1)
        return gf_build_fail(b, entry->line,
                             "independent-rows: only a single launch can be cut; "
                             "remove the line, or the %s",
                             b->manifest->steps != NULL ? "steps" : "other kernels");
    b->manifest->independent_rows = (uint32_t)rows;
    return true;
}

static bool read_divide_by(gf_builder *b) {
    gf_manifest *m = b->manifest;
    const gf_ini_entry *entry = find_entry(b, "workload", "divide-by");
    if (entry == NULL)
        return true;
    const gf_entity *entity = gf_build_find(b, entry->value);
    if (entity == NULL || entity->kind != GF_ENTITY_PARAMETER ||
        m->params[entity->index].type != GF_PARAM_UINT)
        return gf_build_fail(b, entry->line,
                             "divide-by: %.40s is no parameter for whole numbers; name the one "
                             "that counts rows",
                             entry->value);
    m->divide_by = entity->index;
    return m->independent_rows > 0 ||
           gf_build_fail(b, entry->line,
                         "divide-by: only independent rows can be divided; add independent-rows, "
                         "or remove the line");
}

static bool read_permutable(gf_builder *b) {
    gf_manifest *m = b->manifest;
    const gf_ini_entry *entry = find_entry(b, "workload", "permutable");
    if (entry == NULL)
        return true;
    if (!gf_build_buffer(b, entry, entry->value, &m->permutable))
        return false;
    return gf_goes_up(m->buffers[m->permutable].access) ||
           gf_build_fail(b, entry->line, "permutable: %s is no input; name a buffer that goes up",
                         entry->value);
}

static bool read_picture(gf_builder *b) {
    gf_manifest *m = b->manifest;
    const gf_ini_section *section = gf_build_section(b, "picture", NULL);
    if (section == NULL)
        return true;
    const gf_ini_entry *entry = gf_ini_find(section, "buffer");
    const uint32_t line = entry == NULL ? section->line : entry->line;
    m->picture = m->result;
    if (entry != NULL && !gf_build_buffer(b, entry, entry->value, &m->picture))
        return false;
    const gf_manifest_buffer *buffer = &m->buffers[m->picture];
    if (!gf_comes_down(buffer->access))
        return gf_build_fail(
            b, line, "[picture]: %s does not come down; name an out or inout buffer", buffer->name);
    if (buffer->dimensions != 2)
        return gf_build_fail(b, line,
                             "[picture]: %s has %u dimension%s; a picture needs 2, so give "
                             "shape = rows, columns",
                             buffer->name, buffer->dimensions, buffer->dimensions == 1 ? "" : "s");
    if (buffer->components != 1)
        return gf_build_fail(b, line,
                             "[picture]: %s has %u numbers in each element; a picture "
                             "needs 1",
                             buffer->name, buffer->components);
    return gf_build_optional(b, section, "low", 0, &m->picture_low) &&
           gf_build_optional(b, section, "high", 0, &m->picture_high);
}

/* ---- The whole --------------------------------------------------------- */

static bool read_workload(gf_builder *b) {
    gf_manifest *m = b->manifest;
    const gf_ini_section *section = gf_build_section(b, "workload", NULL);
    return gf_build_value(b, section, "summary", m->name, &m->summary) &&
           gf_build_value(b, section, "work-unit", "elements", &m->work_unit) &&
           gf_build_optional(b, section, "operations", 0, &m->operations) &&
           gf_build_optional(b, section, "bytes", 0, &m->bytes) &&
           gf_build_optional(b, section, "work", 0, &m->work);
}

/* A name that nothing uses is a slip of the pen. */
static bool check_uses(gf_builder *b) {
    for (uint32_t i = 0; i < b->entity_count; i++) {
        const gf_entity *entity = &b->entities[i];
        bool used = false;
        if (entity->kind == GF_ENTITY_PARAMETER)
            used = (b->used_places >> (GF_PLACE_PARAMS + entity->index) & 1) != 0;
        else if (entity->kind == GF_ENTITY_TUNABLE)
            used = (b->used_places >> (GF_PLACE_TUNABLES + entity->index) & 1) != 0;
        else if (entity->kind != GF_ENTITY_SCALAR && entity->kind != GF_ENTITY_LOCAL)
            continue;
        for (uint32_t k = 0; k < b->manifest->kernel_count && !used; k++) {
            used = entity->kind == GF_ENTITY_TUNABLE &&
                   gf_source_has_word(&b->kernels[k].source, entity->name);
            for (uint32_t a = 0; a < b->kernels[k].count; a++)
                used = used || strcmp(b->kernels[k].arguments[a], entity->name) == 0;
        }
        for (uint32_t a = 0; a < b->twin.count; a++)
            used = used || strcmp(b->twin.arguments[a], entity->name) == 0;
        if (!used)
            return gf_build_fail(b, entity->section->line,
                                 "%s %s is used nowhere; use it, or remove the section",
                                 entity->section->kind, entity->name);
    }
    return true;
}

bool gf_build_settings(gf_builder *b) {
    return read_workload(b) && read_steps(b) && check_uses_of_step(b) && read_tolerance(b) &&
           read_rows(b) && read_divide_by(b) && read_permutable(b) && read_picture(b) &&
           check_uses(b);
}
