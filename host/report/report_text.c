#include "report/report_text.h"

#include <stdarg.h>

void gf_write_heading(const gf_problem *problem, const gf_writer *to) {
    const gf_workload *workload = problem->workload;
    fprintf(to->stream, to->format == GF_FORMAT_MARKDOWN ? "## %s: " : "%s: ", workload->name);
    for (uint32_t i = 0; i < workload->param_count; i++)
        fprintf(to->stream, "%s%s %s", i == 0 ? "" : ", ", workload->params[i].name,
                gf_params_text(problem->params, workload->params[i].name));
    fputs("\n\n", to->stream);
}

void gf_write_conclusion(const char *label, const char *text, const gf_writer *to) {
    fprintf(to->stream,
            to->format == GF_FORMAT_MARKDOWN ? "**%s:** %s\n"
            : to->colour                     ? "\033[1m%s\033[0m: %s\n"
                                             : "%s: %s\n",
            label, text);
}

void gf_write_cut_short(const gf_writer *to) {
    if (to->cut_short == NULL)
        return;
    gf_write_conclusion("Cut short", to->cut_short, to);
    if (to->format == GF_FORMAT_MARKDOWN)
        fputc('\n', to->stream);
}

void gf_arithmetic_format(const gf_problem *problem, char *text, size_t size) {
    if (problem->precision == GF_PRECISION_INTEGER)
        snprintf(text, size, "integer arithmetic"); /* which has no relaxed math */
    else
        snprintf(text, size, "%s, %s math", gf_precision_name(problem->precision),
                 gf_math_choices[problem->math]);
}

void gf_write_note(const gf_writer *to, const char *label, const char *text, ...) {
    va_list arguments;
    fprintf(to->stream, to->format == GF_FORMAT_MARKDOWN ? "- %s: " : "  %s: ", label);
    va_start(arguments, text);
    vfprintf(to->stream, text, arguments);
    va_end(arguments);
    fputc('\n', to->stream);
}

bool gf_was_verified(const gf_result *result) {
    return result->outcome == GF_OUTCOME_OK || result->outcome == GF_OUTCOME_MISMATCH;
}

const char *gf_best_schedule_name(const gf_result *result) {
    if (result == NULL || gf_result_best(result)->count == 0)
        return NULL;
    return gf_schedule_name(gf_result_schedule(result));
}
