/* One device: round trips that are poisoned before, timed, and verified after. */
#ifndef GF_RUN_H
#define GF_RUN_H

#include "measure/comparison.h"

/* Runs the workload on one device: the middle of gf_comparison_run. Fills a result whose device,
 * variant and label are set. GF_OK also for an outcome that is not ok. */
gf_status gf_run_execute(gf_comparison *comparison, gf_result *result, gf_error *error);

/* One untimed round trip that stops every `every` steps. */
gf_status gf_run_with_stops(gf_comparison *comparison, gf_device *device, const char *variant,
                            uint64_t every, gf_stop_callback stop, void *context, gf_error *error);

/* GF_INTERRUPTED when the caller's flag is set. */
gf_status gf_check_cancel(const gf_comparison *comparison, gf_error *error);

#endif
