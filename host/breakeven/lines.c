#include "breakeven/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/entry.h"
#include "base/error.h"
#include "problem/params.h"

/* ---- Making ------------------------------------------------------------ */

/* Both sweeps together; each alone is checked where it is used. */
static gf_status check_pair(const gf_sweep *sweep, const gf_sweep *along, gf_error *error) {
    if (sweep->param == along->param)
        return gf_error_set_parameter(error, GF_USAGE, "sweep",
                                      " %s: two sweeps vary it; leave one of them out",
                                      along->param->name);
    if (sweep->threads || along->threads)
        return gf_error_set_parameter(
            error, GF_USAGE, "sweep",
            " threads: varies alone; leave the other sweep out, or set the threads");
    return GF_OK;
}

static gf_status parse_along(gf_breakeven_lines *lines, const gf_params *params, const char *sweep,
                             const char *along, gf_error *error) {
    const gf_workload *workload = gf_params_workload(params);
    gf_sweep first;
    gf_status status = gf_sweep_parse(workload, sweep, &first, error);
    if (status == GF_OK)
        status = gf_sweep_parse(workload, along, &lines->along, error);
    if (status == GF_OK)
        status = check_pair(&first, &lines->along, error);
    if (status == GF_OK)
        status = gf_sweep_check_free(&lines->along, params, error);
    return status;
}

/* The line at the index-th value of the second sweep. */
static gf_status add_line(gf_breakeven_lines *lines, size_t index, const gf_params *params,
                          const char *sweep, gf_error *error) {
    const gf_sweep *along = &lines->along;
    gf_params *copy = NULL;
    gf_status status = gf_sweep_params(along, index, params, &copy, error);
    if (status == GF_OK)
        status = gf_breakeven_create(copy, sweep, &lines->line[index], error);
    gf_params_destroy(copy);
    if (status != GF_OK)
        return gf_error_prefix(error, "%s %s", along->param->name, along->values[index].text);
    lines->count++;
    return GF_OK;
}

static gf_status make_lines(gf_breakeven_lines *lines, const gf_params *params, const char *sweep,
                            const char *along, gf_error *error) {
    gf_status status = along == NULL ? GF_OK : parse_along(lines, params, sweep, along, error);
    if (status != GF_OK)
        return status;
    const size_t count = along == NULL ? 1 : lines->along.count;
    lines->line = calloc(count, sizeof(gf_breakeven *));
    if (lines->line == NULL)
        return gf_error_no_memory(error, "a second sweep", count * sizeof(gf_breakeven *));
    if (along == NULL) {
        status = gf_breakeven_create(params, sweep, &lines->line[0], error);
        lines->count = status == GF_OK;
        return status;
    }
    for (size_t i = 0; status == GF_OK && i < count; i++)
        status = add_line(lines, i, params, sweep, error);
    return status;
}

gf_status gf_breakeven_lines_create(const gf_params *params, const char *sweep, const char *along,
                                    gf_breakeven_lines **lines, gf_error *error) {
    GF_ENTER(error);
    gf_breakeven_lines *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a sweep", sizeof *made);
    const gf_status status = make_lines(made, params, sweep, along, error);
    if (status == GF_OK)
        *lines = made;
    else
        gf_breakeven_lines_destroy(made);
    return status;
}

void gf_breakeven_lines_destroy(gf_breakeven_lines *lines) {
    if (lines == NULL)
        return;
    for (size_t i = 0; i < lines->count; i++)
        gf_breakeven_destroy(lines->line[i]);
    free(lines->line);
    free(lines);
}

/* ---- Reading ----------------------------------------------------------- */

size_t gf_breakeven_lines_count(const gf_breakeven_lines *lines) {
    return lines->count;
}

gf_breakeven *gf_breakeven_lines_at(const gf_breakeven_lines *lines, size_t index) {
    return index < lines->count ? lines->line[index] : NULL;
}

const char *gf_breakeven_lines_parameter(const gf_breakeven_lines *lines) {
    return lines->along.param == NULL ? NULL : lines->along.param->name;
}

const char *gf_breakeven_lines_value(const gf_breakeven_lines *lines, size_t index) {
    return index < lines->along.count ? lines->along.values[index].text : NULL;
}

gf_status gf_breakeven_lines_status(const gf_breakeven_lines *lines, gf_error *error) {
    GF_ENTER(error);
    size_t worst = 0;
    for (size_t i = 1; i < lines->count; i++) {
        if (gf_status_severity(lines->line[i]->failed.status) >
            gf_status_severity(lines->line[worst]->failed.status))
            worst = i;
    }
    const gf_status status = gf_breakeven_status(lines->line[worst], error);
    if (status != GF_OK && lines->along.param != NULL)
        return gf_error_prefix(error, "%s %s", lines->along.param->name,
                               lines->along.values[worst].text);
    return status;
}

const gf_breakeven_threshold *gf_line_threshold(const gf_breakeven *line, const char *label,
                                                gf_basis basis) {
    for (size_t i = 0; i < line->threshold_count; i++) {
        const gf_breakeven_threshold *found = &line->thresholds[i];
        if (found->basis == basis && found->rival == GF_ALL_RIVALS &&
            strcmp(line->series[found->series]->label, label) == 0)
            return found;
    }
    return NULL;
}

bool gf_lines_ever_wins(const gf_breakeven_lines *lines, const char *label, gf_basis basis) {
    for (size_t i = 0; i < lines->count; i++) {
        const gf_breakeven_threshold *found = gf_line_threshold(lines->line[i], label, basis);
        if (found != NULL && found->crossover.kind != GF_CROSSOVER_NEVER)
            return true;
    }
    return false;
}
