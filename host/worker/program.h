/* Where the programs are in which workers run. */
#pragma once

/* The path of the helper program `name`, such as "gpufare-worker": that in the environment variable
 * `variable`, else beside this executable, in ../libexec/gpufare from there or from this library,
 * or `installed` (may be NULL). NULL when there is none; the caller frees it. */
char *gf_helper_program(const char *name, const char *variable, const char *installed);
