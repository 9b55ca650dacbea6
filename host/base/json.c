#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/stream.h"

void gf_json_put(json_t *object, const char *key, json_t *value, bool *bad) {
    if (json_object_set_new(object, key, value) != 0)
        *bad = true;
}

json_t *gf_json_text(const char *text) {
    json_t *value = text == NULL ? json_null() : json_string(text);
    if (value != NULL)
        return value;
    char *ascii = strdup(text);
    if (ascii == NULL)
        return NULL;
    for (char *c = ascii; *c != '\0'; c++) {
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    }
    value = json_string(ascii);
    free(ascii);
    return value;
}

void gf_json_put_text(json_t *object, const char *key, const char *text, bool *bad) {
    gf_json_put(object, key, gf_json_text(text), bad);
}

void gf_json_put_filled(json_t *object, const char *key, const char *text, bool *bad) {
    gf_json_put_text(object, key, text == NULL || text[0] == '\0' ? NULL : text, bad);
}

void gf_json_put_bool(json_t *object, const char *key, bool value, bool *bad) {
    gf_json_put(object, key, json_boolean(value), bad);
}

void gf_json_put_count_if(json_t *object, const char *key, bool has, uint64_t count, bool *bad) {
    if (has)
        gf_json_put_count(object, key, count, bad);
    else
        gf_json_put(object, key, json_null(), bad);
}

void gf_json_put_count(json_t *object, const char *key, uint64_t count, bool *bad) {
    gf_json_put(object, key,
                count <= INT64_MAX ? json_integer((json_int_t)count) : json_real((double)count),
                bad);
}

void gf_json_put_real(json_t *object, const char *key, double number, bool *bad) {
    json_t *value = json_real(number);
    gf_json_put(object, key, value == NULL ? json_null() : value, bad);
}

const char *gf_json_text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

void gf_json_append(json_t *array, json_t *value, bool *bad) {
    if (json_array_append_new(array, value) != 0)
        *bad = true;
}

gf_status gf_json_dump(json_t *root, bool bad, FILE *stream, gf_error *error) {
    gf_status status = GF_OK;
    if (bad)
        status = gf_error_no_memory(error, "the JSON report", 0);
    else if (json_dumpf(root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) != 0)
        status = gf_error_set(error, GF_FAILED, "cannot write the JSON report");
    else
        fputc('\n', stream);
    json_decref(root);
    return status == GF_OK ? gf_check_stream(stream, error) : status;
}
