/* The commands. Each takes its own name as argv[0] and returns the status to exit with; unless that
 * is GF_OK, or the result was printed already, the error says why. */
#ifndef GF_TOOLS_VERBS_H
#define GF_TOOLS_VERBS_H

#include "options/cli.h"

extern const cli_command devices_command, run_command, compare_command, advise_command,
    breakeven_command, calibrate_command, doctor_command, png_command;

gf_status verb_devices(int argc, char **argv, gf_error *error);
gf_status verb_run(int argc, char **argv, gf_error *error);
gf_status verb_compare(int argc, char **argv, gf_error *error);
gf_status verb_advise(int argc, char **argv, gf_error *error);
gf_status verb_breakeven(int argc, char **argv, gf_error *error);
gf_status verb_calibrate(int argc, char **argv, gf_error *error);
gf_status verb_doctor(int argc, char **argv, gf_error *error);
gf_status verb_png(int argc, char **argv, gf_error *error);

#endif
