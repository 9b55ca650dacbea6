/* The checklist in reports of every format. */
#ifndef GF_REPORT_CHECKLIST_H
#define GF_REPORT_CHECKLIST_H

#include <jansson.h>

#include "analyse/checklist.h"

/* One line of the checklist; GF_CRITERION_COUNT of them in the order of the points for each label.
 */
typedef struct gf_criterion_row {
    const char *label; /* of the device and variant */
    gf_criterion_result check;
} gf_criterion_row;

/* Errors stay in the stream's error flag. GF_FORMAT_JSON is not for this. */
void gf_write_criteria(const gf_criterion_row *rows, size_t count, gf_format format, bool colour,
                       FILE *stream);
/* `bad` as in report_json.h. */
json_t *gf_json_check(const gf_criterion_row *row, bool *bad);

#endif
