#include "manifest/parse/params.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "manifest/expression/arithmetic.h"
#include "manifest/expression/c_type.h"

/* ---- Constants --------------------------------------------------------- */

static bool refuse_constant(gf_builder *b, const gf_ini_entry *entry, const char *text) {
    char what[GF_ERROR_TEXT];
    snprintf(what, sizeof what, "%s", b->error->text);
    return gf_build_fail(b, entry->line, "%s: %.80s: %s", entry->key, text, what);
}

/* An expression without names. */
static bool read_constant(gf_builder *b, const gf_ini_entry *entry, const char *text,
                          gf_number *number) {
    const gf_expression_names none = {.what = "numbers"};
    gf_expression *expression = NULL;
    gf_status status = gf_expression_compile(text, &none, &expression, b->error);
    if (status == GF_OK)
        status = gf_expression_evaluate(expression, NULL, number, b->error);
    gf_expression_destroy(expression);
    return status == GF_OK || (status == GF_USAGE && refuse_constant(b, entry, text));
}

/* A whole number from `least` to `most`. */
static bool read_whole(gf_builder *b, const gf_ini_entry *entry, const char *text, gf_type type,
                       int64_t least, int64_t most, int64_t *whole) {
    gf_number number;
    char shown[40];
    if (!read_constant(b, entry, text, &number))
        return false;
    gf_number_format(number, shown, sizeof shown);
    if (!gf_number_as_whole(number, whole))
        return gf_build_fail(b, entry->line,
                             "%s: %s is no whole number; give one, or type = float or double",
                             entry->key, shown);
    if (*whole >= least && *whole <= most)
        return true;
    if (*whole > most && most == gf_type_most(type))
        return gf_build_fail(b, entry->line,
                             "%s: %s is beyond %s; give at most %" PRId64 ", or take it as a ulong",
                             entry->key, shown, gf_c_type_name(type), most);
    return gf_build_fail(b, entry->line,
                         "%s: %s is not acceptable; give a whole number from %" PRId64
                         " to %" PRId64 "%s",
                         entry->key, shown, least, most,
                         strcmp(entry->key, "default") == 0 ? ", or another min or max" : "");
}

static bool read_real(gf_builder *b, const gf_ini_entry *entry, double most, double *real) {
    gf_number number;
    char shown[40];
    if (!read_constant(b, entry, entry->value, &number))
        return false;
    *real = gf_number_as_real(number);
    gf_number_format(number, shown, sizeof shown);
    if (fabs(*real) <= most)
        return true;
    return gf_build_fail(b, entry->line, "%s: %s is beyond the type; give a number from %g to %g",
                         entry->key, shown, -most, most);
}

/* ---- Types ------------------------------------------------------------- */

/* Whether a function takes it, whatever its text tells. */
static bool is_taken(const gf_builder *b, const char *name) {
    for (uint32_t k = 0; k < b->manifest->kernel_count; k++) {
        for (uint32_t i = 0; i < b->kernels[k].count; i++) {
            if (strcmp(b->kernels[k].arguments[i], name) == 0)
                return true;
        }
    }
    return false;
}

/* Of a parameter whose type is not given: as a kernel takes it, else by the value of its default.
 * What no kernel takes is used in expressions only, where whole numbers may have 63 bits. */
static bool imply_type(gf_builder *b, gf_entity *entity) {
    const gf_prototype_argument *argument = gf_build_argument(b, entity->name);
    const gf_ini_entry *entry = gf_ini_find(entity->section, "default");
    gf_number number;
    if (argument != NULL && argument->kind == GF_PROTOTYPE_SCALAR && argument->has_type) {
        entity->type = argument->type.type;
        return true;
    }
    if (!read_constant(b, entry, entry->value, &number))
        return false;
    entity->type = !number.is_whole            ? GF_TYPE_F32
                   : is_taken(b, entity->name) ? GF_TYPE_U32
                                               : GF_TYPE_U64;
    return true;
}

static bool read_type(gf_builder *b, gf_entity *entity) {
    const gf_ini_entry *entry = gf_ini_find(entity->section, "type");
    gf_c_type found;
    entity->has_type = true;
    if (entry == NULL)
        return imply_type(b, entity);
    if (!gf_c_type_find(entry->value, &found) || found.components > 1)
        return gf_build_fail(b, entry->line,
                             "type: %.40s is no type of a parameter; give uint, int, ulong, long, "
                             "float or double",
                             entry->value);
    entity->type = found.type;
    return true;
}

/* ---- Parameters -------------------------------------------------------- */

/* The smallest and largest value of a whole parameter. A gf_param holds them as doubles. */
#define EXACT (INT64_C(1) << 53)

/* The default's text as gf_params_set takes it: digits. */
static bool write_whole(gf_builder *b, int64_t value, gf_param *param) {
    char text[24];
    char *copy = NULL;
    snprintf(text, sizeof text, "%" PRId64, value);
    const bool good = gf_build_text(b, text, &copy);
    param->default_text = copy;
    return good;
}

static bool read_whole_param(gf_builder *b, const gf_entity *entity, gf_param *param) {
    const gf_ini_entry *min = gf_ini_find(entity->section, "min");
    const gf_ini_entry *max = gf_ini_find(entity->section, "max");
    const gf_ini_entry *entry = gf_ini_find(entity->section, "default");
    int64_t least = 1, most = gf_type_most(entity->type), value = 0;
    const int64_t limit = most < EXACT ? most : EXACT - 1;
    if (min != NULL && !read_whole(b, min, min->value, entity->type, 0, limit, &least))
        return false;
    if (max != NULL && !read_whole(b, max, max->value, entity->type, 0, limit, &most))
        return false;
    if (least > most)
        return gf_build_fail(b, max == NULL ? min->line : max->line,
                             "max: %" PRId64 " is less than min, %" PRId64 "; exchange them", most,
                             least);
    if (!read_whole(b, entry, entry->value, entity->type, least, most, &value))
        return false;
    param->type = GF_PARAM_UINT;
    param->placeholder = "N";
    param->min = (double)least;
    param->max = (double)most;
    return write_whole(b, value, param);
}

/* 17 digits give any double again. */
static bool write_real(gf_builder *b, double value, gf_param *param) {
    char text[40];
    char *copy = NULL;
    gf_number_format(gf_number_real(value), text, sizeof text);
    const bool good = gf_build_text(b, text, &copy);
    param->default_text = copy;
    return good;
}

static bool read_real_param(gf_builder *b, const gf_entity *entity, gf_param *param) {
    const gf_ini_entry *min = gf_ini_find(entity->section, "min");
    const gf_ini_entry *max = gf_ini_find(entity->section, "max");
    const gf_ini_entry *entry = gf_ini_find(entity->section, "default");
    const double limit = entity->type == GF_TYPE_F32 ? (double)FLT_MAX : DBL_MAX;
    double value = 0;
    param->min = -limit;
    param->max = limit;
    if ((min != NULL && !read_real(b, min, limit, &param->min)) ||
        (max != NULL && !read_real(b, max, limit, &param->max)) ||
        !read_real(b, entry, limit, &value))
        return false;
    if (param->min > param->max)
        return gf_build_fail(b, max == NULL ? min->line : max->line,
                             "max: %g is less than min, %g; exchange them", param->max, param->min);
    if (value < param->min || value > param->max)
        return gf_build_fail(b, entry->line,
                             "default: %g is not acceptable; give a number from %g to %g", value,
                             param->min, param->max);
    param->type = GF_PARAM_REAL;
    param->placeholder = "X";
    return write_real(b, value, param);
}

static bool make_param(gf_builder *b, gf_entity *entity, gf_param *param) {
    char *unit = NULL, *help = NULL, *name = NULL;
    const gf_ini_section *section = entity->section;
    if (!read_type(b, entity) || !gf_build_text(b, entity->name, &name) ||
        !gf_build_value(b, section, "help", "", &help) ||
        (gf_ini_find(section, "unit") != NULL && !gf_build_value(b, section, "unit", "", &unit)))
        return false;
    param->name = name;
    param->help = help;
    param->unit = unit;
    return gf_type_is_real(entity->type) ? read_real_param(b, entity, param)
                                         : read_whole_param(b, entity, param);
}

/* ---- Tunables ---------------------------------------------------------- */

static bool make_tunable(gf_builder *b, const gf_entity *entity, gf_tunable *tunable) {
    const gf_ini_entry *entry = gf_ini_find(entity->section, "candidates");
    char *name = NULL, *help = NULL;
    gf_pieces pieces;
    if (!gf_build_split(b, entry, 16, &pieces) || !gf_build_text(b, entity->name, &name) ||
        !gf_build_value(b, entity->section, "help", "", &help))
        return false;
    uint32_t *candidates =
        gf_pool_allocate(b->manifest->pool, pieces.count + 1U, sizeof *candidates);
    if (candidates == NULL)
        return gf_build_no_memory(b);
    *tunable = (gf_tunable){
        .name = name, .help = help, .min = UINT32_MAX, .max = 0, .candidates = candidates};
    for (uint32_t i = 0; i < pieces.count; i++) {
        int64_t value = 0;
        if (!read_whole(b, entry, pieces.items[i], GF_TYPE_U32, 1, UINT32_MAX, &value))
            return false;
        candidates[i] = (uint32_t)value;
        tunable->min = candidates[i] < tunable->min ? candidates[i] : tunable->min;
        tunable->max = candidates[i] > tunable->max ? candidates[i] : tunable->max;
    }
    return true;
}

bool gf_build_params(gf_builder *b) {
    gf_manifest *m = b->manifest;
    m->params = gf_pool_allocate(m->pool, GF_MANIFEST_PARAMS, sizeof *m->params);
    m->tunables = gf_pool_allocate(m->pool, GF_MAX_TUNABLES, sizeof *m->tunables);
    if (m->params == NULL || m->tunables == NULL)
        return gf_build_no_memory(b);
    for (uint32_t i = 0; i < b->entity_count; i++) {
        gf_entity *entity = &b->entities[i];
        if (entity->kind == GF_ENTITY_PARAMETER) {
            if (!make_param(b, entity, &m->params[m->param_count]))
                return false;
            b->places[GF_PLACE_PARAMS + m->param_count++] = entity->name;
        } else if (entity->kind == GF_ENTITY_TUNABLE) {
            if (!make_tunable(b, entity, &m->tunables[m->tunable_count]))
                return false;
            b->places[GF_PLACE_TUNABLES + m->tunable_count++] = entity->name;
        }
    }
    return true;
}
