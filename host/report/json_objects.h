/* JSON objects that several reports share. `bad`: see base/json.h. */
#pragma once

#include <jansson.h>

#include "base/notes.h"
#include "measure/truth.h"

json_t *gf_json_machine(bool *bad);
json_t *gf_json_notes(const gf_notes *notes, bool *bad);
json_t *gf_json_device(const gf_device_info *info, bool *bad);

/* How a result in f32 differs from that of the same problem, or of a smaller one, in f64. */
json_t *gf_json_f64_difference(const gf_f64_difference *difference, bool *bad);

/* The workload with the problem's parameters. */
json_t *gf_json_workload(const gf_problem *problem, bool *bad);
/* null: the device has room for the whole problem. `reached_bytes` is null before a run. */
json_t *gf_json_visits(const gf_visits *visits, bool *bad);
/* null: no state was saved or gone on from. */
json_t *gf_json_checkpoint(const gf_checkpoint_state *state, bool *bad);
