/* A folder for files of one task, which only this user can enter. */
#pragma once

#include "gpufare.h"

#define GF_SCRATCH_PATH 512

/* Makes $TMPDIR/gpufare-check-XXXXXX, or one in /tmp. */
gf_status gf_scratch_folder_create(char path[GF_SCRATCH_PATH], gf_error *error);
/* Removes it with the files in it, but no folders. Accepts "". */
void gf_scratch_folder_remove(const char *path);
