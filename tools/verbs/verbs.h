/* The commands. */
#ifndef GF_TOOLS_VERBS_H
#define GF_TOOLS_VERBS_H

#include "options/command.h"

extern const cli_command devices_command, run_command, compare_command, advise_command,
    breakeven_command, calibrate_command, doctor_command, png_command;

#endif
