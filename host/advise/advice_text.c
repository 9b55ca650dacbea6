#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "advise/advice.h"
#include "advise/advice_text.h"
#include "analyse/verdict.h"
#include "base/text.h"

/* Appends; what does not fit is left out. */
static void add(char *text, size_t size, const char *format, ...) GF_PRINTF(3, 4);

static void add(char *text, size_t size, const char *format, ...) {
    const size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

static const gf_candidate *at(const gf_advice *advice, size_t index) {
    return index < advice->candidates->count ? &advice->candidates->items[index] : NULL;
}

/* "2.98 ms (2.81 ms to 3.17 ms)" */
static void add_interval(char *text, size_t size, gf_interval ns) {
    char value[24], low[24], high[24];
    gf_format_ns(ns.value, value, sizeof value);
    gf_format_ns(ns.low, low, sizeof low);
    gf_format_ns(ns.high, high, sizeof high);
    add(text, size, "%s (%s to %s)", value, low, high);
}

static gf_interval total_of(const gf_candidate *candidate) {
    return candidate->prediction.phases[GF_PHASE_TOTAL];
}

/* ---- The winner -------------------------------------------------------- */

static void add_baseline(const gf_advice *advice, char *text, size_t size) {
    const size_t index = gf_candidates_baseline(advice->candidates);
    const gf_candidate *winner = at(advice, advice->ranking.winner);
    const gf_candidate *baseline = at(advice, index);
    if (baseline == NULL || baseline == winner || index == advice->ranking.runner_up)
        return;
    const gf_interval ratio = gf_predict_speedup(&winner->prediction, &baseline->prediction);
    add(text, size, ", %.2f times as fast as %s (%.2f to %.2f)", ratio.value, baseline->label,
        ratio.low, ratio.high);
}

/* By how much, against what, how surely. */
static void add_lead(const gf_advice *advice, char *text, size_t size) {
    const gf_ranking *ranking = &advice->ranking;
    const gf_candidate *second = at(advice, ranking->runner_up);
    if (second != NULL) {
        add(text, size, ", %.2f times as fast (%.2f to %.2f) as %s at ", ranking->ratio.value,
            ranking->ratio.low, ranking->ratio.high, second->label);
        add_interval(text, size, total_of(second));
        add(text, size, "; it is the faster of the two with a probability of %.0f %%",
            floor(ranking->certainty * 100));
    }
    add_baseline(advice, text, size);
    add(text, size, second == NULL ? "; no other device to compare with." : ".");
}

static void describe_device(const gf_advice *advice, char *text, size_t size) {
    const gf_candidate *winner = at(advice, advice->ranking.winner);
    add(text, size, "%s: ", winner->label);
    add_interval(text, size, total_of(winner));
    add(text, size, " a round trip");
    add_lead(advice, text, size);
}

static void describe_split(const gf_advice *advice, char *text, size_t size) {
    const gf_candidate *winner = at(advice, advice->ranking.winner);
    const gf_candidate *kernel = at(advice, advice->ranking.kernel_best);
    add(text, size, "split: %s has the fastest kernel, ", kernel->label);
    add_interval(text, size, kernel->prediction.phases[GF_PHASE_KERNEL]);
    add(text, size, ", but with the fare %s has the fastest round trip, ", winner->label);
    add_interval(text, size, total_of(winner));
    add_lead(advice, text, size);
}

static void describe_too_close(const gf_advice *advice, char *text, size_t size) {
    const gf_ranking *ranking = &advice->ranking;
    const gf_candidate *winner = at(advice, ranking->winner);
    const gf_candidate *second = at(advice, ranking->runner_up);
    add(text, size, "too close to call: %s at ", winner->label);
    add_interval(text, size, total_of(winner));
    add(text, size, " and %s at ", second->label);
    add_interval(text, size, total_of(second));
    add(text, size, ": %.2f times as fast (%.2f to %.2f), ", ranking->ratio.value,
        ranking->ratio.low, ranking->ratio.high);
    if (ranking->ratio.value < GF_CLOSE_RATIO)
        add(text, size, "less than %.0f %% apart.", (GF_CLOSE_RATIO - 1) * 100);
    else
        add(text, size, "the faster of the two with a probability of only %.0f %%.",
            floor(ranking->certainty * 100));
}

/* ---- GPUs -------------------------------------------------------------- */

static size_t count_gpus(const gf_advice *advice, bool here) {
    size_t count = 0;
    for (size_t i = 0; i < advice->candidates->count; i++) {
        const gf_candidate *item = at(advice, i);
        if (item->device_class == GF_CLASS_GPU && (item->device != NULL) == here &&
            item->prediction.possible)
            count++;
    }
    return count;
}

bool gf_advice_has_gpu(const gf_advice *advice, char *text, size_t size) {
    const bool here = count_gpus(advice, true) > 0;
    text[0] = '\0';
    if (!here && count_gpus(advice, false) > 0)
        snprintf(text, size,
                 "The GPU is modelled: what is said of it was predicted from a profile of another "
                 "machine and not measured here.");
    else if (!here)
        snprintf(text, size,
                 "No GPU was measured: this is no evidence about GPUs, and a CPU that OpenCL "
                 "presents as a device is none. It takes a machine with a GPU: ask there, or run "
                 "`gpufare calibrate --json FILE` there and give the file here with "
                 "--device-model.");
    return here;
}

/* A model that wins is not to be taken for a device that is here. */
static void add_model(const gf_advice *advice, char *text, size_t size) {
    const gf_candidate *winner = at(advice, advice->ranking.winner);
    if (winner->device == NULL)
        add(text, size, " %s (%s) is not here: its profile comes from another machine.",
            winner->label, winner->name);
}

/* ---- The whole --------------------------------------------------------- */

void gf_advice_format(const gf_advice *advice, char *text, size_t size) {
    text[0] = '\0';
    switch (advice->ranking.kind) {
    case GF_ADVICE_NONE:
        add(text, size, "no device can be predicted");
        return;
    case GF_ADVICE_DEVICE:
        describe_device(advice, text, size);
        break;
    case GF_ADVICE_SPLIT:
        describe_split(advice, text, size);
        break;
    case GF_ADVICE_TOO_CLOSE:
        describe_too_close(advice, text, size);
        break;
    }
    add_model(advice, text, size);
}

void gf_advice_format_trust(const gf_advice *advice, char *text, size_t size) {
    const gf_prediction_log *ledger = advice->ledger;
    if (ledger == NULL || ledger->count == 0)
        snprintf(text, size,
                 "No prediction was checked on this machine yet; --check measures and compares.");
    else
        snprintf(text, size,
                 "Predictions on this machine were off by a median of %.1f %% of the total (%zu "
                 "device run%s).",
                 gf_prediction_log_median(ledger) * 100, gf_prediction_log_count(ledger),
                 ledger->count == 1 ? "" : "s");
}
