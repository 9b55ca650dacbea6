#include "report/exported/threshold_data.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"

static void note_date(gf_threshold_export *made) {
    struct tm utc;
    const time_t now = time(NULL);
    if (gmtime_r(&now, &utc) == NULL ||
        strftime(made->date, sizeof made->date, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        made->date[0] = '\0';
}

static void note_range(gf_threshold_export *made, const gf_placement *placement) {
    const gf_sweep_value *values = gf_export_sweep(made)->values;
    char doubt[GF_DOUBT_SIZE];
    made->from = fmax(made->from, values[placement->first].number);
    made->to = fmin(made->to, values[placement->last].number);
    made->uncertain = made->uncertain || gf_placement_doubt(placement, 0, doubt, sizeof doubt);
}

gf_status gf_threshold_gather(const gf_breakeven_lines *lines, const char *name, uint64_t seed,
                              gf_threshold_export *made, gf_error *error) {
    const char *label = NULL;
    *made = (gf_threshold_export){.lines = lines, .name = name, .to = INFINITY};
    for (size_t i = lines->count; i-- > 0 && label == NULL;)
        label = gf_placement_device(lines->line[i]);
    made->placements = calloc(lines->count, sizeof *made->placements);
    if (made->placements == NULL)
        return gf_error_no_memory(error, "thresholds", lines->count * sizeof *made->placements);
    for (size_t i = 0; name[i] != '\0' && i + 1 < sizeof made->upper; i++)
        made->upper[i] = (char)toupper((unsigned char)name[i]);
    note_date(made);
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < lines->count; i++) {
        status = gf_placement_find(lines->line[i], label, seed, &made->placements[i], error);
        if (status == GF_OK)
            note_range(made, &made->placements[i]);
        else if (lines->along.param != NULL)
            gf_error_prefix(error, "%s %s", lines->along.param->name, lines->along.values[i].text);
    }
    return status;
}

void gf_threshold_clear(gf_threshold_export *made) {
    free(made->placements);
    made->placements = NULL;
}
