#include "options/trips/checkpoint_options.h"

#include <stdlib.h>
#include <string.h>

#include "options/message.h"

/* Where nothing is said: often enough to lose little, seldom enough to cost little. */
#define USUAL_S    60.0
#define MOST_S     (365.0 * 24 * 3600)
#define MOST_STEPS 1000000000 /* a run has no more */

static const cli_option checkpoint_options[] = {
    CLI_OPTION(CLI_TEXT, "checkpoint", 0, checkpoint, "DIR",
               "save states between steps in this folder, from which --resume goes on; the run is "
               "then one round trip; docs/checkpoints.md"),
    CLI_OPTION(CLI_TEXT, "checkpoint-every", 0, checkpoint_every, "INTERVAL",
               "how often: 1000 is steps; 30s, 10m and 2h are time; default: 60s"),
    CLI_OPTION(CLI_TEXT, "resume", 0, resume, "DIR",
               "go on from the newest state in this folder, also on another device; the result has "
               "the same bits. With --checkpoint of the same folder, which may then be empty, one "
               "command begins and goes on"),
};
const cli_group checkpoint_group = CLI_GROUP("Checkpoints", checkpoint_options);

/* ---- How often --------------------------------------------------------- */

static gf_status no_interval(const char *text, gf_error *error) {
    return message_set(error, GF_USAGE,
                       "--checkpoint-every %s: give steps from 1 to %d, such as 1000, or time up "
                       "to a year, such as 30s, 10m or 2h",
                       text, MOST_STEPS);
}

/* The seconds of a unit; 0: it is none. */
static double unit_of(const char *text) {
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"s", 1}, {"m", 60}, {"h", 3600}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text, units[i].name) == 0)
            return units[i].seconds;
    }
    return 0;
}

static gf_status parse_steps(const char *text, uint64_t *steps, gf_error *error) {
    const bool digits = strspn(text, "0123456789") == strlen(text) && strlen(text) <= 10;
    *steps = digits ? strtoull(text, NULL, 10) : 0;
    return *steps >= 1 && *steps <= MOST_STEPS ? GF_OK : no_interval(text, error);
}

static gf_status parse_interval(const char *text, gf_checkpoint_options *made, gf_error *error) {
    char *end = NULL;
    const bool begins = text[0] >= '0' && text[0] <= '9' && strpbrk(text, "xXeEpP") == NULL;
    const double number = begins ? strtod(text, &end) : 0;
    if (!begins)
        return no_interval(text, error);
    if (*end == '\0')
        return parse_steps(text, &made->every_steps, error);
    made->every_s = number * unit_of(end);
    return made->every_s > 0 && made->every_s <= MOST_S ? GF_OK : no_interval(text, error);
}

/* ---- The options ------------------------------------------------------- */

bool checkpoint_is_wanted(const struct settings *settings) {
    return settings->checkpoint != NULL || settings->resume != NULL;
}

/* What needs more than the one round trip. */
static gf_status check_others(const struct settings *settings, gf_error *error) {
    const char *other = settings->energy                   ? "energy"
                        : settings->frames_every > 0       ? "frames-every"
                        : settings->divergence_map != NULL ? "divergence-map"
                                                           : NULL;
    if (settings->checkpoint_every != NULL && settings->checkpoint == NULL)
        return message_set(error, GF_USAGE,
                           "--checkpoint-every: says how often; add --checkpoint DIR");
    if (!checkpoint_is_wanted(settings) || other == NULL)
        return GF_OK;
    return message_set(error, GF_USAGE,
                       "--%s: a run with checkpoints is one round trip, this needs more; leave "
                       "one of them out",
                       other);
}

gf_status checkpoint_parse(const struct settings *settings, gf_checkpoint_options *options,
                           gf_error *error) {
    gf_status status = check_others(settings, error);
    if (status != GF_OK || !checkpoint_is_wanted(settings))
        return status;
    *options = (gf_checkpoint_options){
        .directory = settings->checkpoint, .every_s = USUAL_S, .resume = settings->resume};
    return settings->checkpoint_every == NULL
               ? GF_OK
               : parse_interval(settings->checkpoint_every, options, error);
}
