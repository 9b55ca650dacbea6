/* A sweep as text, Markdown and CSV. */
#ifndef GF_BREAKEVEN_REPORT_H
#define GF_BREAKEVEN_REPORT_H

#include "breakeven/breakeven.h"

/* Text, Markdown, CSV (one row for each device and value) or JSON (gpufare.breakeven/1). */
gf_status gf_breakeven_report(const gf_breakeven *breakeven, gf_format format,
                              const gf_report_style *style, FILE *stream, gf_error *error);

#endif
