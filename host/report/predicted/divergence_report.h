/* The cost of divergence as a table and JSON. */
#pragma once

#include <jansson.h>

#include "analyse/divergence.h"
#include "report/table/table.h"

/* The table, and except in CSV its meaning; gf_divergence_json writes JSON. Fails only without
 * memory. */
gf_status gf_divergence_write(const gf_divergence *divergence, const gf_writer *to,
                              gf_error *error);

/* `bad`: see base/json.h. */
json_t *gf_divergence_json(const gf_divergence *divergence, bool *bad);
