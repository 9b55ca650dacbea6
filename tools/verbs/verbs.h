/* The commands. */
#pragma once

#include "options/command.h"

extern const cli_command devices_command, run_command, compare_command, advise_command,
    breakeven_command, calibrate_command, doctor_command, png_command, new_command, check_command,
    models_command, diff_command;
