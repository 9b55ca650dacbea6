/* The report of a comparison for people, which others continue. */
#pragma once

#include "measure/comparison.h"
#include "report/table/writer.h"

/* Verdict, tables, pictures, notes and checklist in text, in Markdown, or on a page. Fails only
 * without memory. */
gf_status gf_write_comparison_report(const gf_comparison *comparison, const gf_writer *to,
                                     gf_error *error);
