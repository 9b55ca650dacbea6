/* One workload on selected devices: what `run` and `compare` share. */
#ifndef GF_TOOLS_JOB_H
#define GF_TOOLS_JOB_H

#include "options/cli.h"
#include "options/settings.h"
#include "progress.h"

struct job {
    struct settings settings;
    cli_request request;
    const gf_workload *workload;
    gf_params *params;
    gf_session *session;
    gf_comparison *comparison;
    gf_target_list selection;
    struct progress *progress;
    bool made_out_dir; /* by this run: an empty one is taken away again */
    bool table;        /* the text table goes to stdout */
};

/* From the command line to values that are each acceptable, and files that could be made. When
 * job->request.answered is set nothing is left to do. The job must be closed, also after a failure.
 */
gf_status job_parse(const cli_command *command, int argc, char **argv, struct job *job,
                    gf_error *error);
/* Opens the session that the options ask for. */
gf_status job_open_session(struct job *job, gf_error *error);
/* How the options ask to measure; the job and its progress, which may be NULL, must outlive its
 * use.
 */
gf_run_options job_run_options(struct job *job);

/* From the command line to a comparison that is ready to run. Everything that can be refused is
 * checked before a driver is opened. When job->request.answered is set nothing is left to do. The
 * job must be closed, also after a failure. */
gf_status job_open(const cli_command *command, gf_purpose purpose, int argc, char **argv,
                   struct job *job, gf_error *error);
void job_close(struct job *job);

/* Runs one device under the progress line. */
gf_status job_run(struct job *job, const gf_target *target, const gf_result **result,
                  gf_error *error);

/* "device: native:avx2 (name, ...): --device native" on stdout, if the table goes there. */
void job_print_choice(const struct job *job, const gf_target *target);

/* OUT_DIR/WORKLOAD-LABEL SUFFIX, with characters of the label that a file name can't have replaced
 * by '-'; `label` NULL: OUT_DIR/WORKLOAD SUFFIX. The caller frees it. NULL: no memory; the error
 * says so. */
char *job_path(const struct job *job, const char *label, const char *suffix, gf_error *error);

/* The files of the latest run, which was ok: picture and array, as the options ask. */
gf_status job_write_outputs(struct job *job, const gf_result *result, gf_error *error);

/* The table on stdout and the report files; then the status of all results. */
gf_status job_report(struct job *job, const char *schema, gf_error *error);

#endif
