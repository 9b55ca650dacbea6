/* A diff as JSON. */
#pragma once

#include "diff/diff.h"
#include "report/table/table.h"

gf_status gf_diff_report_json(const gf_diff *diff, const gf_writer *to, gf_error *error);
/* "same", "faster", "slower", "unknown", "left out" */
const char *gf_diff_answer_name(gf_diff_answer answer);
