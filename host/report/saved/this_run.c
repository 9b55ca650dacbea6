/* The results of this process as a report to compare with saved ones: by way of its JSON, so that
 * both are read alike. */
#include <stdlib.h>

#include "base/entry.h"
#include "base/error.h"
#include "diff/saved_report.h"
#include "measure/comparison.h"
#include "report/json_objects.h"

gf_status gf_saved_reports_of_comparison(const gf_comparison *comparison,
                                         gf_saved_reports **reports, gf_error *error) {
    GF_ENTER(error);
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        return gf_error_no_memory(error, "a report", 0);
    gf_status status = gf_comparison_report(comparison, GF_FORMAT_JSON, NULL, stream, error);
    if (fclose(stream) != 0 && status == GF_OK)
        status = gf_error_no_memory(error, "a report", size);
    json_t *document = status == GF_OK ? json_loadb(text, size, 0, NULL) : NULL;
    if (status == GF_OK)
        status = document == NULL ? gf_error_no_memory(error, "a report", size)
                                  : gf_saved_reports_parse(document, "", reports, error);
    json_decref(document);
    free(text);
    return status;
}

gf_status gf_saved_reports_check(const gf_saved_reports *reports, const gf_comparison *comparison,
                                 gf_error *error) {
    GF_ENTER(error);
    bool bad = false;
    json_t *workload = gf_json_workload(comparison->problem, &bad);
    gf_saved_report asked = {
        .parameters = json_object_get(workload, "parameters"), /* the workload's own */
    };
    const char *name = json_string_value(json_object_get(workload, "name"));
    snprintf(asked.workload, sizeof asked.workload, "%s", name == NULL ? "" : name);
    const gf_status status = bad ? gf_error_no_memory(error, "a report", 0)
                                 : gf_saved_same_problem(&reports->reports[0], &asked, error);
    json_decref(workload);
    return status;
}
