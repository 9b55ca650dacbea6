#include "diff/diff.h"

#include <stdlib.h>

#include "base/entry.h"
#include "base/error.h"

void gf_diff_destroy(gf_diff *diff) {
    if (diff == NULL)
        return;
    for (size_t i = 0; i < diff->device_count; i++) {
        free(diff->devices[i].results[0]);
        free(diff->devices[i].results[1]);
    }
    free(diff->devices);
    free(diff->lines);
    gf_notes_clear(&diff->notes);
    free(diff);
}

size_t gf_diff_regressions(const gf_diff *diff) {
    size_t count = 0;
    for (size_t i = 0; i < diff->line_count; i++)
        count += diff->lines[i].regression;
    return count;
}

size_t gf_diff_row_count(const gf_diff *diff) {
    return diff->line_count;
}

bool gf_diff_get_row(const gf_diff *diff, size_t index, gf_diff_row *row) {
    if (index >= diff->line_count)
        return false;
    const gf_diff_line *line = &diff->lines[index];
    *row = (gf_diff_row){.device = diff->devices[line->device].label,
                         .phase = gf_saved_time_name(line->time),
                         .answer = line->answer,
                         .regression = line->regression,
                         .old_ns = line->medians[0],
                         .new_ns = line->medians[1],
                         .ratio = line->change.ratio,
                         .low = line->change.low,
                         .high = line->change.high,
                         .old_samples = line->samples[0],
                         .new_samples = line->samples[1],
                         .text = line->text};
    return true;
}

bool gf_diff_is_same_machine(const gf_diff *diff) {
    return diff->same_machine;
}

gf_status gf_diff_status(const gf_diff *diff, gf_error *error) {
    GF_ENTER(error);
    return gf_diff_regressions(diff) == 0 ? GF_OK
                                          : gf_error_set(error, GF_FINDINGS, "%s", diff->verdict);
}
