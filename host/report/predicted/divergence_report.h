/* The cost of divergence as a table, a sentence and JSON. */
#pragma once

#include <jansson.h>

#include "analyse/divergence.h"

/* One sentence: what losing the order costs on these devices; what theory says about a GPU if none
 * took part. */
void gf_divergence_format(const gf_divergence *divergence, char *text, size_t size);

/* The table, and except in CSV the sentence; gf_divergence_json writes JSON. Fails only without
 * memory; write errors stay in the stream's error flag. */
gf_status gf_divergence_write(const gf_divergence *divergence, gf_format format, bool colour,
                              FILE *stream, gf_error *error);

/* `bad`: see base/json.h. */
json_t *gf_divergence_json(const gf_divergence *divergence, bool *bad);
