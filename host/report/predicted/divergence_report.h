/* What divergence costs, as a table, a sentence and JSON. */
#ifndef GF_DIVERGENCE_REPORT_H
#define GF_DIVERGENCE_REPORT_H

#include <jansson.h>

#include "analyse/divergence.h"

/* In one sentence: what the order is worth on these devices, and that no GPU was among them. */
void gf_divergence_format(const gf_divergence *divergence, char *text, size_t size);

/* The table, and in text and Markdown the sentence. JSON is gf_divergence_json's. Errors stay in
 * the stream's error flag. */
void gf_divergence_write(const gf_divergence *divergence, gf_format format, bool colour,
                         FILE *stream);

/* `bad` as in report_json.h. */
json_t *gf_divergence_json(const gf_divergence *divergence, bool *bad);

#endif
