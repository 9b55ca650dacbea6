/* The checklist in every format. */
#pragma once

#include <jansson.h>

#include "analyse/checklist.h"

/* In any format but JSON. Fails only without memory; write errors stay in the stream's error flag.
 */
gf_status gf_write_criteria(const gf_criterion_row *rows, size_t count, gf_format format,
                            bool colour, FILE *stream, gf_error *error);

/* `bad`: see base/json.h. */
json_t *gf_json_criterion(const gf_criterion_row *row, bool *bad);
