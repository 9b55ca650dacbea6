/* The two files of `--export NAME`: NAME.json and NAME.h. */
#pragma once

#include "options/settings.h"

/* Checks, before any work, that NAME is a name of C, that both files can be made, and that no other
 * file goes to the same place. Does nothing without the option. */
gf_status export_files_check(const struct settings *settings, gf_error *error);
/* Writes both, or neither. Does nothing without the option. */
gf_status export_files_write(const struct settings *settings, const gf_breakeven_lines *lines,
                             gf_error *error);
