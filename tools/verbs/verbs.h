/* The commands. */
#pragma once

#include "options/command.h"

extern const cli_command devices_command, run_command, compare_command, advise_command,
    breakeven_command, calibrate_command, doctor_command, png_command, new_command, check_command,
    models_command, diff_command, bundle_command, trace_command;

/* All of them, in the order of the help, ended by NULL. */
extern const cli_command *const verbs[];

/* The first words of png and of bundle, ended by NULL. */
extern const char *const png_words[], *const bundle_words[];

/* What `gpufare` alone does. */
extern const cli_command first_steps_command;
