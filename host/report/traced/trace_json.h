/* A trace as JSON, schema gpufare.trace/1. */
#pragma once

#include <jansson.h>

#include "report/table/table.h"
#include "trace/program_ledger.h"

/* `bad`: see base/json.h. */
json_t *gf_json_program_ledger(const gf_program_ledger *ledger, bool *bad);
gf_status gf_trace_write_json(const gf_trace *trace, const gf_writer *to, gf_error *error);
