#include "verbs/verbs.h"

const cli_command *const verbs[] = {
    &devices_command,   &run_command,    &compare_command, &advise_command, &breakeven_command,
    &calibrate_command, &doctor_command, &png_command,     &new_command,    &check_command,
    &models_command,    &diff_command,   &bundle_command,  &trace_command,  NULL};
