/* A traced process on other devices, in every format. */
#pragma once

#include <jansson.h>

#include "report/table/table.h"
#include "report/traced/program_view.h"

/* Nothing where no device was asked for. In any format but JSON. */
gf_status gf_write_what_if(const gf_program_view *view, const gf_writer *to, gf_error *error);
/* null where no device was asked for. `bad`: see base/json.h. */
json_t *gf_json_what_if(const gf_program_view *view, bool *bad);
