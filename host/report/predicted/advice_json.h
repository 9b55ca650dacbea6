/* Advice for machines: schema gpufare.advise/1. Keys are only ever added. */
#pragma once

#include "advise/advice.h"

gf_status gf_advice_report_json(const gf_advice *advice, const char *schema, FILE *stream,
                                gf_error *error);
