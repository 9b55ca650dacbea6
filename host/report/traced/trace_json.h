/* A trace as JSON, schema gpufare.trace/1. */
#pragma once

#include "report/table/table.h"

gf_status gf_trace_write_json(const gf_trace *trace, const gf_writer *to, gf_error *error);
