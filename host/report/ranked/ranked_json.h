/* The same report for programs: schema gpufare.ranks/1. */
#pragma once

#include "parallel/parallel_state.h"
#include "report/table/writer.h"

gf_status gf_ranked_json(const gf_parallel *parallel, const gf_writer *to, gf_error *error);
