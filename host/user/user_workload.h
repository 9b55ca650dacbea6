/* Workloads that manifests describe: users' own kernels, compared as the built-in ones are. */
#pragma once

#include "gpufare.h"

/* Whether the name is the path of a manifest, or of a folder, which may have one. */
bool gf_is_user_workload(const char *name);

/* Reads the manifest and its kernels; while they stay as they are, the same workload is returned
 * again. It lives as long as the process. NULL: the error of gf_manifest_load, or of a source that
 * can't be read. */
const gf_workload *gf_user_workload_find(const char *path, gf_error *error);
