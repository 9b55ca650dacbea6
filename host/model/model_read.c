#include "model/model_read.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/text.h"
#include "manifest/parse/text/ini.h"

static const gf_ini_words words = {
    .needs = "a model needs [model], a [source NAME] and a section for each field",
    .first = "[model]",
    .named = "[source datasheet]",
};

typedef struct reader {
    const gf_ini *ini;
    gf_model *model;
    gf_error *error;
} reader;

/* ---- Entries ----------------------------------------------------------- */

/* Every key of the section must be one of `keys`, which NULL ends. */
static bool check_keys(const reader *r, const gf_ini_section *section, const char *const *keys) {
    for (size_t i = 0; i < section->count; i++) {
        const gf_ini_entry *entry = &section->entries[i];
        const char *best = NULL;
        size_t distance = SIZE_MAX, k = 0;
        while (keys[k] != NULL && strcmp(keys[k], entry->key) != 0)
            gf_text_find_nearest(entry->key, keys[k++], &best, &distance);
        if (keys[k] != NULL)
            continue;
        gf_ini_fail(r->ini, entry->line, r->error, "[%.40s] has no key %.40s; %s%s%s",
                    section->kind, entry->key, best == NULL ? "remove it" : "did you mean ",
                    best == NULL ? "" : best, best == NULL ? "" : "?");
        return false;
    }
    return true;
}

static const gf_ini_entry *need(const reader *r, const gf_ini_section *section, const char *key,
                                const char *what) {
    const gf_ini_entry *entry = gf_ini_find(section, key);
    if (entry == NULL)
        gf_ini_fail(r->ini, section->line, r->error, "[%.40s%s%.40s] has no %s; add %s = %s",
                    section->kind, section->name[0] == '\0' ? "" : " ", section->name, key, key,
                    what);
    return entry;
}

/* The index of one of the words, which NULL ends; -1 and an error if it is none. */
static int take_word(const reader *r, const gf_ini_section *section, const char *key,
                     const char *const *choices, const char *what) {
    const gf_ini_entry *entry = need(r, section, key, what);
    for (int i = 0; entry != NULL && choices[i] != NULL; i++) {
        if (strcmp(choices[i], entry->value) == 0)
            return i;
    }
    if (entry != NULL)
        gf_ini_fail(r->ini, entry->line, r->error, "%s: %.40s is not known; give %s", key,
                    entry->value, what);
    return -1;
}

/* A finite number in plain or scientific notation, and nothing behind it. */
static bool take_number(const reader *r, const gf_ini_entry *entry, double *number) {
    char *end = NULL;
    errno = 0;
    *number = strtod(entry->value, &end);
    const bool plain =
        entry->value[strspn(entry->value, "0123456789.eE+-")] == '\0' && *end == '\0';
    if (plain && end != entry->value && isfinite(*number))
        return true;
    gf_ini_fail(r->ini, entry->line, r->error, "%s: %.40s is no number; give one such as 12 or 0.5",
                entry->key, entry->value);
    return false;
}

/* ---- [model] and [source NAME] ----------------------------------------- */

static bool read_year(const reader *r, const gf_ini_section *section) {
    double year = 0;
    const gf_ini_entry *entry = need(r, section, "year", "the year of its release");
    if (entry == NULL || !take_number(r, entry, &year))
        return false;
    if (year < 1990 || year > 2100 || year > floor(year)) {
        gf_ini_fail(r->ini, entry->line, r->error, "year: %.40s is no year; give one from 1990 on",
                    entry->value);
        return false;
    }
    r->model->year = (uint32_t)year;
    return true;
}

static bool read_head(const reader *r, const gf_ini_section *section) {
    static const char *const keys[] = {"title", "vendor", "type", "bus", "family", "year", NULL};
    static const char *const types[] = {"gpu", "cpu", NULL};
    static const char *const buses[] = {"pcie", "shared", NULL};
    static const char *const families[] = {"nvidia", "amd", "intel", "cpu", NULL};
    gf_model *model = r->model;
    if (!check_keys(r, section, keys))
        return false;
    const gf_ini_entry *title = need(r, section, "title", "the name of the device");
    const gf_ini_entry *vendor = title == NULL ? NULL : need(r, section, "vendor", "who makes it");
    if (vendor == NULL)
        return false;
    const int type = take_word(r, section, "type", types, "gpu or cpu");
    const int bus = type < 0 ? -1 : take_word(r, section, "bus", buses, "pcie or shared");
    const int family =
        bus < 0 ? -1 : take_word(r, section, "family", families, "nvidia, amd, intel or cpu");
    if (family < 0)
        return false;
    model->title = title->value;
    model->vendor = vendor->value;
    model->type = (gf_model_type)type;
    model->bus = (gf_model_bus)bus;
    model->family = (gf_model_family)family;
    return read_year(r, section);
}

static size_t find_source(const gf_model *model, const char *name, size_t length) {
    for (size_t i = 0; i < model->source_count; i++) {
        if (strlen(model->sources[i].name) == length &&
            strncmp(model->sources[i].name, name, length) == 0)
            return i;
    }
    return GF_NO_SOURCE;
}

/* 2022, 2022-03 or 2022-03-22. */
static bool is_date(const char *text) {
    static const char form[] = "9999-99-99";
    const size_t length = strlen(text);
    if (length != 4 && length != 7 && length != 10)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (form[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
    }
    const long month = length < 7 ? 1 : strtol(text + 5, NULL, 10);
    const long day = length < 10 ? 1 : strtol(text + 8, NULL, 10);
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static bool read_source(const reader *r, const gf_ini_section *section) {
    static const char *const keys[] = {"title", "address", "date", "found", NULL};
    static const char *const answers[] = {"yes", "no", NULL};
    gf_model *model = r->model;
    if (!check_keys(r, section, keys))
        return false;
    if (section->name[0] == '\0') {
        gf_ini_fail(r->ini, section->line, r->error,
                    "a source has no name; write [source NAME], such as [source datasheet]");
        return false;
    }
    const size_t before = find_source(model, section->name, strlen(section->name));
    if (before != GF_NO_SOURCE) {
        gf_ini_fail(r->ini, section->line, r->error,
                    "source %.40s is given twice, first in line %u; rename one", section->name,
                    model->sources[before].line);
        return false;
    }
    const gf_ini_entry *title = need(r, section, "title", "what it is called");
    const gf_ini_entry *address =
        title == NULL ? NULL : need(r, section, "address", "where it is to be had");
    const gf_ini_entry *date =
        address == NULL ? NULL : need(r, section, "date", "when it was published or read, 2022-03");
    if (date == NULL)
        return false;
    if (!is_date(date->value)) {
        gf_ini_fail(r->ini, date->line, r->error,
                    "date: %.40s is no date; write the year, and month and day where they are "
                    "known: 2022-03-22",
                    date->value);
        return false;
    }
    const int missing = gf_ini_find(section, "found") == NULL
                            ? 0
                            : take_word(r, section, "found", answers, "yes or no");
    if (missing < 0)
        return false;
    model->sources[model->source_count++] = (gf_model_source){
        section->name, title->value, address->value, date->value, missing == 1, section->line};
    return true;
}

/* ---- Fields ------------------------------------------------------------ */

/* "whitepaper: table 2" */
static bool read_origin(const reader *r, const gf_ini_section *section, gf_model_value *value) {
    const gf_ini_entry *source = gf_ini_find(section, "source");
    const gf_ini_entry *reason = gf_ini_find(section, "reason");
    const bool range = gf_ini_find(section, "value") == NULL;
    value->source = GF_NO_SOURCE;
    if (source == NULL && reason == NULL) {
        gf_ini_fail(r->ini, section->line, r->error,
                    range
                        ? "[%.40s] has neither source nor reason; add source = NAME, or reason = "
                          "why the range is safe"
                        : "[%.40s] has no source; add source = NAME, or give low, high and reason",
                    section->kind);
        return false;
    }
    if (source == NULL && !range) {
        gf_ini_fail(r->ini, reason->line, r->error,
                    "a single value needs a source; add source = NAME, or give low and high");
        return false;
    }
    value->reason = reason == NULL ? NULL : reason->value;
    if (source == NULL)
        return true;
    const char *colon = strchr(source->value, ':');
    size_t length = colon == NULL ? strlen(source->value) : (size_t)(colon - source->value);
    while (length > 0 && source->value[length - 1] == ' ')
        length--;
    value->source = find_source(r->model, source->value, length);
    if (value->source == GF_NO_SOURCE) {
        gf_ini_fail(r->ini, source->line, r->error,
                    "no source is called %.*s; add [source %.*s], or name one that is there",
                    (int)(length < 40 ? length : 40), source->value,
                    (int)(length < 40 ? length : 40), source->value);
        return false;
    }
    if (colon != NULL && colon[1 + strspn(colon + 1, " ")] != '\0')
        value->place = colon + 1 + strspn(colon + 1, " ");
    return true;
}

static bool check_number(const reader *r, const gf_ini_entry *entry, const gf_field_info *info,
                         double number) {
    const bool broken = info->whole && number > floor(number);
    if (number >= info->min && number <= info->max && !broken)
        return true;
    gf_ini_fail(r->ini, entry->line, r->error,
                "%s of %s: %.40s%s%s is not acceptable; give a %snumber from %g to %g", entry->key,
                info->name, entry->value, info->unit[0] == '\0' ? "" : " ", info->unit,
                info->whole ? "whole " : "", info->min, info->max);
    return false;
}

static bool read_numbers(const reader *r, const gf_ini_section *section, const gf_field_info *info,
                         gf_model_value *value) {
    const gf_ini_entry *single = gf_ini_find(section, "value");
    const gf_ini_entry *low = gf_ini_find(section, "low"), *high = gf_ini_find(section, "high");
    if (single != NULL && (low != NULL || high != NULL)) {
        gf_ini_fail(r->ini, single->line, r->error,
                    "[%s] has a value and a range; remove value, or low and high", info->name);
        return false;
    }
    if (single == NULL && (low == NULL || high == NULL)) {
        gf_ini_fail(r->ini, section->line, r->error,
                    low == NULL && high == NULL ? "[%s] has no number; add value, or low and high"
                                                : "[%s] has half a range; give both low and high",
                    info->name);
        return false;
    }
    low = single != NULL ? single : low;
    high = single != NULL ? single : high;
    if (!take_number(r, low, &value->low) || !check_number(r, low, info, value->low) ||
        !take_number(r, high, &value->high) || !check_number(r, high, info, value->high))
        return false;
    if (value->low <= value->high)
        return true;
    gf_ini_fail(r->ini, high->line, r->error,
                "high of %s: %.40s is below low, %.40s; exchange them", info->name, high->value,
                low->value);
    return false;
}

static bool read_field(const reader *r, const gf_ini_section *section, gf_model_field field) {
    static const char *const keys[] = {"value", "low", "high", "source", "reason", NULL};
    const gf_field_info *info = &gf_field_infos[field];
    gf_model_value *value = &r->model->values[field];
    if (!check_keys(r, section, keys))
        return false;
    if (section->name[0] != '\0') {
        gf_ini_fail(r->ini, section->line, r->error, "[%s] takes no name; remove %.40s", info->name,
                    section->name);
        return false;
    }
    if (value->given) {
        gf_ini_fail(r->ini, section->line, r->error,
                    "[%s] is given twice, first in line %u; remove one", info->name, value->line);
        return false;
    }
    value->given = true;
    value->line = section->line;
    return read_numbers(r, section, info, value) && read_origin(r, section, value);
}

/* ---- The whole --------------------------------------------------------- */

static int find_field(const char *name) {
    for (int i = 0; i < GF_MODEL_FIELDS; i++) {
        if (strcmp(gf_field_infos[i].name, name) == 0)
            return i;
    }
    return -1;
}

static bool is_other_section(const gf_ini_section *section) {
    return strcmp(section->kind, "model") == 0 || strcmp(section->kind, "source") == 0;
}

static bool refuse_section(const reader *r, const gf_ini_section *section) {
    const char *best = NULL;
    size_t distance = SIZE_MAX;
    for (int i = 0; i < GF_MODEL_FIELDS; i++)
        gf_text_find_nearest(section->kind, gf_field_infos[i].name, &best, &distance);
    gf_ini_fail(r->ini, section->line, r->error, "no field is called %.40s; %s%s%s", section->kind,
                best == NULL ? "remove the section" : "did you mean [", best == NULL ? "" : best,
                best == NULL ? "" : "]?");
    return false;
}

static bool read_head_and_sources(const reader *r) {
    const gf_ini_section *head = NULL;
    for (size_t i = 0; i < r->ini->count; i++) {
        const gf_ini_section *section = &r->ini->sections[i];
        if (strcmp(section->kind, "source") == 0 && !read_source(r, section))
            return false;
        if (strcmp(section->kind, "model") != 0)
            continue;
        if (head != NULL) {
            gf_ini_fail(r->ini, section->line, r->error,
                        "[model] is given twice, first in line %u; remove one", head->line);
            return false;
        }
        head = section;
    }
    if (head != NULL)
        return read_head(r, head);
    gf_ini_fail(r->ini, 1, r->error,
                "there is no [model]; add it with title, vendor, type, bus, family and year");
    return false;
}

/* Numbers that belong together. */
static bool check_rates(const reader *r) {
    const gf_model_value *values = r->model->values;
    const gf_model_value *base = &values[GF_MODEL_CLOCK_BASE],
                         *boost = &values[GF_MODEL_CLOCK_BOOST], *add = &values[GF_MODEL_F64_ADD],
                         *multiply = &values[GF_MODEL_F64_MULTIPLY];
    if (base->low > boost->low) {
        gf_ini_fail(r->ini, boost->line, r->error,
                    "clock-boost, %g, is below clock-base, %g; exchange them", boost->low,
                    base->low);
        return false;
    }
    if ((add->low > 0) == (multiply->low > 0))
        return true;
    gf_ini_fail(r->ini, multiply->line, r->error,
                "f64-add is %g and f64-multiply %g; a device has both, or none with 0 for each",
                add->low, multiply->low);
    return false;
}

/* The widths of PCI Express. */
static bool check_lanes(const reader *r, const gf_model_value *lanes) {
    static const double widths[] = {1, 2, 4, 8, 12, 16, 32};
    bool low = !lanes->given, high = !lanes->given;
    for (size_t i = 0; i < GF_COUNT_OF(widths); i++) {
        low = low || lanes->low == widths[i];
        high = high || lanes->high == widths[i];
    }
    if (!low || !high)
        gf_ini_fail(r->ini, lanes->line, r->error,
                    "[pcie-lanes]: no bus has %g lanes; give 1, 2, 4, 8, 12, 16 or 32",
                    low ? lanes->high : lanes->low);
    return low && high;
}

/* What must be there is, and what belongs to a bus is on one. */
static bool check_fields(const reader *r) {
    const gf_model *model = r->model;
    for (int i = 0; i < GF_MODEL_FIELDS; i++) {
        const gf_field_info *info = &gf_field_infos[i];
        const bool required = info->need == GF_FIELD_REQUIRED ||
                              (info->need == GF_FIELD_PCIE && model->bus == GF_BUS_PCIE);
        if (required && !model->values[i].given) {
            gf_ini_fail(r->ini, r->ini->sections[0].line, r->error,
                        "the field %s is missing (%s%s%s); add [%s] with value and source, or low, "
                        "high and reason",
                        info->name, info->what, info->unit[0] == '\0' ? "" : ", in ", info->unit,
                        info->name);
            return false;
        }
    }
    const gf_model_value *lanes = &model->values[GF_MODEL_PCIE_LANES];
    if (model->bus == GF_BUS_SHARED && lanes->given) {
        gf_ini_fail(r->ini, lanes->line, r->error,
                    "[pcie-lanes]: memory that is shared has no bus; remove it, or write bus = "
                    "pcie");
        return false;
    }
    return check_lanes(r, lanes) && check_rates(r);
}

static bool read_all(const reader *r) {
    gf_model *model = r->model;
    model->sources = gf_pool_allocate(model->pool, r->ini->count, sizeof *model->sources);
    if (model->sources == NULL) {
        gf_error_no_memory(r->error, model->path, r->ini->count * sizeof *model->sources);
        return false;
    }
    if (!read_head_and_sources(r))
        return false;
    for (size_t i = 0; i < r->ini->count; i++) {
        const gf_ini_section *section = &r->ini->sections[i];
        const int field = find_field(section->kind);
        if (is_other_section(section))
            continue;
        if (field < 0 ? !refuse_section(r, section)
                      : !read_field(r, section, (gf_model_field)field))
            return false;
    }
    return check_fields(r);
}

/* "models/h100-pcie.ini" is h100-pcie. */
static const char *name_of(const char *path, gf_pool *pool) {
    const char *slash = strrchr(path, '/');
    const char *begin = slash == NULL ? path : slash + 1;
    size_t length = strlen(begin);
    if (length > 4 && strcmp(begin + length - 4, ".ini") == 0)
        length -= 4;
    return gf_pool_copy(pool, begin, length);
}

/* `text` NULL: the file's. */
static gf_status fill(gf_model *model, const char *path, const char *text, gf_error *error) {
    gf_ini ini = {0};
    model->path = gf_pool_copy(model->pool, path, strlen(path));
    model->name = name_of(path, model->pool);
    if (model->path == NULL || model->name == NULL)
        return gf_error_no_memory(error, path, strlen(path));
    gf_status status = text == NULL ? gf_ini_read(path, &words, model->pool, &ini, error)
                                    : gf_ini_parse(path, text, &words, model->pool, &ini, error);
    const reader r = {&ini, model, error};
    if (status == GF_OK && !read_all(&r))
        status = error->status;
    gf_ini_clear(&ini);
    return status;
}

static gf_status make(const char *path, const char *text, gf_model **model, gf_error *error) {
    gf_pool *pool = gf_pool_create();
    gf_model *made = pool == NULL ? NULL : gf_pool_allocate(pool, 1, sizeof *made);
    if (made == NULL) {
        gf_pool_destroy(pool);
        return gf_error_no_memory(error, "a model", sizeof *made);
    }
    made->pool = pool;
    const gf_status status = fill(made, path, text, error);
    if (status == GF_OK)
        *model = made;
    else
        gf_pool_destroy(pool);
    return status;
}

gf_status gf_model_read(const char *path, gf_model **model, gf_error *error) {
    return make(path, NULL, model, error);
}

gf_status gf_model_parse(const char *path, const char *text, gf_model **model, gf_error *error) {
    return make(path, text, model, error);
}
