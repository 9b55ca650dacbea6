/* A sweep as JSON, schema gpufare.breakeven/1. Keys are only ever added. */
#pragma once

#include "breakeven/breakeven.h"
#include "report/table.h"

gf_status gf_breakeven_report_json(const gf_breakeven *breakeven, const gf_writer *to,
                                   gf_error *error);
