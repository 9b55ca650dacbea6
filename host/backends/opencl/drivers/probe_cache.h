/* Remembering that a driver was probed and is safe to load, so that the next start need not probe
 * it again. One small file for each in $XDG_CACHE_HOME/gpufare (or ~/.cache/gpufare).
 *
 * A memory holds for a day, or ten minutes when the driver had a problem, and only while nothing
 * changed that could change the result: the .icd file, the library, the linker's cache, the
 * environment of drivers, the user's groups, this program's version, the boot of the machine.
 * Whatever can't be read or written is as if there were no memory. */
#ifndef GF_PROBE_CACHE_H
#define GF_PROBE_CACHE_H

#include "backends/opencl/drivers/probe.h"

#define GF_PROBE_PROBLEM 600

/* Everything but the library that a result of these drivers depends on; the caller frees it. NULL
 * when memory is out. */
char *gf_probe_cache_key(const gf_icd_driver *drivers, size_t count);

/* True when a probe of `key` was remembered and still holds; *problem is what it found, "" if
 * nothing. */
bool gf_probe_cache_load(const char *key, char problem[GF_PROBE_PROBLEM]);

/* Remembers. `libraries`: the real paths of what was loaded; the memory ends when one changes. */
void gf_probe_cache_store(const char *key, const char *const *libraries, size_t library_count,
                          const char *problem);
void gf_probe_cache_invalidate(const char *key);

#endif
