/* The ledger of a traced process as JSON. */
#pragma once

#include <jansson.h>

#include "trace/program_ledger.h"

/* `bad`: see base/json.h. */
json_t *gf_json_program_ledger(const gf_program_ledger *ledger, bool *bad);
