#include "model/model_tables.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "manifest/parse/text/ini.h"
#include "model/model_files.h"

static const gf_ini_words words = {
    .needs = "a table needs sections", .first = "[memory copy]", .named = "[memory copy]"};

typedef struct reader {
    const gf_ini *ini;
    gf_tables *tables;
    gf_error *error;
} reader;

static bool fail(const reader *r, uint32_t line, const char *what) {
    gf_ini_fail(r->ini, line, r->error, "%s", what);
    return false;
}

static bool take(const reader *r, const gf_ini_section *section, const char *key, double least,
                 double *number) {
    const gf_ini_entry *entry = gf_ini_find(section, key);
    char *end = NULL;
    if (entry == NULL) {
        gf_ini_fail(r->ini, section->line, r->error, "[%.40s %.40s] has no %s; add it",
                    section->kind, section->name, key);
        return false;
    }
    *number = strtod(entry->value, &end);
    if (*end == '\0' && isfinite(*number) && *number >= least)
        return true;
    gf_ini_fail(r->ini, entry->line, r->error, "%s: %.40s is no number from %g on", key,
                entry->value, least);
    return false;
}

static int index_of(const char *const *names, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return (int)i;
    }
    return -1;
}

/* ---- shares.ini -------------------------------------------------------- */

static const char *const share_names[GF_SHARES] = {"memory", "arithmetic", "issue"};

static int kind_of(const char *name) {
    for (int i = 0; i < GF_KERNEL_KINDS; i++) {
        if (strcmp(gf_kernel_kind_name((gf_kernel_kind)i), name) == 0)
            return i;
    }
    return -1;
}

static bool take_range(const reader *r, const gf_ini_section *section, double least,
                       gf_table_range *range) {
    if (!take(r, section, "low", least, &range->low) ||
        !take(r, section, "high", least, &range->high))
        return false;
    return range->low <= range->high || fail(r, section->line, "low is above high");
}

/* Numbers of no kind of kernel. */
static bool read_other(const reader *r, const gf_ini_section *section) {
    gf_tables *tables = r->tables;
    gf_table_range milliseconds;
    double microseconds = 0;
    if (strcmp(section->kind, "latency") == 0)
        return take(
            r, section, "high", 1,
            &tables->latency[strcmp(section->name, "cpu") == 0 ? GF_MODEL_CPU : GF_MODEL_GPU]);
    if (strcmp(section->kind, "build-time") == 0 && take_range(r, section, 0, &milliseconds)) {
        tables->build_ns = (gf_table_range){milliseconds.low * 1e6, milliseconds.high * 1e6};
        return true;
    }
    if (strcmp(section->kind, "round-trip") == 0 && take(r, section, "low", 0, &microseconds)) {
        tables->round_trip_ns = microseconds * 1e3;
        return true;
    }
    return r->error->status == GF_OK ? fail(r, section->line, "the section is not known") : false;
}

static bool read_share(const reader *r, const gf_ini_section *section) {
    const int share = index_of(share_names, GF_SHARES, section->kind);
    const int kind = kind_of(section->name);
    if (strcmp(section->kind, "source") == 0)
        return true;
    if (gf_ini_find(section, "source") == NULL && gf_ini_find(section, "reason") == NULL)
        return fail(r, section->line, "the section has neither source nor reason");
    if (kind < 0)
        return read_other(r, section);
    if (share >= 0)
        return take(r, section, "low", 0.001, &r->tables->shares[share][kind]);
    if (strcmp(section->kind, "steps-per-visit") == 0)
        return take_range(r, section, 1, &r->tables->steps_per_visit[kind]);
    if (strcmp(section->kind, "instructions") == 0)
        return take_range(r, section, 0.01, &r->tables->instructions[GF_MODEL_GPU][kind]);
    if (strcmp(section->kind, "cpu-instructions") == 0)
        return take_range(r, section, 0.01, &r->tables->instructions[GF_MODEL_CPU][kind]);
    return fail(r, section->line, "the section is not known");
}

static bool check_shares(const reader *r) {
    const gf_tables *tables = r->tables;
    for (int kind = 0; kind < GF_KERNEL_KINDS; kind++) {
        for (int share = 0; share < GF_SHARES; share++) {
            if (tables->shares[share][kind] <= 0 || tables->shares[share][kind] > 1)
                return fail(r, 1, "a kind of kernel has no share of a limit, or one above 1");
        }
        if (tables->steps_per_visit[kind].low < 1 ||
            tables->instructions[GF_MODEL_GPU][kind].low <= 0 ||
            tables->instructions[GF_MODEL_CPU][kind].low <= 0)
            return fail(r, 1, "a kind of kernel has no steps-per-visit or no instructions");
    }
    return (tables->latency[GF_MODEL_GPU] >= 1 && tables->latency[GF_MODEL_CPU] >= 1) ||
           fail(r, 1, "a latency is missing");
}

/* ---- instructions.ini -------------------------------------------------- */

static const char *need_text(const reader *r, const gf_ini_section *section, const char *key) {
    const gf_ini_entry *entry = gf_ini_find(section, key);
    if (entry == NULL)
        gf_ini_fail(r->ini, section->line, r->error, "[%.40s %.40s] has no %s; add it",
                    section->kind, section->name, key);
    return entry == NULL ? NULL : entry->value;
}

static int need_word(const reader *r, const gf_ini_section *section, const char *key,
                     const char *const *choices, size_t count) {
    const char *text = need_text(r, section, key);
    const int index = text == NULL ? -1 : index_of(choices, count, text);
    if (text != NULL && index < 0)
        gf_ini_fail(r->ini, section->line, r->error, "%s: %.40s is not known", key, text);
    return index;
}

static bool read_count(const reader *r, const gf_ini_section *section) {
    static const char *const families[] = {"nvidia", "amd", "intel", "cpu"};
    static const char *const precisions[] = {"f32", "f64", "integer"};
    static const char *const maths[] = {"strict", "relaxed"};
    gf_tables *tables = r->tables;
    if (strcmp(section->kind, "compiler") == 0)
        return true;
    if (strcmp(section->kind, "count") != 0)
        return fail(r, section->line, "the section is neither [compiler NAME] nor [count NAME]");
    gf_count *count = &tables->counts[tables->count_count];
    count->line = section->line;
    count->workload = need_text(r, section, "workload");
    count->variant = count->workload == NULL ? NULL : need_text(r, section, "variant");
    if (count->variant == NULL || need_text(r, section, "compiler") == NULL)
        return false;
    const int family = need_word(r, section, "family", families, GF_COUNT_OF(families));
    const int precision =
        family < 0 ? -1 : need_word(r, section, "precision", precisions, GF_COUNT_OF(precisions));
    const int math = precision < 0 ? -1 : need_word(r, section, "math", maths, GF_COUNT_OF(maths));
    if (math < 0 || !take(r, section, "instructions", 0.01, &count->instructions))
        return false;
    count->family = (gf_model_family)family;
    count->precision = (gf_precision)precision;
    count->math = (gf_math)math;
    tables->count_count++;
    return true;
}

/* ---- typical.ini ------------------------------------------------------- */

static bool read_typical(const reader *r, const gf_ini_section *section) {
    const char *name = need_text(r, section, "model");
    if (name != NULL)
        r->tables->typical[r->tables->typical_count++] = name;
    return name != NULL;
}

/* ---- All --------------------------------------------------------------- */

typedef bool (*section_reader)(const reader *r, const gf_ini_section *section);

static gf_status read_table(const char *path, const char *text, section_reader read,
                            gf_tables *tables, gf_error *error) {
    gf_ini ini = {0};
    gf_status status = gf_ini_parse(path, text, &words, tables->pool, &ini, error);
    const reader r = {&ini, tables, error};
    if (status == GF_OK) {
        gf_pool *pool = tables->pool;
        if (read == read_count)
            tables->counts = gf_pool_allocate(pool, ini.count, sizeof *tables->counts);
        if (read == read_typical)
            tables->typical = gf_pool_allocate(pool, ini.count, sizeof *tables->typical);
        if ((read == read_count && tables->counts == NULL) ||
            (read == read_typical && tables->typical == NULL))
            status = gf_error_no_memory(error, path, ini.count);
    }
    for (size_t i = 0; status == GF_OK && i < ini.count; i++) {
        if (!read(&r, &ini.sections[i]))
            status = error->status;
    }
    if (status == GF_OK && read == read_share && !check_shares(&r))
        status = error->status;
    gf_ini_clear(&ini);
    return status;
}

gf_status gf_tables_parse(const char *shares, const char *counts, const char *typical,
                          gf_tables **tables, gf_error *error) {
    gf_pool *pool = gf_pool_create();
    gf_tables *made = pool == NULL ? NULL : gf_pool_allocate(pool, 1, sizeof *made);
    if (made == NULL) {
        gf_pool_destroy(pool);
        return gf_error_no_memory(error, "tables", sizeof *made);
    }
    made->pool = pool;
    gf_status status = read_table("models/tables/shares.ini", shares, read_share, made, error);
    if (status == GF_OK)
        status = read_table("models/tables/instructions.ini", counts, read_count, made, error);
    if (status == GF_OK)
        status = read_table("models/tables/typical.ini", typical, read_typical, made, error);
    if (status == GF_OK)
        *tables = made;
    else
        gf_pool_destroy(pool);
    return status;
}

/* Of a table that the library carries; "" where it has none. */
static const char *text_of(const char *name) {
    const gf_embedded_file *file = gf_embedded_file_find(gf_table_files, name);
    return file == NULL ? "" : (const char *)file->bytes;
}

gf_status gf_tables_create(gf_tables **tables, gf_error *error) {
    return gf_tables_parse(text_of("shares.ini"), text_of("instructions.ini"),
                           text_of("typical.ini"), tables, error);
}

void gf_tables_destroy(gf_tables *tables) {
    if (tables != NULL)
        gf_pool_destroy(tables->pool);
}

/* ---- Asking ------------------------------------------------------------ */

static bool is_of(const gf_count *count, const gf_problem *problem) {
    return problem->workload->stem != NULL &&
           strcmp(count->workload, problem->workload->stem) == 0 &&
           count->precision == problem->precision && count->math == problem->math;
}

bool gf_tables_instructions(const gf_tables *tables, const gf_problem *problem,
                            gf_model_family family, gf_table_range *range) {
    bool own = false, any = false;
    for (size_t i = 0; i < tables->count_count; i++)
        own = own || (is_of(&tables->counts[i], problem) && tables->counts[i].family == family);
    for (size_t i = 0; i < tables->count_count; i++) {
        const gf_count *count = &tables->counts[i];
        if (!is_of(count, problem) || (own && count->family != family) ||
            (!own && (family == GF_FAMILY_CPU || count->family == GF_FAMILY_CPU)))
            continue;
        range->low = any ? fmin(range->low, count->instructions) : count->instructions;
        range->high = any ? fmax(range->high, count->instructions) : count->instructions;
        any = true;
    }
    return any;
}
