/* Writing JSON documents.
 *
 * jansson's _new setters fail for NULL values (from a failed allocation) and free the value in any
 * case. The functions below record a failure in *bad, so that the one check of gf_json_dump is
 * enough. */
#pragma once

#include <jansson.h>

#include "gpufare.h"

/* A JSON string; null for NULL. JSON must be UTF-8; in a text that is not, as drivers and files may
 * have, bytes beyond ASCII become '?'. Returns NULL without memory. */
json_t *gf_json_text(const char *text);
void gf_json_put(json_t *object, const char *key, json_t *value, bool *bad);
void gf_json_put_text(json_t *object, const char *key, const char *text, bool *bad);
void gf_json_put_count(json_t *object, const char *key, uint64_t count, bool *bad);
/* null for infinities and NaN, which JSON lacks. */
void gf_json_put_real(json_t *object, const char *key, double number, bool *bad);
void gf_json_append(json_t *array, json_t *value, bool *bad);
void gf_json_put_bool(json_t *object, const char *key, bool value, bool *bad);
/* null for an empty text and for none. */
void gf_json_put_filled(json_t *object, const char *key, const char *text, bool *bad);
/* null unless `has`. */
void gf_json_put_count_if(json_t *object, const char *key, bool has, uint64_t count, bool *bad);
/* The text of a key; "" where there is none. */
const char *gf_json_text_of(const json_t *object, const char *key);
/* Writes a document, unless `bad`, and frees it in any case. */
gf_status gf_json_dump(json_t *root, bool bad, FILE *stream, gf_error *error);
