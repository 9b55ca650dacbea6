/* Finds out a device's limits: rounds of loops, local memory, work-groups. */
#pragma once

#include "backends/opencl/facts/fact_run.h"

/* Each sets one fact, whose claim is set already. */
void gf_fact_find_rounds(const gf_fact_bench *bench, gf_fact *fact);
void gf_fact_find_local_memory(const gf_fact_bench *bench, gf_fact *fact);
void gf_fact_find_work_group(const gf_fact_bench *bench, gf_fact *fact);
