/* Whether a saved report of a comparison agrees with its own samples. */
#pragma once

#include <jansson.h>

#include "base/notes.h"
#include "diff/saved_report.h"

/* Adds a line for each statement of the document that does not follow from what it holds: medians,
 * least and most, sums of phases, schedules, statuses, winner, runner-up and ratio of the verdict.
 * `report`: the same document, parsed. */
gf_status gf_report_audit(const json_t *document, const gf_saved_report *report, gf_notes *faults,
                          gf_error *error);
