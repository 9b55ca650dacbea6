/* Lists of devices with the variants to run: picked by name, completed for a problem. */
#ifndef GF_DEVICE_LIST_H
#define GF_DEVICE_LIST_H

#include "gpufare.h"
#include "problem/workload.h"

/* gf_comparison_resolve_targets, for a problem. */
gf_status gf_target_list_resolve(gf_target_list *targets, const gf_problem *problem,
                                 gf_error *error);

#endif
