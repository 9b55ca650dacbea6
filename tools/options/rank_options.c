#include "options/rank_options.h"

#include "interrupt.h"
#include "options/message.h"
#include "options/settings.h"

static const char *const overlap_words[] = {
    [GF_OVERLAP_AUTO] = "auto", [GF_OVERLAP_ALWAYS] = "always", [GF_OVERLAP_NEVER] = "never", NULL};

static const char *const queue_words[] = {
    [GF_QUEUE_AUTO] = "auto", [GF_QUEUE_ALWAYS] = "always", [GF_QUEUE_NEVER] = "never", NULL};

static const cli_option ranks_options[] = {
    CLI_OPTION(CLI_UINT, "ranks", 0, ranks, "N",
               "refuse to run unless the job has N ranks, as mpirun -n N starts them; "
               "docs/cluster.md",
               .min = 1, .max = 1000000),
    CLI_OPTION(CLI_UINT, "halo-steps", 0, halo_steps, "K",
               "in a job of several ranks: steps between two exchanges of rows; default, or 0: "
               "what takes least",
               .max = 64),
    CLI_OPTION(CLI_WORD, "overlap", 0, overlap, "auto|always|never",
               "in such a job: compute the edges first, and send them beside the rest; auto: where "
               "it takes less",
               .words = overlap_words),
    CLI_OPTION(CLI_WORD, "queue", 0, queue, "auto|always|never",
               "in such a job: ranks take bands of independent rows or blocks from a queue, after "
               "half of the work; auto: where it takes less",
               .words = queue_words),
    CLI_OPTION(CLI_FLAG, "progress", 0, progress, NULL,
               "in such a job: rank 0 shows on stderr what it does, which must be a terminal; what "
               "a launcher says of that is not trusted"),
};
static const cli_option scaling_options[] = {
    CLI_OPTION(
        CLI_FLAG, "weak", 0, weak, NULL,
        "in a job of several ranks: N ranks get N times the rows of the size, or N times the "
        "count, so that each has as much as one alone"),
};
const cli_group settings_scaling_group = CLI_GROUP("Scaling", scaling_options);
const cli_group settings_ranks_group = CLI_GROUP("Ranks", ranks_options);

/* ---- Who acts, and who speaks ----------------------------------------------------------- */

bool rank_options_begin(const cli_command *command) {
    const cli_ranks ranks = command == NULL ? CLI_RANKS_FIRST : command->ranks;
    if (ranks == CLI_RANKS_ALONE || gf_ranks_is_first())
        return true;
    if (ranks == CLI_RANKS_FIRST)
        return false;
    message_silence();
    interrupt_silence();
    (void)!freopen("/dev/null", "w", stdout);
    return true;
}
