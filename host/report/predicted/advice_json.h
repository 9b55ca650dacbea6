/* Advice for machines: schema gpufare.advise/1. Keys are only ever added. */
#pragma once

#include "advise/advice.h"
#include "report/table/table.h"

gf_status gf_advice_report_json(const gf_advice *advice, const gf_writer *to, gf_error *error);
