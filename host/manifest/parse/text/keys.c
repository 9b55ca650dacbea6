#include "manifest/parse/text/keys.h"

#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/text.h"
#include "manifest/manifest.h"

#define REQUIRED "required"

static const gf_manifest_key workload_keys[] = {
    {"name", "a C name", "the name of the file", "what reports call the workload"},
    {"summary", "text", "the name", "one line for help and reports"},
    {"result", "a buffer", "the first of the pair, else the first buffer that comes down",
     "the buffer that is compared, drawn and summed up"},
    {"operations", "an expression", "not known",
     "floating-point or integer operations of the whole run, for rooflines"},
    {"bytes", "an expression", "each buffer that goes up or comes down, once",
     "bytes between memory and the processor in the whole run, without caches"},
    {"work", "an expression", "elements of the result, times the steps",
     "useful work of the whole run, for the column of rates"},
    {"work-unit", "text", "elements", "the unit of work, in the plural"},
    {"permutable", "a buffer", "none",
     "an input whose rows may come in any order: the rows of the result then come in the same "
     "order. The cost of divergence is measured with it"},
    {"independent-rows", "yes, no or a number", "no",
     "work-item i of the last dimension touches only row i of every buffer that goes up or comes "
     "down, or this number of rows from i times it on, so that transfers may overlap kernels. "
     "It is checked"},
    {"divide-by", "a parameter", "none",
     "the parameter that counts the independent rows: each device of a set computes the problem with "
     "fewer of them. It is checked"},
};

static const gf_manifest_key parameter_keys[] = {
    {"type", "uint, int, ulong, long, float or double",
     "as a kernel takes it; else float if the default is a real, such as 1.0 or 1e6, else ulong",
     "whole numbers of a parameter are never negative"},
    {"default", "numbers and operators", REQUIRED, "the value that holds if none is given"},
    {"min", "numbers and operators", "1 of whole numbers", "the least value"},
    {"max", "numbers and operators", "the largest of the type", "the greatest value"},
    {"unit", "text", "none", "\"elements\", \"m/s\""},
    {"help", "text", "none", "one line for help"},
};

static const gf_manifest_key tunable_keys[] = {
    {"candidates", "numbers, separated by commas", REQUIRED,
     "values that are tried, of which the first is the default; the kernel gets -D NAME=VALUE"},
    {"help", "text", "none", "one line for help"},
};

static const gf_manifest_key buffer_keys[] = {
    {"shape", "1 to 3 expressions, separated by commas", REQUIRED,
     "elements in each dimension in C order: the last one is contiguous"},
    {"type", "char to ulong, float, double, or a vector of them", "as a kernel takes it",
     "the type of an element; a vector of 3 takes the room of 4"},
    {"access", "in, out, inout or scratch",
     "in if every kernel takes it as const; scratch for the second of a pair; else inout",
     "in goes up, out comes down, inout does both, scratch stays on the device"},
    {"begin",
     "zeros, uniform(A, B), normal(MEAN, DEVIATION), ramp(A, STEP), index, offsets(TOTAL) or FILE.npy",
     "uniform(0, 1) of reals and index of whole numbers, if it goes up",
     "what it holds before the first kernel: uniform is from A up to B, ramp is A + STEP * i, index "
     "is i, where i counts elements; ramp(A, 0) is A everywhere; offsets are whole numbers from 0 in "
     "the first element to TOTAL in the last, random in between and never falling, such as where "
     "the rows of a sparse matrix begin"},
};

static const gf_manifest_key scalar_keys[] = {
    {"value", "an expression", REQUIRED, "computed for each launch"},
    {"type", "char to ulong, float or double", "as the kernel takes it",
     "needed only if macros hide the kernel's own type"},
};

static const gf_manifest_key local_keys[] = {
    {"bytes", "an expression", REQUIRED,
     "the size of the local array, such as local_size * sizeof(float)"},
};

static const gf_manifest_key kernel_keys[] = {
    {"file", "a file", "NAME.cl, with the workload's name", "the source, beside the manifest"},
    {"global", "1 to 3 expressions, separated by commas", REQUIRED,
     "work-items in each dimension, get_global_id(0) first; rounded up to whole work-groups, so the "
     "kernel tests its index"},
    {"local", "sizes such as 64, 128 or 16x16, 32x8", "the driver chooses",
     "work-groups that are tried, of which the first is the default"},
    {"arguments", "names, separated by commas", "the names in the kernel's own text",
     "what each argument is, in the kernel's order: buffers, parameters, scalars, local arrays, step"},
    {"options", "text", "none", "further options of the OpenCL compiler"},
};

static const gf_manifest_key twin_keys[] = {
    {"file", "a file", "NAME.c, with the workload's name", "the source in C, beside the manifest"},
    {"arguments", "names, separated by commas", "the names in the function's own text",
     "what each argument is, in the function's order; also begin and end"},
    {"range", "an expression", "the first extent of the result",
     "where begin and end come from, if the function takes them: it is then called for pieces of 0 "
     "to this, by as many threads as there are"},
    {"steps", "each or all", "each",
     "whether it is called for each step, or once for all, as a sort may be"},
    {"flags", "text", "none", "further options of the C compiler"},
};

static const gf_manifest_key steps_keys[] = {
    {"count", "an expression", REQUIRED, "time steps; all kernels run in each step"},
    {"pair", "two buffers", "none",
     "after each step they change places: what was written is read in the next step"},
    {"per-transfer", "an expression", "count", "steps from one download of the result to the next"},
};

static const gf_manifest_key tolerance_keys[] = {
    {"bits", "yes", "yes, of whole numbers", "results are the same to the bit"},
    {"ulp", "an expression", "4, of reals", "units in the last place by which elements may differ"},
    {"absolute", "an expression", "none", "the difference that elements may have"},
    {"relative", "an expression", "none", "the same as a share of the larger of both"},
    {"share", "a number from 0 to 1", "0", "the share of the elements that may differ by more"},
};

static const gf_manifest_key picture_keys[] = {
    {"buffer", "a buffer", "the result", "what is drawn; its shape has two extents"},
    {"low", "an expression", "the least value", "the value of the darkest colour"},
    {"high", "an expression", "the greatest value", "the value of the brightest colour"},
};

#define KEYS(name) name##_keys, GF_COUNT_OF(name##_keys)

const gf_manifest_section gf_manifest_sections[] = {
    {"kernel", GF_MAYBE_NAMED, GF_MANIFEST_KERNELS,
     "a launch of the function of this name, or of the workload's; several run one after the other",
     KEYS(kernel)},
    {"twin", GF_MAYBE_NAMED, 1,
     "the C function that computes the same on the CPU, of this name or the workload's; without this "
     "section nothing independent proves the results",
     KEYS(twin)},
    {"parameter", GF_NAMED, GF_MANIFEST_PARAMS, "a number that the user may set", KEYS(parameter)},
    {"buffer", GF_NAMED, GF_MAX_BUFFERS, "an array", KEYS(buffer)},
    {"scalar", GF_NAMED, GF_MAX_SCALARS, "an argument that is computed", KEYS(scalar)},
    {"local", GF_NAMED, GF_MAX_BUFFERS, "an argument in local memory", KEYS(local)},
    {"tunable", GF_NAMED, GF_MAX_TUNABLES, "a number that changes the time and never the result",
     KEYS(tunable)},
    {"steps", GF_UNNAMED, 1, "time steps", KEYS(steps)},
    {"tolerance", GF_UNNAMED, 1, "how far a right result may be from the twin's", KEYS(tolerance)},
    {"picture", GF_UNNAMED, 1, "what is drawn", KEYS(picture)},
    {"workload", GF_UNNAMED, 1, "what concerns the whole", KEYS(workload)},
};

const size_t gf_manifest_section_count = GF_COUNT_OF(gf_manifest_sections);

/* ---- Checks ------------------------------------------------------------ */

static const gf_manifest_section *find_section(const char *kind) {
    for (size_t i = 0; i < gf_manifest_section_count; i++) {
        if (strcmp(gf_manifest_sections[i].kind, kind) == 0)
            return &gf_manifest_sections[i];
    }
    return NULL;
}

static const gf_manifest_key *find_key(const gf_manifest_section *section, const char *name) {
    for (size_t i = 0; i < section->key_count; i++) {
        if (strcmp(section->keys[i].name, name) == 0)
            return &section->keys[i];
    }
    return NULL;
}

/* "kernel, twin, parameter" */
static void list_names(const char *const *names, size_t count, char *list, size_t size) {
    gf_text text = gf_text_in(list, size);
    for (size_t i = 0; i < count; i++)
        gf_text_add(&text, "%s%s", i > 0 ? ", " : "", names[i]);
}

/* A section by its plural, a common slip, is near as well. */
static gf_status unknown_section(const gf_ini *ini, const gf_ini_section *given, gf_error *error) {
    const char *names[GF_COUNT_OF(gf_manifest_sections)], *nearest = NULL;
    size_t distance = SIZE_MAX;
    char list[200];
    for (size_t i = 0; i < gf_manifest_section_count; i++) {
        names[i] = gf_manifest_sections[i].kind;
        gf_text_find_nearest(given->kind, names[i], &nearest, &distance);
    }
    list_names(names, GF_COUNT_OF(names), list, sizeof list);
    if (nearest != NULL)
        return gf_ini_fail(ini, given->line, error,
                           "no section is called %.40s; did you mean [%s]?", given->kind, nearest);
    return gf_ini_fail(ini, given->line, error, "no section is called %.40s; there are: %s",
                       given->kind, list);
}

static gf_status unknown_key(const gf_ini *ini, const gf_manifest_section *section,
                             const gf_ini_entry *entry, gf_error *error) {
    const char *names[16], *nearest = NULL;
    size_t distance = SIZE_MAX;
    char list[200];
    for (size_t i = 0; i < section->key_count; i++) {
        names[i] = section->keys[i].name;
        gf_text_find_nearest(entry->key, names[i], &nearest, &distance);
    }
    if (nearest != NULL)
        return gf_ini_fail(ini, entry->line, error, "[%s] has no %.40s; did you mean %s?",
                           section->kind, entry->key, nearest);
    for (size_t i = 0; i < gf_manifest_section_count; i++) {
        if (find_key(&gf_manifest_sections[i], entry->key) != NULL)
            return gf_ini_fail(ini, entry->line, error, "[%s] has no %s; it belongs to [%s]",
                               section->kind, entry->key, gf_manifest_sections[i].kind);
    }
    list_names(names, section->key_count, list, sizeof list);
    return gf_ini_fail(ini, entry->line, error, "[%s] has no %.40s; its keys are: %s",
                       section->kind, entry->key, list);
}

static gf_status check_naming(const gf_ini *ini, const gf_manifest_section *section,
                              const gf_ini_section *given, gf_error *error) {
    if (section->naming == GF_NAMED && given->name[0] == '\0')
        return gf_ini_fail(ini, given->line, error, "[%s] has no name; write [%s NAME]",
                           given->kind, given->kind);
    if (section->naming == GF_UNNAMED && given->name[0] != '\0')
        return gf_ini_fail(ini, given->line, error, "[%s] takes no name; write [%s]", given->kind,
                           given->kind);
    return GF_OK;
}

static gf_status check_number(const gf_ini *ini, const gf_manifest_section *section, size_t index,
                              gf_error *error) {
    uint32_t before = 0;
    for (size_t i = 0; i < index; i++)
        before += strcmp(ini->sections[i].kind, section->kind) == 0;
    if (before < section->most)
        return GF_OK;
    const uint32_t line = ini->sections[index].line;
    if (section->most == 1)
        return gf_ini_fail(ini, line, error, "a second [%s]; there is one at most, so join them",
                           section->kind);
    return gf_ini_fail(ini, line, error, "%u sections [%s]; the limit is %u, so remove some",
                       before + 1, section->kind, section->most);
}

static gf_status check_section(const gf_ini *ini, size_t index, gf_error *error) {
    const gf_ini_section *given = &ini->sections[index];
    const gf_manifest_section *section = find_section(given->kind);
    if (section == NULL)
        return unknown_section(ini, given, error);
    gf_status status = check_naming(ini, section, given, error);
    if (status == GF_OK)
        status = check_number(ini, section, index, error);
    for (size_t i = 0; status == GF_OK && i < given->count; i++) {
        if (find_key(section, given->entries[i].key) == NULL)
            status = unknown_key(ini, section, &given->entries[i], error);
    }
    for (size_t i = 0; status == GF_OK && i < section->key_count; i++) {
        const gf_manifest_key *key = &section->keys[i];
        if (strcmp(key->otherwise, REQUIRED) == 0 && gf_ini_find(given, key->name) == NULL)
            status =
                gf_ini_fail(ini, given->line, error, "[%s%s%s] has no %s; give %s", given->kind,
                            given->name[0] == '\0' ? "" : " ", given->name, key->name, key->takes);
    }
    return status;
}

static bool has_section(const gf_ini *ini, const char *kind) {
    for (size_t i = 0; i < ini->count; i++) {
        if (strcmp(ini->sections[i].kind, kind) == 0)
            return true;
    }
    return false;
}

gf_status gf_manifest_check_keys(const gf_ini *ini, gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; i < ini->count && status == GF_OK; i++)
        status = check_section(ini, i, error);
    if (status != GF_OK)
        return status;
    if (!has_section(ini, "kernel"))
        return gf_ini_fail(ini, 1, error,
                           "no [kernel]; add it, with global = the number of work-items");
    if (!has_section(ini, "buffer"))
        return gf_ini_fail(ini, 1, error,
                           "no [buffer NAME]; add one for each array that the kernel takes");
    return GF_OK;
}
