/* From the file of a manifest to its data. */
#pragma once

#include "manifest/manifest.h"

/* Reads a manifest: `path` is the file, or a folder NAME with NAME.ini (or a single other .ini) in
 * it. Everything that needs no device and no compiler is checked, with the defaults of all
 * parameters. GF_USAGE, with file, line, what is wrong and what to write instead; GF_FAILED when a
 * file can't be read. */
gf_status gf_manifest_load(const char *path, gf_manifest **manifest, gf_error *error);
