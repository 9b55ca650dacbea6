/* The commands. */
#pragma once

#include "options/command.h"

extern const cli_command devices_command, run_command, compare_command, advise_command,
    breakeven_command, calibrate_command, doctor_command, png_command, new_command, check_command,
    models_command, diff_command, bundle_command;

/* All of them, in the order of the help, ended by NULL. */
extern const cli_command *const verbs[];

/* What `gpufare` alone does. */
extern const cli_command first_steps_command;
