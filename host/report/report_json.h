/* A comparison as JSON, schema gpufare.compare/1 or gpufare.run/1. Keys are only ever added. */
#pragma once

#include "measure/comparison.h"
#include "report/table/table.h"

/* A schema of NULL is gpufare.compare/1. */
gf_status gf_comparison_report_json(const gf_comparison *comparison, const gf_writer *to,
                                    gf_error *error);
