#include "options/trips/one_trip.h"

#include "options/message.h"
#include "options/trips/checkpoint_options.h"

/* What is one round trip; NULL: nothing. */
static const char *find_one_trip(const struct settings *settings) {
    if (settings->field_file != NULL)
        return "a run with --field-file";
    return checkpoint_is_wanted(settings) ? "a run with --checkpoint or --resume" : NULL;
}

gf_status one_trip_check(const cli_request *request, const struct settings *settings,
                         gf_error *error) {
    const char *what = find_one_trip(settings);
    const struct {
        const char *option;
        bool more;
        int that; /* asks for what is done */
    } refused[] = {{"warmup", settings->warmup > 0, 0},
                   {"repeat", settings->repeat > 1, 1},
                   {"max-samples", settings->max_samples > 1, 1},
                   {"min-time", settings->min_time_s > 0, 0}};
    for (size_t i = 0; what != NULL && i < sizeof refused / sizeof refused[0]; i++) {
        if (refused[i].more && cli_is_given(request, refused[i].option))
            return message_set(error, GF_USAGE,
                               "--%s: %s is one round trip, without a warm-up; leave it out or "
                               "give %d",
                               refused[i].option, what, refused[i].that);
    }
    if (what != NULL && settings->no_pipeline)
        return message_set(error, GF_USAGE,
                           "--no-pipeline: %s is one round trip, without pipelined ones; leave it "
                           "out",
                           what);
    return GF_OK;
}
