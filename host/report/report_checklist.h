/* The checklist in every format. */
#pragma once

#include <jansson.h>

#include "analyse/checklist.h"
#include "analyse/ranking.h"
#include "report/table/table.h"

/* `rows`: GF_CRITERION_COUNT for each row of `ranked`. Unless verbose, each device is shown by one
 * of its variants. In any format but JSON. Fails only without memory. */
gf_status gf_write_criteria(const gf_criterion_row *rows, const gf_rank_rows *ranked,
                            const gf_writer *to, gf_error *error);

/* `bad`: see base/json.h. */
json_t *gf_json_criterion(const gf_criterion_row *row, bool *bad);
