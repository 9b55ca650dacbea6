/* A threshold as JSON, schema gpufare.threshold/1. Keys are only ever added. */
#pragma once

#include "report/exported/threshold_data.h"

gf_status gf_threshold_write_json(const gf_threshold_export *made, FILE *stream, gf_error *error);
