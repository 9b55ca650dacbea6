/* Reports in every format that the options ask for. */
#ifndef GF_TOOLS_REPORT_FILES_H
#define GF_TOOLS_REPORT_FILES_H

#include "options/settings.h"

/* Writes one report about `subject` to a stream. */
typedef gf_status (*report_writer)(FILE *stream, gf_format format, const gf_report_style *style,
                                   const void *subject, gf_error *error);

/* Writes the JSON, CSV and Markdown files, and the text table to stdout if `table` is set. A file
 * appears only when it is complete. */
gf_status report_files_write(const struct settings *settings, bool table, const char *schema,
                             report_writer write, const void *subject, gf_error *error);

#endif
