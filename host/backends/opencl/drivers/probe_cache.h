/* Saved results of probes, so that the next start need not probe a safe driver again. One small
 * file for each driver in $XDG_CACHE_HOME/gpufare (or ~/.cache/gpufare).
 *
 * A result is valid for a day, or ten minutes when the driver had a problem, and only while nothing
 * changed that could change it: the .icd file, the library, the linker's cache, the environment of
 * drivers, the user's groups, this program's version, the boot of the machine. A file that can't be
 * read or written counts as absent. */
#pragma once

#include "backends/opencl/drivers/icd_find.h"

#define GF_PROBE_PROBLEM 600

/* Names everything that a result for these drivers depends on, except the libraries; the caller
 * frees it. NULL: out of memory. */
char *gf_probe_cache_key(const gf_icd_driver *drivers, size_t count);

/* Returns true if a valid result for `key` is saved; sets *complaint to what the probe complained
 * about, or "". */
bool gf_probe_cache_load(const char *key, char complaint[GF_PROBE_PROBLEM]);

/* Saves a result. `libraries`: real paths of the loaded libraries; it is invalid once one changes.
 */
void gf_probe_cache_store(const char *key, const char *const *libraries, size_t library_count,
                          const char *complaint);
void gf_probe_cache_invalidate(const char *key);
