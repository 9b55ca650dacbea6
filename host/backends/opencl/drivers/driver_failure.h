/* The last time that a driver crashed, hung or answered nonsense in the middle of work, saved for
 * the doctor: the small kernels of a probe work on many drivers that real ones are too much for. */
#pragma once

#include "backends/opencl/drivers/icd_find.h"

#include <stdbool.h>
#include <time.h>

typedef struct gf_driver_failure {
    time_t when;
    char reason[400]; /* "crashed with SIGABRT while it compiled the kernel"; "": none */
} gf_driver_failure;

/* Replaces what was saved of this driver. */
void gf_driver_failure_save(const gf_icd_driver *driver, const char *reason);
/* `library`: the driver's real path, or "". False, and an empty failure: there was none in the last
 * 30 days, or the library was replaced since. */
bool gf_driver_failure_load(const gf_icd_driver *driver, const char *library,
                            gf_driver_failure *failure);
