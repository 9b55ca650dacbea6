/* The checklist in reports of every format. */
#ifndef GF_REPORT_CHECKLIST_H
#define GF_REPORT_CHECKLIST_H

#include <jansson.h>

#include "checklist.h"

/* One line of the checklist; GF_POINT_COUNT of them in the order of the points for each label. */
typedef struct gf_check_row {
    const char *label; /* of the device and variant */
    gf_check check;
} gf_check_row;

/* Errors stay in the stream's error flag. GF_FORMAT_JSON is not for this. */
void gf_write_checks(const gf_check_row *rows, size_t count, gf_format format, bool colour,
                     FILE *stream);
/* `bad` as in report_json.h. */
json_t *gf_json_check(const gf_check_row *row, bool *bad);

#endif
