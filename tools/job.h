/* A command at work: its settings and what it has opened. */
#pragma once

#include "base/text.h"
#include "options/cli.h"
#include "options/settings.h"
#include "progress.h"
#include "report_files.h"

struct job {
    struct settings settings;
    cli_request request;
    const gf_workload *workload;
    gf_params *params;
    gf_session *session;
    gf_comparison *comparison;
    gf_target_list selection;
    gf_saved_reports *baseline; /* NULL: none was asked for */
    struct progress *progress;
    bool made_out_dir; /* if it stays empty it is removed again */
    double started_s;  /* by the monotonic clock */
    int argc;          /* of the command line, from the command's name on */
    char **argv;
    gf_checkpoint_options checkpoint;
    gf_bundle *bundle;  /* NULL: none is asked for */
    char *command_line; /* owned */
    gf_ranks *ranks;    /* NULL: the process is no rank of a job */
};

/* Parses the command line of a command and does its work, unless that was --help or --version.
 * Whatever can be refused without opening a session is refused first. Returns the status to exit
 * with; unless that is GF_OK, or the result was printed, the error says why. */
gf_status job_do(const cli_command *command, int argc, char **argv, gf_error *error);

/* A command that is saved in a bundle, to be run again. */
struct job_again {
    const char *workload; /* the only one that may run: a built-in one, or named by the user */
    const char *bundle;   /* to write; every other file that the command names is not */
};

/* Does the same for a saved command line, silently. GF_USAGE when it asks for anything else. */
gf_status job_do_again(const cli_command *command, int argc, char **argv,
                       const struct job_again *again, gf_error *error);

/* Seconds since the command began. */
double job_seconds(const struct job *job);

gf_status job_open_session(struct job *job, gf_error *error);
/* The options of measurement; the job, and its progress, must outlive their use. */
gf_run_options job_run_options(struct job *job);

/* Prepares a comparison of the selected devices. Everything that can be refused is refused before a
 * driver is opened. */
gf_status job_open_comparison(struct job *job, gf_purpose purpose, gf_error *error);

/* What the options say about models. */
struct job_bounds {
    bool wanted; /* there are models */
    gf_bound_options options;
    char command[400]; /* which the options point to */
};

gf_status job_bound_options(const struct job *job, struct job_bounds *bounds, gf_error *error);

/* Runs one device under the progress line. */
gf_status job_run(struct job *job, const gf_target *target, const gf_result **result,
                  gf_error *error);

/* Says on stderr which device runs now, and why, if a verbose report is wanted. */
void job_announce_target(const struct job *job, const gf_target *target);

/* The path OUT_DIR/WORKLOAD-LABELSUFFIX, with ':' and '/' of the label replaced by '-'; `label`
 * NULL: OUT_DIR/WORKLOADSUFFIX. The caller frees it. NULL: no memory, as the error says. */
char *job_path(const struct job *job, const char *label, const char *suffix, gf_error *error);

/* Writes the picture, the array and the map of a result that is ok, as the options ask. */
gf_status job_write_outputs(struct job *job, const gf_result *result, gf_error *error);

/* Ends the progress line and writes the reports (report_files.h). */
gf_status job_report(struct job *job, const char *schema, struct report_subject subject,
                     gf_error *error);
/* What was finished of a work when `failure` ended it: `done` of `planned` `things`. */
struct job_rest {
    size_t done, planned;
    const char *things; /* "devices" */
    const gf_error *failure;
};

/* The same reports on what was finished, which say that the work was cut short. Does nothing where
 * nothing was finished. The failure stays what the command ends with. */
void job_report_cut_short(struct job *job, const char *schema, struct report_subject subject,
                          struct job_rest rest);
/* The reports on the comparison, with its changes if there is a baseline; then the status of all
 * its results, then that of the changes. */
gf_status job_report_comparison(struct job *job, const char *schema, gf_error *error);
/* GF_FAILED when a driver failed when it was asked for its devices, so that a report lacks these,
 * unless the devices were named by their ids. For after the report. */
gf_status job_check_drivers(const struct job *job, gf_error *error);
