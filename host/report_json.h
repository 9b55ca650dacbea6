/* What JSON documents have in common. */
#ifndef GF_REPORT_JSON_H
#define GF_REPORT_JSON_H

#include <jansson.h>

/* A JSON string; null for NULL. Texts come from drivers and files and may be no UTF-8, which JSON
 * is: then bytes beyond ASCII become '?'. NULL when there is no memory. */
json_t *gf_json_text(const char *text);

#endif
