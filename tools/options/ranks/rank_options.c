#include "options/ranks/rank_options.h"

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
               "in a job of several ranks: steps between two exchanges of halos; default, or 0: "
               "what takes least",
               .max = 64),
    CLI_OPTION(
        CLI_TEXT, "rank-grid", 0, rank_grid, "ACROSSxDOWN",
        "in such a job: the grid in which ranks share a problem's cells, 1xN for rows alone; "
        "default: what takes least"),
    CLI_OPTION(CLI_WORD, "overlap", 0, overlap, "auto|always|never",
               "in such a job: compute the edges first, and send them beside the rest; auto: where "
               "it takes less",
               .words = overlap_words),
    CLI_OPTION(CLI_WORD, "queue", 0, queue, "auto|always|never",
               "in such a job: ranks take bands of independent rows or blocks from a queue, after "
               "half of the work; auto: where it takes less",
               .words = queue_words),
    CLI_OPTION(CLI_FLAG, "progress", 0, progress, NULL,
               "in such a job: rank 0 says on stderr what it does, in a line every two seconds"),
};
static const cli_option scaling_options[] = {
    CLI_OPTION(
        CLI_FLAG, "weak", 0, weak, NULL,
        "in a job of several ranks: N ranks get N times the rows of the size, or N times the "
        "count, so that each has as much as one alone"),
};
const cli_group settings_scaling_group = CLI_GROUP("Scaling", scaling_options);
const cli_group settings_ranks_group = CLI_GROUP("Ranks", ranks_options);

/* ---- The grid ---------------------------------------------------------------------------- */

/* A number of ranks and what is behind it; 0: there is none. */
static uint32_t take_ranks(const char **text) {
    const uint32_t most = 1000000;
    uint32_t ranks = 0;
    for (; **text >= '0' && **text <= '9' && ranks <= most; (*text)++)
        ranks = 10 * ranks + (uint32_t)(**text - '0');
    return ranks <= most ? ranks : 0;
}

gf_status rank_options_grid(const char *text, uint32_t *across, uint32_t *down, gf_error *error) {
    const char *rest = text;
    *across = *down = 0;
    if (text == NULL)
        return GF_OK;
    *across = take_ranks(&rest);
    if (*across > 0 && *rest == 'x') {
        rest++;
        *down = take_ranks(&rest);
    }
    if (*down > 0 && *rest == '\0')
        return GF_OK;
    return message_set(error, GF_USAGE,
                       "--rank-grid %s: not a grid of ranks; give those across and those down, "
                       "such as 2x3",
                       text);
}

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
