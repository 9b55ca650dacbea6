/* The run of a problem whose grid is in files: one round trip, proved and put in place. */
#pragma once

#include "measure/filed/field.h"
#include "measure/round_trip.h"

/* As gf_run_execute, for a field that is open and that no run has had. Afterwards the run holds no
 * output; a result that is ok is at the path that the options name. */
gf_status gf_field_run_execute(gf_run *run, gf_field *field, gf_result *result, gf_error *error);

/* In words: "the field is in files of 2 x 1.00 GiB, which are mapped: it goes through it in ..." */
void gf_field_format(const gf_result *result, char *text, size_t size);
