#include "options/ranks/rank_join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interrupt.h"
#include "options/message.h"

bool rank_join_sweeps(const struct settings *settings) {
    return settings->sweeps[0] != NULL && strncmp(settings->sweeps[0], "ranks=", 6) == 0;
}

bool rank_join_wants(const cli_command *command, const struct settings *settings) {
    return command->ranks == CLI_RANKS_TOGETHER &&
           (settings->sweeps[0] == NULL || rank_join_sweeps(settings));
}

/* What only a job has. */
static gf_status refuse_alone(const struct settings *settings, gf_error *error) {
    const struct {
        const char *option;
        bool given;
        const char *why;
    } refused[] = {{"weak", settings->weak, "the problem grows with the ranks"},
                   {"halo-steps", settings->halo_steps > 0, "only ranks exchange halos"},
                   {"overlap", settings->overlap != GF_OVERLAP_AUTO, "only ranks exchange halos"},
                   {"rank-grid", settings->rank_grid != NULL, "only ranks exchange halos"},
                   {"queue", settings->queue != GF_QUEUE_AUTO, "only ranks share a queue"},
                   {"progress", settings->progress, "one process knows its terminal"}};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (refused[i].given)
            return message_set(error, GF_USAGE, "--%s: %s; start them with mpirun -n N",
                               refused[i].option, refused[i].why);
    }
    return GF_OK;
}

/* The last number of "ranks=LO:HI...", for a command to copy; 8 if there is none. */
static unsigned long swept_ranks(const char *sweep) {
    const char *colon = strchr(sweep, ':');
    const unsigned long most = colon == NULL ? 0 : strtoul(colon + 1, NULL, 10);
    return most > 0 && most < 1000000 ? most : 8;
}

static gf_status check_alone(const struct settings *settings, const gf_workload *workload,
                             gf_error *error) {
    if (!rank_join_sweeps(settings))
        return refuse_alone(settings, error);
    return message_set(error, GF_USAGE,
                       "--sweep %s: this process is no job of ranks; start one: mpirun -n %lu "
                       "gpufare breakeven %s --sweep %s",
                       settings->sweeps[0], swept_ranks(settings->sweeps[0]),
                       gf_workload_name(workload), settings->sweeps[0]);
}

/* A rank that can't reach the others says so itself; what is refused the first one says. */
static gf_status say_alone(gf_status status, const gf_error *error) {
    if (status != GF_USAGE && gf_ranks_are_launched() && !gf_ranks_is_first())
        fprintf(stderr, "gpufare: a rank cannot join the job: %s\n", error->text);
    return status;
}

/* A refusal is said by the first rank, while the others wait for it: a launcher ends all of them
 * once one has ended. */
static gf_status refuse_together(gf_status status, gf_ranks **ranks, gf_error *error) {
    gf_error own = GF_ERROR_INIT;
    if (!gf_ranks_are_launched())
        return status;
    const gf_status joined = gf_ranks_open(0, interrupt_flag(), ranks, &own);
    gf_error_clear(&own);
    return joined == GF_OK && *ranks != NULL ? gf_ranks_agree(*ranks, status, error)
                                             : say_alone(status, error);
}

gf_status rank_join(const struct settings *settings, const gf_workload *workload, gf_status status,
                    gf_ranks **ranks, gf_error *error) {
    if (status != GF_OK)
        return refuse_together(status, ranks, error);
    status = gf_ranks_open((uint32_t)settings->ranks, interrupt_flag(), ranks, error);
    if (status == GF_USAGE)
        return refuse_together(status, ranks, error);
    if (status != GF_OK)
        return say_alone(status, error);
    return *ranks == NULL ? check_alone(settings, workload, error)
                          : gf_ranks_agree(*ranks, status, error);
}
