/* Running a twin as a CPU kernel: in steps, with its range cut for the threads. */
#pragma once

#include "problem/workload.h"

/* gf_workload.load_cpu_kernel. */
gf_status gf_user_load_twin(const gf_workload *workload, gf_loaded_kernel *loaded, gf_error *error);
