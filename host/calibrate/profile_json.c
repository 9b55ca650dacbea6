/* One table of fields for each object serves writing and reading. Reading checks each field,
 * because predictions divide by these numbers and index with them. */
#include "calibrate/profile_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#define SCHEMA "gpufare.profile/1"

/* ---- Fields ------------------------------------------------------------ */

/* The largest count of ns, bytes or operations, and the largest rate: above 3000 years, and a
 * thousand times the largest computer. Sums and squares of such numbers are finite. */
#define MOST 1e20
/* Times that vary by a factor of 100 around their line or median are useless. */
#define MOST_SPREAD 100

typedef enum field_kind {
    FIELD_TEXT,        /* char[size] */
    FIELD_NAME,        /* the same, and not empty */
    FIELD_NUMBER,      /* double, 0 to MOST */
    FIELD_LATER,       /* the same; may be missing, which is 0, as in files of older versions */
    FIELD_POSITIVE,    /* double, above 0, to MOST */
    FIELD_SHARE,       /* double, above 0, to 1 */
    FIELD_SPREAD,      /* double, 0 to MOST_SPREAD */
    FIELD_COUNT,       /* uint32_t */
    FIELD_LATER_COUNT, /* the same; may be missing, which is 0, as in files of older versions */
    FIELD_BYTES,       /* uint64_t */
    FIELD_BOOL,
    FIELD_FLAG,  /* the same; may be missing, which is false, as in files of older versions */
    FIELD_RATES, /* double[GF_COPIED_SIZES]; may be missing, which is all 0 */
    FIELD_WORD   /* an enum, written as the word of its value */
} field_kind;

typedef struct field {
    const char *key;
    field_kind kind;
    size_t offset, size;
    const char *(*word)(uint32_t value); /* FIELD_WORD: NULL beyond the last value */
} field;

#define FIELD(type, key, kind, member)                                                             \
    { key, kind, offsetof(type, member), sizeof(((type *)NULL)->member), NULL }
#define FIELD_OF_WORDS(type, key, member, word)                                                    \
    { key, FIELD_WORD, offsetof(type, member), sizeof(((type *)NULL)->member), word }

static const char *class_word(uint32_t value) {
    static const char *const words[] = {[GF_CLASS_NATIVE] = "native",
                                        [GF_CLASS_GPU] = "gpu",
                                        [GF_CLASS_CPU] = "cpu",
                                        [GF_CLASS_ACCELERATOR] = "accelerator"};
    return value <= GF_CLASS_ACCELERATOR ? words[value] : NULL;
}

/* A kind ends in the class (gpufare.h); both must name the same class. */
static bool is_of_class(const char *kind, gf_device_class device_class) {
    static const char *const ends[] = {[GF_CLASS_NATIVE] = "native",
                                       [GF_CLASS_GPU] = "gpu",
                                       [GF_CLASS_CPU] = "cpu",
                                       [GF_CLASS_ACCELERATOR] = "accel"};
    const char *dash = strrchr(kind, '-');
    return strcmp(dash == NULL ? kind : dash + 1, ends[device_class]) == 0;
}

static const char *memory_word(uint32_t value) {
    return value < GF_MEMORY_KINDS ? gf_memory_kind_name((gf_memory_kind)value) : NULL;
}

static const char *precision_word(uint32_t value) {
    return value <= GF_PRECISION_INTEGER ? gf_precision_name((gf_precision)value) : NULL;
}

static const char *math_word(uint32_t value) {
    return value <= GF_MATH_RELAXED ? gf_math_choices[value] : NULL;
}

static const field profile_fields[] = {
    FIELD(gf_profile, "gpufare", FIELD_NAME, version),
    FIELD(gf_profile, "machine", FIELD_NAME, machine),
    FIELD(gf_profile, "measured_at", FIELD_TEXT, measured_at),
    FIELD(gf_profile, "took_s", FIELD_NUMBER, took_s),
    FIELD_OF_WORDS(gf_profile, "memory_used", used, memory_word),
    {0},
};

static const field device_fields[] = {
    FIELD(gf_profile, "id", FIELD_NAME, device_id),
    FIELD(gf_profile, "name", FIELD_TEXT, device_name),
    FIELD(gf_profile, "kind", FIELD_NAME, kind),
    FIELD_OF_WORDS(gf_profile, "class", device_class, class_word),
    FIELD(gf_profile, "platform", FIELD_TEXT, platform),
    FIELD(gf_profile, "driver", FIELD_TEXT, driver),
    FIELD(gf_profile, "simd", FIELD_TEXT, simd),
    FIELD(gf_profile, "global_memory_bytes", FIELD_BYTES, global_memory_bytes),
    FIELD(gf_profile, "max_alloc_bytes", FIELD_BYTES, max_alloc_bytes),
    FIELD(gf_profile, "threads", FIELD_COUNT, threads),
    FIELD(gf_profile, "f64", FIELD_BOOL, f64),
    {0},
};

static const field line_fields[] = {
    FIELD(gf_line, "a_ns", FIELD_NUMBER, a_ns),
    FIELD(gf_line, "b_ns_per_byte", FIELD_NUMBER, b_ns),
    FIELD(gf_line, "spread", FIELD_SPREAD, spread),
    FIELD(gf_line, "least_bytes", FIELD_NUMBER, least),
    FIELD(gf_line, "most_bytes", FIELD_NUMBER, most),
    FIELD(gf_line, "measurements", FIELD_COUNT, count),
    {0},
};

static const field ceiling_fields[] = {
    FIELD(gf_ceilings, "launch_ns", FIELD_NUMBER, launch_ns),
    FIELD(gf_ceilings, "copy_cached_bytes_per_s", FIELD_NUMBER, copy_cached),
    FIELD(gf_ceilings, "copy_memory_bytes_per_s", FIELD_NUMBER, copy_memory),
    FIELD(gf_ceilings, "cached_bytes", FIELD_NUMBER, cached_bytes),
    FIELD(gf_ceilings, "read_memory_bytes_per_s", FIELD_LATER, read_memory),
    FIELD(gf_ceilings, "copies_bytes_per_s", FIELD_RATES, copies),
    FIELD(gf_ceilings, "reads_bytes_per_s", FIELD_RATES, reads),
    FIELD(gf_ceilings, "least_launch_ns", FIELD_LATER, least_launch_ns),
    FIELD(gf_ceilings, "f32_operations_per_s", FIELD_NUMBER, f32),
    FIELD(gf_ceilings, "f64_operations_per_s", FIELD_NUMBER, f64),
    FIELD(gf_ceilings, "integer_operations_per_s", FIELD_NUMBER, integer),
    {0},
};

#define PART(member) FIELD(gf_profile_parts, #member, FIELD_FLAG, member)

static const field part_fields[] = {
    PART(transfers), PART(first_touch), PART(launch), PART(copies),
    PART(reads),     PART(arithmetic),  {0},
};

/* What a case is of. */
#define CASE_KEY                                                                                   \
    FIELD(gf_case, "workload", FIELD_NAME, workload),                                              \
        FIELD(gf_case, "variant", FIELD_NAME, variant),                                            \
        FIELD(gf_case, "values", FIELD_TEXT, values),                                              \
        FIELD_OF_WORDS(gf_case, "precision", precision, precision_word),                           \
        FIELD_OF_WORDS(gf_case, "math", math, math_word)

static const field case_fields[] = {
    CASE_KEY,
    FIELD(gf_case, "work", FIELD_POSITIVE, work),
    FIELD(gf_case, "operations", FIELD_NUMBER, operations),
    FIELD(gf_case, "bytes", FIELD_NUMBER, bytes),
    FIELD(gf_case, "written_share", FIELD_LATER, written),
    FIELD(gf_case, "items", FIELD_POSITIVE, items),
    FIELD(gf_case, "footprint_bytes", FIELD_POSITIVE, footprint),
    FIELD(gf_case, "legs", FIELD_POSITIVE, segments),
    FIELD(gf_case, "leg_steps", FIELD_POSITIVE, segment_steps),
    FIELD(gf_case, "bytes_up", FIELD_NUMBER, bytes_up),
    FIELD(gf_case, "bytes_down", FIELD_NUMBER, bytes_down),
    FIELD(gf_case, "moves_up", FIELD_NUMBER, uploads),
    FIELD(gf_case, "moves_down", FIELD_NUMBER, downloads),
    FIELD(gf_case, "efficiency", FIELD_SHARE, efficiency),
    FIELD(gf_case, "lane_rows", FIELD_COUNT, lanes.rows),
    FIELD(gf_case, "lane_cols", FIELD_COUNT, lanes.cols),
    FIELD(gf_case, "alloc_ns", FIELD_NUMBER, alloc_ns),
    FIELD(gf_case, "h2d_ns", FIELD_NUMBER, h2d_ns),
    FIELD(gf_case, "launch_ns", FIELD_NUMBER, launch_ns),
    FIELD(gf_case, "kernel_ns", FIELD_NUMBER, kernel_ns),
    FIELD(gf_case, "d2h_ns", FIELD_NUMBER, d2h_ns),
    FIELD(gf_case, "total_ns", FIELD_NUMBER, total_ns),
    FIELD(gf_case, "pipelined_ns", FIELD_LATER, pipelined_ns),
    FIELD(gf_case, "pipelined_parts", FIELD_LATER, pipelined_parts),
    FIELD(gf_case, "part_launches", FIELD_LATER, part_launches),
    FIELD(gf_case, "spread", FIELD_SPREAD, spread),
    FIELD(gf_case, "build_ns", FIELD_LATER, build_ns),
    FIELD(gf_case, "build_known", FIELD_FLAG, build_known),
    FIELD(gf_case, "run_deviation", FIELD_LATER, run_deviation),
    FIELD(gf_case, "compute_deviation", FIELD_LATER, compute_deviation),
    FIELD(gf_case, "transfer_deviation", FIELD_LATER, transfer_deviation),
    FIELD(gf_case, "threads", FIELD_LATER_COUNT, threads),
    FIELD(gf_case, "disturbed", FIELD_FLAG, disturbed),
    FIELD(gf_case, "turns", FIELD_LATER_COUNT, turns),
    {0},
};
static const field refused_fields[] = {CASE_KEY, {0}};

_Static_assert(sizeof(gf_device_class) == sizeof(uint32_t),
               "words are read and written as uint32_t");

/* ---- Writing ----------------------------------------------------------- */

static json_t *bytes_json(uint64_t bytes) {
    return bytes <= INT64_MAX ? json_integer((json_int_t)bytes) : json_real((double)bytes);
}

static json_t *rates_json(const double *rates) {
    json_t *array = json_array();
    bool bad = false;
    for (size_t i = 0; i < GF_COPIED_SIZES; i++)
        gf_json_append(array, json_real(rates[i]), &bad);
    if (!bad)
        return array;
    json_decref(array);
    return NULL;
}

static json_t *field_json(const field *f, const void *from) {
    switch (f->kind) {
    case FIELD_RATES:
        return rates_json(from);
    case FIELD_TEXT:
    case FIELD_NAME:
        return gf_json_text(from);
    case FIELD_NUMBER:
    case FIELD_LATER:
    case FIELD_POSITIVE:
    case FIELD_SHARE:
        return json_real(*(const double *)from);
    case FIELD_SPREAD: /* what is saved must be readable, or it is measured each time */
        return json_real(fmin(*(const double *)from, MOST_SPREAD));
    case FIELD_COUNT:
    case FIELD_LATER_COUNT:
        return json_integer(*(const uint32_t *)from);
    case FIELD_BYTES:
        return bytes_json(*(const uint64_t *)from);
    case FIELD_BOOL:
    case FIELD_FLAG:
        return json_boolean(*(const bool *)from);
    case FIELD_WORD:
        return json_string(f->word(*(const uint32_t *)from));
    }
    return NULL;
}

static void put_fields(json_t *object, const field *fields, const void *from, bool *bad) {
    for (const field *f = fields; f->key != NULL; f++)
        gf_json_put(object, f->key, field_json(f, (const char *)from + f->offset), bad);
}

static json_t *fields_json(const field *fields, const void *from, bool *bad) {
    json_t *object = json_object();
    put_fields(object, fields, from, bad);
    return object;
}

static json_t *transfers_json(const gf_profile *profile, bool *bad) {
    json_t *transfers = json_object();
    for (gf_direction d = 0; d < GF_DIRECTIONS; d++) {
        json_t *kinds = json_object();
        for (gf_memory_kind k = 0; k < GF_MEMORY_KINDS; k++) {
            const gf_line *line = &profile->transfers[d][k];
            if (line->count > 0)
                gf_json_put(kinds, gf_memory_kind_name(k), fields_json(line_fields, line, bad),
                            bad);
        }
        gf_json_put(transfers, gf_direction_name(d), kinds, bad);
    }
    return transfers;
}

static json_t *refused_json(const gf_profile *profile, bool *bad) {
    json_t *refused = json_array();
    for (size_t i = 0; i < profile->refused_count; i++)
        gf_json_append(refused, fields_json(refused_fields, &profile->refused[i], bad), bad);
    return refused;
}

json_t *gf_profile_to_json(const gf_profile *profile) {
    bool bad = false;
    json_t *object = json_object(), *cases = json_array();
    gf_json_put_text(object, "schema", SCHEMA, &bad);
    put_fields(object, profile_fields, profile, &bad);
    gf_json_put(object, "device", fields_json(device_fields, profile, &bad), &bad);
    gf_json_put(object, "transfers", transfers_json(profile, &bad), &bad);
    gf_json_put(object, "first_touch", fields_json(line_fields, &profile->first_touch, &bad), &bad);
    if (profile->first_touch_large.count > 0)
        gf_json_put(object, "first_touch_large",
                    fields_json(line_fields, &profile->first_touch_large, &bad), &bad);
    gf_json_put(object, "ceilings", fields_json(ceiling_fields, &profile->ceilings, &bad), &bad);
    gf_json_put(object, "disturbed", fields_json(part_fields, &profile->disturbed, &bad), &bad);
    gf_json_put(object, "missing", fields_json(part_fields, &profile->missing, &bad), &bad);
    for (size_t i = 0; i < profile->case_count; i++)
        gf_json_append(cases, fields_json(case_fields, &profile->cases[i], &bad), &bad);
    gf_json_put(object, "points", cases, &bad);
    gf_json_put(object, "refused", refused_json(profile, &bad), &bad);
    if (!bad)
        return object;
    json_decref(object);
    return NULL;
}

/* ---- Reading ----------------------------------------------------------- */

/* With control characters (in UTF-8 also C2 80 to C2 9F) a file could add lines to a report or
 * control the terminal. */
static bool has_controls(const char *text) {
    const unsigned char *c = (const unsigned char *)text;
    for (; *c != '\0'; c++) {
        if (*c < 0x20 || *c == 0x7f || (*c == 0xc2 && c[1] < 0xa0))
            return true;
    }
    return false;
}

static bool read_text(const field *f, const json_t *value, char *to) {
    if (!json_is_string(value) || json_string_length(value) >= f->size ||
        strlen(json_string_value(value)) != json_string_length(value) ||
        has_controls(json_string_value(value)))
        return false;
    strcpy(to, json_string_value(value));
    return f->kind == FIELD_TEXT || to[0] != '\0';
}

/* Accepts numbers from 0, or above 0 if `positive`, to `most`. */
static bool read_number(const json_t *value, bool positive, double most, double *to) {
    *to = json_is_number(value) ? json_number_value(value) : -1;
    return (positive ? *to > 0 : *to >= 0) && *to <= most;
}

static bool read_rates(const json_t *value, double *to) {
    memset(to, 0, GF_COPIED_SIZES * sizeof *to);
    bool good = value == NULL || json_array_size(value) == GF_COPIED_SIZES;
    for (size_t i = 0; value != NULL && good && i < GF_COPIED_SIZES; i++)
        good = read_number(json_array_get(value, i), false, MOST, &to[i]);
    return good;
}

static bool read_count(const json_t *value, uint32_t *to) {
    const json_int_t number = json_is_integer(value) ? json_integer_value(value) : -1;
    *to = (uint32_t)number;
    return number >= 0 && number <= UINT32_MAX;
}

/* Numbers beyond JSON's integers are reals, and mean "no limit". */
static bool read_bytes(const json_t *value, uint64_t *to) {
    *to = json_is_integer(value) ? (uint64_t)json_integer_value(value) : UINT64_MAX;
    return json_is_integer(value) ? json_integer_value(value) >= 0
                                  : json_is_real(value) && json_real_value(value) >= 0x1p63;
}

static bool read_word(const field *f, const json_t *value, uint32_t *to) {
    for (uint32_t i = 0; json_is_string(value) && f->word(i) != NULL; i++) {
        if (strcmp(f->word(i), json_string_value(value)) == 0) {
            *to = i;
            return true;
        }
    }
    return false;
}

static bool read_field(const field *f, const json_t *value, void *to) {
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_NAME:
        return read_text(f, value, to);
    case FIELD_NUMBER:
        return read_number(value, false, MOST, to);
    case FIELD_LATER:
        *(double *)to = 0;
        return value == NULL || read_number(value, false, MOST, to);
    case FIELD_RATES:
        return read_rates(value, to);
    case FIELD_POSITIVE:
        return read_number(value, true, MOST, to);
    case FIELD_SHARE:
        return read_number(value, true, 1, to);
    case FIELD_SPREAD:
        return read_number(value, false, MOST_SPREAD, to);
    case FIELD_COUNT:
        return read_count(value, to);
    case FIELD_LATER_COUNT:
        *(uint32_t *)to = 0;
        return value == NULL || read_count(value, to);
    case FIELD_BYTES:
        return read_bytes(value, to);
    case FIELD_BOOL:
    case FIELD_FLAG:
        *(bool *)to = json_is_true(value);
        return json_is_boolean(value) || (f->kind == FIELD_FLAG && value == NULL);
    case FIELD_WORD:
        return read_word(f, value, to);
    }
    return false;
}

/* Describes the valid values of a field, for a message. */
static void describe_valid(const field *f, char *buffer, size_t size) {
    static const char *const words[] = {
        [FIELD_TEXT] = "a text",
        [FIELD_NAME] = "a text",
        [FIELD_NUMBER] = "a number from 0 to 1e20",
        [FIELD_LATER] = "a number from 0 to 1e20",
        [FIELD_POSITIVE] = "a number above 0, to 1e20",
        [FIELD_SHARE] = "a number above 0, to 1",
        [FIELD_SPREAD] = "a number from 0 to 100",
        [FIELD_COUNT] = "a whole number from 0 on",
        [FIELD_LATER_COUNT] = "a whole number from 0 on",
        [FIELD_BYTES] = "a whole number from 0 on",
        [FIELD_BOOL] = "true or false",
        [FIELD_FLAG] = "true or false",
        [FIELD_RATES] = "7 numbers from 0 to 1e20",
        [FIELD_WORD] = "one of",
    };
    gf_text text = gf_text_in(buffer, size);
    gf_text_add(&text, "%s", words[f->kind]);
    if (f->kind == FIELD_TEXT || f->kind == FIELD_NAME)
        gf_text_add(&text, " of at most %zu bytes without control characters%s", f->size - 1,
                    f->kind == FIELD_NAME ? ", not empty" : "");
    for (uint32_t i = 0; f->kind == FIELD_WORD && f->word(i) != NULL; i++)
        gf_text_add(&text, "%s %s", i == 0 ? "" : ",", f->word(i));
}

static gf_status read_fields(const json_t *object, const char *where, const field *fields, void *to,
                             gf_error *error) {
    for (const field *f = fields; f->key != NULL; f++) {
        const json_t *value = json_object_get(object, f->key);
        if (read_field(f, value, (char *)to + f->offset))
            continue;
        char valid[96];
        describe_valid(f, valid, sizeof valid);
        char *text = value == NULL ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        gf_error_set(error, GF_USAGE, "%s%s is %.60s; it must be %s", where, f->key,
                     text == NULL ? "missing" : text, valid);
        free(text);
        return GF_USAGE;
    }
    return GF_OK;
}

static gf_status read_line(const json_t *object, const char *where, gf_line *line,
                           gf_error *error) {
    const gf_status status = read_fields(object, where, line_fields, line, error);
    if (status == GF_OK && line->least > line->most)
        return gf_error_set(error, GF_USAGE, "%sleast_bytes is %g, above most_bytes", where,
                            line->least);
    return status;
}

static gf_status read_transfers(const json_t *object, gf_profile *profile, gf_error *error) {
    const json_t *transfers = json_object_get(object, "transfers");
    gf_status status = GF_OK;
    for (gf_direction d = 0; d < GF_DIRECTIONS; d++) {
        const char *direction = gf_direction_name(d);
        const json_t *kinds = json_object_get(transfers, direction);
        if (!json_is_object(kinds))
            return gf_error_set(error, GF_USAGE, "transfers.%s is no object", direction);
        for (gf_memory_kind k = 0; status == GF_OK && k < GF_MEMORY_KINDS; k++) {
            const json_t *line = json_object_get(kinds, gf_memory_kind_name(k));
            char where[64];
            snprintf(where, sizeof where, "transfers.%s.%s.", direction, gf_memory_kind_name(k));
            if (line != NULL)
                status = read_line(line, where, &profile->transfers[d][k], error);
        }
        /* Only the native backend may have no transfers, and a profile that is partial. */
        if (status == GF_OK && profile->device_class != GF_CLASS_NATIVE &&
            !profile->missing.transfers && profile->transfers[d][profile->used].count == 0)
            return gf_error_set(error, GF_USAGE,
                                "transfers.%s.%s, the memory that is used, has no measurements",
                                direction, gf_memory_kind_name(profile->used));
    }
    return status;
}

static gf_status read_cases(const json_t *object, gf_profile *profile, gf_error *error) {
    const json_t *cases = json_object_get(object, "points");
    if (!json_is_array(cases))
        return gf_error_set(error, GF_USAGE, "points is no array");
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < json_array_size(cases); i++) {
        gf_case read = {0};
        char where[48];
        snprintf(where, sizeof where, "points[%zu].", i);
        status = read_fields(json_array_get(cases, i), where, case_fields, &read, error);
        if (status == GF_OK && read.written > 1)
            status = gf_error_set(error, GF_USAGE, "%swritten_share is %g, above 1", where,
                                  read.written);
        if (status == GF_OK && read.launch_ns + read.kernel_ns <= 0)
            status = gf_error_set(error, GF_USAGE,
                                  "%slaunch_ns and kernel_ns are 0; one must be above 0", where);
        if (status == GF_OK)
            status = gf_profile_add_case(profile, &read, error);
    }
    return status;
}

/* Older profiles have no list of them. */
static gf_status read_refused(const json_t *object, gf_profile *profile, gf_error *error) {
    const json_t *refused = json_object_get(object, "refused");
    gf_status status = GF_OK;
    if (refused != NULL && !json_is_array(refused))
        return gf_error_set(error, GF_USAGE, "refused is no array");
    for (size_t i = 0; status == GF_OK && i < json_array_size(refused); i++) {
        gf_case read = {0};
        char where[48];
        snprintf(where, sizeof where, "refused[%zu].", i);
        status = read_fields(json_array_get(refused, i), where, refused_fields, &read, error);
        if (status == GF_OK)
            status = gf_profile_add_refused(profile, &read, error);
    }
    return status;
}

static gf_status check_schema(const json_t *json, gf_error *error) {
    const char *schema = json_string_value(json_object_get(json, "schema"));
    if (schema != NULL && strcmp(schema, SCHEMA) == 0)
        return GF_OK;
    return gf_error_set(error, GF_USAGE, "its schema is %.40s, not " SCHEMA,
                        schema == NULL ? "missing" : schema);
}

static gf_status read_device(const json_t *object, gf_profile *profile, gf_error *error) {
    const gf_status status = read_fields(object, "device.", device_fields, profile, error);
    if (status != GF_OK || is_of_class(profile->kind, profile->device_class))
        return status;
    return gf_error_set(error, GF_USAGE,
                        "device.class is %s, and device.kind %s: they contradict each other",
                        class_word((uint32_t)profile->device_class), profile->kind);
}

static gf_status read_profile(const json_t *json, gf_profile *profile, gf_error *error) {
    gf_status status = check_schema(json, error);
    if (status == GF_OK)
        status = read_fields(json, "", profile_fields, profile, error);
    if (status == GF_OK)
        status = read_device(json_object_get(json, "device"), profile, error);
    if (status == GF_OK)
        status = read_fields(json_object_get(json, "missing"), "missing.", part_fields,
                             &profile->missing, error);
    if (status == GF_OK)
        status = read_transfers(json, profile, error);
    if (status == GF_OK)
        status = read_line(json_object_get(json, "first_touch"), "first_touch.",
                           &profile->first_touch, error);
    const json_t *large = json_object_get(json, "first_touch_large");
    if (status == GF_OK && large != NULL)
        status = read_line(large, "first_touch_large.", &profile->first_touch_large, error);
    if (status == GF_OK)
        status = read_fields(json_object_get(json, "ceilings"), "ceilings.", ceiling_fields,
                             &profile->ceilings, error);
    if (status == GF_OK)
        status = read_fields(json_object_get(json, "disturbed"), "disturbed.", part_fields,
                             &profile->disturbed, error);
    if (status == GF_OK)
        status = read_cases(json, profile, error);
    return status == GF_OK ? read_refused(json, profile, error) : status;
}

gf_status gf_profile_from_json(const json_t *json, gf_profile **profile, gf_error *error) {
    gf_profile *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a profile", sizeof *made);
    const gf_status status = read_profile(json, made, error);
    if (status == GF_OK)
        *profile = made;
    else
        gf_profile_destroy(made);
    return status;
}
