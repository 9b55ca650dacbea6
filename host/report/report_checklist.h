/* The checklist in reports of every format. */
#ifndef GF_REPORT_CHECKLIST_H
#define GF_REPORT_CHECKLIST_H

#include <jansson.h>

#include "analyse/checklist.h"

/* Errors stay in the stream's error flag. GF_FORMAT_JSON is not for this. */
void gf_write_criteria(const gf_criterion_row *rows, size_t count, gf_format format, bool colour,
                       FILE *stream);
/* `bad` as in report_json.h. */
json_t *gf_json_check(const gf_criterion_row *row, bool *bad);

#endif
