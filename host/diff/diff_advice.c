#include "diff/diff_advice.h"

#include <math.h>

#include "base/text.h"

/* More than these nobody wants to measure. */
#define MOST_REPEAT 100000
#define MOST_RUNS   50
/* The interval may come out wider the next time. */
#define MARGIN 0.9
/* Regressions that the verdict names. */
#define MOST_NAMED 3

/* Half the width, as a logarithm, with which a line would be called slower, faster or the same. */
static double width_that_tells(const gf_diff *diff, const gf_diff_line *line) {
    const double distance = fabs(log(line->change.ratio));
    return MARGIN * fmax(distance, log(1 + diff->allowed) - distance);
}

static size_t most_runs(const gf_diff *diff, const gf_diff_line *line) {
    const size_t *counts = diff->devices[line->device].counts;
    return counts[0] > counts[1] ? counts[0] : counts[1];
}

static uint32_t fewest_samples(const gf_diff_line *line) {
    return line->samples[0] < line->samples[1] ? line->samples[0] : line->samples[1];
}

void gf_diff_advise(const gf_diff *diff, const gf_diff_line *line, char *buffer, size_t size) {
    const gf_change *change = &line->change;
    const double wanted = width_that_tells(diff, line);
    const size_t runs = most_runs(diff, line);
    gf_text text = gf_text_in(buffer, size);
    gf_text_add(&text, "can't tell: %+.0f to %+.0f %%", 100 * (change->low - 1),
                100 * (change->high - 1));
    /* Samples make their own part smaller, runs both parts. */
    const double left = wanted * wanted - change->by_runs * change->by_runs;
    const double per_run = (double)fewest_samples(line) / (double)runs;
    const double repeat = left > 0 ? per_run * change->by_samples * change->by_samples / left : 0;
    const double square =
        change->by_samples * change->by_samples + change->by_runs * change->by_runs;
    const double more = ceil((double)runs * square / (wanted * wanted)) + 1;
    if (repeat > 0 && repeat <= MOST_REPEAT && change->by_runs < 0.8 * wanted)
        gf_text_add(&text, "; raise repeat to %.0f in both", ceil(repeat / 10) * 10);
    else if (more <= MOST_RUNS)
        gf_text_add(&text, "; give %.0f runs each", more);
    else
        gf_text_add(&text, "; it differs too much from run to run");
}

void gf_diff_advise_samples(const gf_diff *diff, const gf_diff_line *line, double outside,
                            char *text, size_t size) {
    const bool once = line->time == GF_PHASE_BUILD || line->time == GF_PHASE_ALLOC;
    uint32_t enough = 1;
    while (gf_change_least_doubt(enough, enough) > outside)
        enough++;
    if (once)
        snprintf(text, size, "can't tell: once in a run; give %u runs each", enough);
    else
        snprintf(text, size, "can't tell: %u and %u samples are too few%s; raise repeat to %u",
                 line->samples[0], line->samples[1],
                 most_runs(diff, line) > 1 ? " in all runs together" : "", enough);
}

/* ---- The verdict ------------------------------------------------------- */

static size_t count_of(const gf_diff *diff, gf_diff_answer answer) {
    size_t count = 0;
    for (size_t i = 0; i < diff->line_count; i++)
        count += diff->lines[i].answer == answer &&
                 (answer != GF_DIFF_UNKNOWN || !diff->lines[i].regression);
    return count;
}

static void add_count(const gf_diff *diff, gf_diff_answer answer, const char *words,
                      const char **separator, gf_text *text) {
    const size_t count = count_of(diff, answer);
    if (count == 0)
        return;
    gf_text_add(text, "%s%zu %s", *separator, count, words);
    *separator = ", ";
}

/* How many regressions there are, and the first of them. */
static void add_regressions(const gf_diff *diff, size_t count, gf_text *text) {
    size_t named = 0;
    gf_text_add(text, "%zu regression%s above %g %%: ", count, count == 1 ? "" : "s",
                100 * diff->allowed);
    for (size_t i = 0; i < diff->line_count && named < MOST_NAMED; i++) {
        const gf_diff_line *line = &diff->lines[i];
        if (line->regression)
            gf_text_add(text, "%s%s %s %s", named++ == 0 ? "" : "; ",
                        diff->devices[line->device].label, gf_saved_time_name(line->time),
                        line->text);
    }
    if (count > named)
        gf_text_add(text, " and %zu more", count - named);
}

void gf_diff_conclude(const gf_diff *diff, char *buffer, size_t size) {
    gf_text text = gf_text_in(buffer, size);
    const size_t regressions = gf_diff_regressions(diff);
    const char *separator = ". Of all times: ";
    if (diff->judged == 0 && regressions == 0) {
        gf_text_add(&text, "can't tell: nothing could be compared; the table says why");
        return;
    }
    if (regressions > 0)
        add_regressions(diff, regressions, &text);
    else
        gf_text_add(&text, "no regression above %g %% found", 100 * diff->allowed);
    add_count(diff, GF_DIFF_SLOWER, "slower", &separator, &text);
    add_count(diff, GF_DIFF_FASTER, "faster", &separator, &text);
    add_count(diff, GF_DIFF_SAME, "the same", &separator, &text);
    add_count(diff, GF_DIFF_UNKNOWN, "can't be told", &separator, &text);
    gf_text_add(&text, diff->same_machine ? "." : ". The machines differ.");
}
