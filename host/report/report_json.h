/* A comparison as JSON, schema gpufare.compare/1 or gpufare.run/1. Keys are only ever added. */
#pragma once

#include "measure/comparison.h"

/* `schema` NULL: gpufare.compare/1. */
gf_status gf_comparison_report_json(const gf_comparison *comparison, const char *schema,
                                    FILE *stream, gf_error *error);
