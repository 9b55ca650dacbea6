#include "stats/crossover.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "stats/bootstrap.h"
#include "stats/confidence.h"
#include "stats/random.h"
#include "stats/sort.h"

#define HALVINGS 40 /* of the interval with the crossing: down to 1e-12 of its width */

/* ---- Crossings --------------------------------------------------------- */

/* `excess` is log(time of the device / time of its fastest rival) at each value: the device wins
 * where it is below 0. Between two values it is interpolated over the logarithm of the value,
 * because times are sums of powers of it. */

/* Position and interpolation error, both in logarithms of values. */
typedef struct crossing {
    gf_crossover_kind kind;
    size_t index;
    double at, error;
} crossing;

/* The slope at value i of the parabola through it and its neighbours; with one of them, of the
 * straight line. */
static double slope_at(const double *logs, const double *excess, size_t count, size_t i) {
    const bool left = i > 0 && isfinite(excess[i - 1]);
    const bool right = i + 1 < count && isfinite(excess[i + 1]);
    const double before = left ? (excess[i] - excess[i - 1]) / (logs[i] - logs[i - 1]) : 0;
    const double after = right ? (excess[i + 1] - excess[i]) / (logs[i + 1] - logs[i]) : 0;
    if (!left || !right)
        return before + after; /* one of them is 0 */
    const double width_before = logs[i] - logs[i - 1], width_after = logs[i + 1] - logs[i];
    return (width_after * before + width_before * after) / (width_before + width_after);
}

/* The root in [0, 1] of the cubic with these values and slopes at 0 and 1; value[0] >= 0 >
 * value[1]. Hermite's form. */
static double cubic_root(const double value[2], const double slope[2]) {
    double low = 0, high = 1;
    for (int i = 0; i < HALVINGS; i++) {
        const double t = 0.5 * (low + high), u = 1 - t;
        const double height = u * u * ((1 + 2 * t) * value[0] + t * slope[0]) +
                              t * t * ((1 + 2 * u) * value[1] - u * slope[1]);
        if (height >= 0)
            low = t;
        else
            high = t;
    }
    return 0.5 * (low + high);
}

/* Finds the crossing between values i - 1 and i by a cubic with the slopes at both. Its distance
 * from the straight line's crossing bounds its error, unless the curve jumps there. */
static void interpolate(const double *logs, const double *excess, size_t count, size_t i,
                        crossing *found) {
    const double width = logs[i] - logs[i - 1];
    const double value[2] = {excess[i - 1], excess[i]};
    if (!isfinite(value[0]) || !isfinite(value[1])) {
        found->at = logs[i];
        found->error = width;
        return;
    }
    const double slope[2] = {width * slope_at(logs, excess, count, i - 1),
                             width * slope_at(logs, excess, count, i)};
    const double straight = value[0] / (value[0] - value[1]);
    const double curved = cubic_root(value, slope);
    found->at = logs[i - 1] + width * curved;
    found->error = count == 2 ? width * fmax(curved, 1 - curved) : width * fabs(curved - straight);
}

static crossing find_crossing(const double *logs, const double *excess, size_t count) {
    size_t wins = 0; /* uninterrupted up to the end of the sweep */
    while (wins < count && excess[count - 1 - wins] < 0)
        wins++;
    if (wins == count)
        return (crossing){GF_CROSSOVER_ALWAYS, 0, -INFINITY, 0};
    if (wins == 0)
        return (crossing){GF_CROSSOVER_NEVER, 0, INFINITY, 0};
    crossing found = {.kind = GF_CROSSOVER_AT, .index = count - wins};
    interpolate(logs, excess, count, found.index, &found);
    return found;
}

/* ---- The bootstrap ----------------------------------------------------- */

typedef struct bootstrap {
    const gf_curve *curves;
    size_t curve_count, count;
    uint64_t **sorted; /* samples of curve c at value v: [c * count + v]; NULL: none */
    double *logs;      /* of the values */
    double *excess;
} bootstrap;

static double median(const uint64_t *sorted, uint32_t count) {
    return 0.5 * ((double)sorted[(count - 1) / 2] + (double)sorted[count / 2]);
}

static void bootstrap_clear(bootstrap *boot) {
    for (size_t i = 0; boot->sorted != NULL && i < boot->curve_count * boot->count; i++)
        free(boot->sorted[i]);
    free(boot->sorted);
    free(boot->logs);
    free(boot->excess);
}

static bool sort_samples(bootstrap *boot) {
    for (size_t c = 0; c < boot->curve_count; c++) {
        const gf_samples *samples = boot->curves[c].samples;
        for (size_t v = 0; samples != NULL && v < boot->count; v++) {
            if (samples[v].count == 0)
                continue;
            uint64_t *sorted = gf_samples_sorted(&samples[v]);
            if (sorted == NULL)
                return false;
            boot->sorted[c * boot->count + v] = sorted;
        }
    }
    return true;
}

static gf_status bootstrap_prepare(bootstrap *boot, const double *values, gf_error *error) {
    boot->sorted = calloc(boot->curve_count * boot->count, sizeof *boot->sorted);
    boot->logs = calloc(boot->count, sizeof *boot->logs);
    boot->excess = calloc(boot->count, sizeof *boot->excess);
    if (boot->sorted == NULL || boot->logs == NULL || boot->excess == NULL || !sort_samples(boot))
        return gf_error_no_memory(error, "a bootstrap", boot->count * sizeof *boot->logs);
    for (size_t v = 0; v < boot->count; v++)
        boot->logs[v] = log(values[v]);
    return GF_OK;
}

/* The time of a curve at one value, drawn again; `random` NULL: its median or prediction itself.
 * `deviate` moves a whole measured curve up or down, as another process would. */
static double draw_time(const bootstrap *boot, size_t c, size_t v, double deviate,
                        uint64_t *random) {
    const gf_curve *curve = &boot->curves[c];
    if (curve->samples == NULL)
        return curve->ns[v] * exp(deviate * curve->log_deviation[v]);
    const uint32_t count = curve->samples[v].count;
    if (count == 0)
        return INFINITY;
    const uint64_t *sorted = boot->sorted[c * boot->count + v];
    return random == NULL
               ? median(sorted, count)
               : gf_resampled_median(sorted, count, random) * exp(deviate * GF_PROCESS_DEVIATION);
}

/* Fills boot->excess. The errors of predicted curves share a part. */
static void draw_excess(bootstrap *boot, uint64_t *random) {
    const double shared = random == NULL ? 0 : sqrt(GF_ERRORS_ALIKE) * gf_random_normal(random);
    const double separate = sqrt(1 - GF_ERRORS_ALIKE);
    for (size_t v = 0; v < boot->count; v++)
        boot->excess[v] = INFINITY; /* holds the time of the fastest rival until curve 0 */
    for (size_t c = boot->curve_count; c-- > 0;) {
        const double alone = random == NULL ? 0 : gf_random_normal(random);
        const bool measured = boot->curves[c].samples != NULL;
        const double deviate = measured ? alone : shared + separate * alone;
        for (size_t v = 0; v < boot->count; v++) {
            const double ns = draw_time(boot, c, v, deviate, random), rival = boot->excess[v];
            if (c > 0)
                boot->excess[v] = fmin(ns, rival);
            else
                boot->excess[v] = isinf(ns) ? INFINITY : log(fmax(ns, 1) / fmax(rival, 1));
        }
    }
}

static void find_interval(bootstrap *boot, uint64_t seed, gf_crossover *crossover) {
    double lows[GF_BOOTSTRAP_REPETITIONS], highs[GF_BOOTSTRAP_REPETITIONS]; /* logarithms */
    for (size_t i = 0; i < GF_BOOTSTRAP_REPETITIONS; i++) {
        draw_excess(boot, &seed);
        const crossing found = find_crossing(boot->logs, boot->excess, boot->count);
        lows[i] = found.at - found.error;
        highs[i] = found.at + found.error;
    }
    gf_sort_reals(lows, GF_BOOTSTRAP_REPETITIONS);
    gf_sort_reals(highs, GF_BOOTSTRAP_REPETITIONS);
    crossover->low = exp(gf_quantile(lows, GF_BOOTSTRAP_REPETITIONS, GF_OUTSIDE));
    crossover->high = exp(gf_quantile(highs, GF_BOOTSTRAP_REPETITIONS, 1 - GF_OUTSIDE));
}

gf_status gf_crossover_find(const double *values, size_t count, const gf_curve *curves,
                            size_t curve_count, uint64_t seed, gf_crossover *crossover,
                            gf_error *error) {
    bootstrap boot = {.curves = curves, .curve_count = curve_count, .count = count};
    const gf_status status = bootstrap_prepare(&boot, values, error);
    if (status == GF_OK) {
        draw_excess(&boot, NULL);
        const crossing found = find_crossing(boot.logs, boot.excess, count);
        *crossover =
            (gf_crossover){.kind = found.kind, .index = found.index, .crossing = exp(found.at)};
        find_interval(&boot, seed, crossover);
    }
    bootstrap_clear(&boot);
    return status;
}

/* ---- Every change of the lead ------------------------------------------ */

/* What is known of each value, and the places of one change in every repetition. */
typedef struct lead_changes {
    bool *wins;    /* whether curve 0 leads, noise left out */
    bool *noise;   /* the lead was too small to count, and is that of the values around it */
    double *slice; /* the excess around one change, which falls through 0 */
    double *places[2];
} lead_changes;

static void changes_clear(lead_changes *changes) {
    free(changes->wins);
    free(changes->noise);
    free(changes->slice);
    free(changes->places[0]);
    free(changes->places[1]);
}

static gf_status changes_prepare(lead_changes *changes, size_t count, gf_error *error) {
    const size_t repeated = (count + 1) * GF_BOOTSTRAP_REPETITIONS;
    changes->wins = calloc(count, sizeof *changes->wins);
    changes->noise = calloc(count, sizeof *changes->noise);
    changes->slice = calloc(count, sizeof *changes->slice);
    changes->places[0] = calloc(repeated, sizeof(double));
    changes->places[1] = calloc(repeated, sizeof(double));
    if (changes->wins == NULL || changes->noise == NULL || changes->slice == NULL ||
        changes->places[0] == NULL || changes->places[1] == NULL)
        return gf_error_no_memory(error, "crossings", repeated * sizeof(double));
    return GF_OK;
}

/* The end of the run of equal leads that begins at `from`, and its largest lead, a logarithm. */
static size_t run_end(const lead_changes *changes, const double *excess, size_t count, size_t from,
                      double *lead) {
    size_t end = from;
    *lead = 0;
    for (; end < count && changes->wins[end] == changes->wins[from]; end++)
        *lead = fmax(*lead, fabs(excess[end]));
    return end;
}

/* Gives the smallest lead between two changes to the other side, if it is below `least`. */
static bool drop_smallest(lead_changes *changes, const double *excess, size_t count, double least) {
    size_t first = 0, last = 0;
    double lead = 0;
    for (size_t from = run_end(changes, excess, count, 0, &lead), end; from < count; from = end) {
        end = run_end(changes, excess, count, from, &lead);
        if (end < count && lead < least) {
            least = lead;
            first = from;
            last = end;
        }
    }
    for (size_t i = first; i < last; i++) {
        changes->wins[i] = !changes->wins[i];
        changes->noise[i] = true;
    }
    return last > first;
}

static size_t list_changes(lead_changes *changes, const double *excess, size_t count,
                           double least_lead, gf_crossing *found) {
    size_t found_count = 0;
    for (size_t i = 0; i < count; i++)
        changes->wins[i] = excess[i] < 0;
    while (drop_smallest(changes, excess, count, log(least_lead)))
        continue;
    for (size_t i = 1; i < count; i++) {
        if (changes->wins[i] != changes->wins[i - 1])
            found[found_count++] = (gf_crossing){.index = i, .wins = changes->wins[i]};
    }
    return found_count;
}

/* The values from the change before the k-th one up to the change behind it. */
static void find_slice(const gf_crossing *found, size_t found_count, size_t k, size_t count,
                       size_t *from, size_t *end) {
    *from = k == 0 ? 0 : found[k - 1].index;
    *end = k + 1 == found_count ? count : found[k + 1].index;
}

/* The place of one change in the present excess. A change that is gone lies where its neighbour
 * does, or outside of the values. */
static crossing find_change(const bootstrap *boot, lead_changes *changes, const gf_crossing *found,
                            size_t found_count, size_t k) {
    size_t from = 0, end = 0;
    find_slice(found, found_count, k, boot->count, &from, &end);
    for (size_t i = from; i < end; i++) {
        const bool behind = i >= found[k].index;
        const double rises = found[k].wins ? boot->excess[i] : -boot->excess[i] - DBL_MIN;
        changes->slice[i] = !changes->noise[i] ? rises
                            : behind           ? -fabs(rises) - DBL_MIN
                                               : fabs(rises);
    }
    crossing at = find_crossing(boot->logs + from, changes->slice + from, end - from);
    if (at.kind == GF_CROSSOVER_ALWAYS && from > 0)
        at.at = boot->logs[from];
    if (at.kind == GF_CROSSOVER_NEVER && end < boot->count)
        at.at = boot->logs[end - 1];
    return at;
}

/* Repeats all changes at once, so that each repetition draws the samples one time. */
static void find_intervals(bootstrap *boot, lead_changes *changes, uint64_t seed,
                           gf_crossing *found, size_t found_count) {
    for (size_t r = 0; r < GF_BOOTSTRAP_REPETITIONS; r++) {
        draw_excess(boot, &seed);
        for (size_t k = 0; k < found_count; k++) {
            const crossing at = find_change(boot, changes, found, found_count, k);
            changes->places[0][k * GF_BOOTSTRAP_REPETITIONS + r] = at.at - at.error;
            changes->places[1][k * GF_BOOTSTRAP_REPETITIONS + r] = at.at + at.error;
        }
    }
    for (size_t k = 0; k < found_count; k++) {
        double *lows = changes->places[0] + k * GF_BOOTSTRAP_REPETITIONS;
        double *highs = changes->places[1] + k * GF_BOOTSTRAP_REPETITIONS;
        gf_sort_reals(lows, GF_BOOTSTRAP_REPETITIONS);
        gf_sort_reals(highs, GF_BOOTSTRAP_REPETITIONS);
        found[k].low = exp(gf_quantile(lows, GF_BOOTSTRAP_REPETITIONS, GF_OUTSIDE));
        found[k].high = exp(gf_quantile(highs, GF_BOOTSTRAP_REPETITIONS, 1 - GF_OUTSIDE));
    }
}

gf_status gf_crossings_find(const double *values, size_t count, const gf_curve *curves,
                            size_t curve_count, double least_lead, uint64_t seed, bool *wins_first,
                            gf_crossing *found, size_t *found_count, gf_error *error) {
    bootstrap boot = {.curves = curves, .curve_count = curve_count, .count = count};
    lead_changes changes = {0};
    gf_status status = bootstrap_prepare(&boot, values, error);
    if (status == GF_OK)
        status = changes_prepare(&changes, count, error);
    if (status == GF_OK) {
        draw_excess(&boot, NULL);
        *found_count = list_changes(&changes, boot.excess, count, least_lead, found);
        *wins_first = changes.wins[0];
        for (size_t k = 0; k < *found_count; k++)
            found[k].at = exp(find_change(&boot, &changes, found, *found_count, k).at);
        find_intervals(&boot, &changes, seed, found, *found_count);
    }
    changes_clear(&changes);
    bootstrap_clear(&boot);
    return status;
}

/* ---- Levels ------------------------------------------------------------ */

double gf_passes_level(const double *values, const double *heights, size_t count, double level) {
    for (size_t i = 1; i < count; i++) {
        if (heights[0] >= level || heights[i] < level)
            continue;
        const double share = log(level / heights[i - 1]) / log(heights[i] / heights[i - 1]);
        return values[i - 1] * pow(values[i] / values[i - 1], share);
    }
    return 0;
}
