/* The cost of divergence as a table and JSON. */
#pragma once

#include <jansson.h>

#include "analyse/divergence.h"

/* The table, and except in CSV its meaning; gf_divergence_json writes JSON. Fails only without
 * memory; write errors stay in the stream's error flag. */
gf_status gf_divergence_write(const gf_divergence *divergence, gf_format format, bool colour,
                              FILE *stream, gf_error *error);

/* `bad`: see base/json.h. */
json_t *gf_divergence_json(const gf_divergence *divergence, bool *bad);
