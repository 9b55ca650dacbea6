/* Conclusions from a sweep: thresholds, knees and serial fractions. */
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "breakeven/breakeven.h"
#include "os/machine.h"

/* The arrays of one gf_curve, and the index of its series. */
typedef struct curve_room {
    size_t series;
    gf_samples samples[GF_SWEEP_MAX];
    double ns[GF_SWEEP_MAX], deviations[GF_SWEEP_MAX];
} curve_room;

static gf_curve curve_of(const gf_breakeven_series *series, size_t count, gf_basis basis,
                         curve_room *room) {
    for (size_t i = 0; i < count; i++) {
        const gf_breakeven_cell *cell = &series->cells[i];
        const bool has = gf_breakeven_has(series, i, basis);
        room->samples[i] = cell->totals; /* borrowed */
        room->ns[i] = has ? gf_prediction_best(&cell->prediction).value : INFINITY;
        room->deviations[i] = has ? cell->prediction.log_deviation : 0;
    }
    return basis == GF_MEASURED ? (gf_curve){room->samples, NULL, NULL}
                                : (gf_curve){NULL, room->ns, room->deviations};
}

/* ---- Thresholds -------------------------------------------------------- */

typedef struct curve_set {
    gf_breakeven *breakeven;
    gf_basis basis;
    uint64_t seed;
    double values[GF_SWEEP_MAX];
    size_t count;                   /* of members: the series that have times on this basis */
    curve_room *rooms;              /* one for each member */
    curve_room chip;                /* of the chip whose threshold is being found */
    gf_curve *curves, *contestants; /* one for each member; those of one threshold, winner first */
} curve_set;

static gf_status set_prepare(curve_set *set, gf_error *error) {
    gf_breakeven *breakeven = set->breakeven;
    const size_t most = breakeven->series_count + 1;
    set->rooms = calloc(most, sizeof *set->rooms);
    set->curves = calloc(most, sizeof *set->curves);
    set->contestants = calloc(most, sizeof *set->contestants);
    if (set->rooms == NULL || set->curves == NULL || set->contestants == NULL)
        return gf_error_no_memory(error, "curves", most * sizeof *set->rooms);
    for (size_t i = 0; i < breakeven->sweep.count; i++)
        set->values[i] = breakeven->sweep.values[i].number;
    for (size_t s = 0; s < breakeven->series_count; s++) {
        if (!gf_breakeven_has_any(breakeven, breakeven->series[s], set->basis))
            continue;
        const size_t m = set->count++;
        set->rooms[m].series = s;
        set->curves[m] =
            curve_of(breakeven->series[s], breakeven->sweep.count, set->basis, &set->rooms[m]);
    }
    return GF_OK;
}

static void set_clear(curve_set *set) {
    free(set->rooms);
    free(set->curves);
    free(set->contestants);
}

/* Curves that other programs bent cross anywhere. */
static bool is_disturbed(const curve_set *set, size_t member, size_t rival) {
    for (size_t m = 0; set->basis == GF_MEASURED && m < set->count; m++) {
        if ((m == member || rival == GF_ALL_RIVALS || rival == m) &&
            gf_breakeven_is_disturbed(set->breakeven, set->breakeven->series[set->rooms[m].series]))
            return true;
    }
    return false;
}

/* ---- A chip under several names ---------------------------------------- */

static double time_at(const curve_set *set, size_t member, size_t value) {
    const gf_breakeven_series *series = set->breakeven->series[set->rooms[member].series];
    if (!gf_breakeven_has(series, value, set->basis))
        return INFINITY;
    return set->basis == GF_MEASURED ? (double)series->cells[value].total.median_ns
                                     : set->rooms[member].ns[value];
}

static bool are_rivals(const curve_set *set, size_t a, size_t b) {
    gf_breakeven_series **series = set->breakeven->series;
    return a != b &&
           !gf_breakeven_share_chip(series[set->rooms[a].series], series[set->rooms[b].series]);
}

/* Of the member and the other listings of its chip, the one that is the fastest at a value. */
static size_t fastest_listing(const curve_set *set, size_t member, size_t value) {
    size_t best = member;
    for (size_t m = 0; m < set->count; m++) {
        const double time = time_at(set, m, value), least = time_at(set, best, value);
        if (!are_rivals(set, m, member) && (time < least || (time <= least && m < best)))
            best = m;
    }
    return best;
}

/* One listing has the threshold of its chip against all others: the one that is the fastest at the
 * last value at which any of them has a time. */
static bool stands_for_chip(const curve_set *set, size_t member) {
    for (size_t i = set->breakeven->sweep.count; i-- > 0;) {
        const size_t best = fastest_listing(set, member, i);
        if (isfinite(time_at(set, best, i)))
            return best == member;
    }
    return true;
}

/* The fastest listing at each value. */
static gf_curve chip_curve(curve_set *set, size_t member) {
    curve_room *room = &set->chip;
    for (size_t i = 0; i < set->breakeven->sweep.count; i++) {
        const curve_room *from = &set->rooms[fastest_listing(set, member, i)];
        room->samples[i] = from->samples[i];
        room->ns[i] = from->ns[i];
        room->deviations[i] = from->deviations[i];
    }
    return set->basis == GF_MEASURED ? (gf_curve){room->samples, NULL, NULL}
                                     : (gf_curve){NULL, room->ns, room->deviations};
}

/* `rival`: a member, or GF_ALL_RIVALS. Adds nothing where there is no rival. */
static gf_status add_threshold(curve_set *set, size_t member, size_t rival, gf_error *error) {
    gf_breakeven *breakeven = set->breakeven;
    size_t curve_count = 0;
    if (is_disturbed(set, member, rival))
        return GF_OK;
    set->contestants[curve_count++] =
        rival == GF_ALL_RIVALS ? chip_curve(set, member) : set->curves[member];
    for (size_t m = 0; m < set->count; m++) {
        if (are_rivals(set, m, member) && (rival == GF_ALL_RIVALS || rival == m))
            set->contestants[curve_count++] = set->curves[m];
    }
    if (curve_count == 1)
        return GF_OK;
    gf_breakeven_threshold found = {.basis = set->basis,
                                    .series = set->rooms[member].series,
                                    .rival = rival == GF_ALL_RIVALS ? GF_ALL_RIVALS
                                                                    : set->rooms[rival].series};
    gf_status status = gf_crossover_find(set->values, breakeven->sweep.count, set->contestants,
                                         curve_count, set->seed, &found.crossover, error);
    if (status == GF_OK)
        status =
            gf_array_grow(&breakeven->thresholds, breakeven->threshold_count, sizeof found, error);
    if (status == GF_OK)
        breakeven->thresholds[breakeven->threshold_count++] = found;
    return status;
}

/* Each chip against all others; with more than two devices also each against each. */
static gf_status find_thresholds(gf_breakeven *breakeven, gf_basis basis, uint64_t seed,
                                 gf_error *error) {
    curve_set set = {.breakeven = breakeven, .basis = basis, .seed = seed};
    gf_status status = set_prepare(&set, error);
    const size_t count = set.count;
    for (size_t m = 0; status == GF_OK && count > 1 && m < count; m++) {
        if (stands_for_chip(&set, m))
            status = add_threshold(&set, m, GF_ALL_RIVALS, error);
    }
    for (size_t m = 0; status == GF_OK && count > 2 && m < count; m++) {
        for (size_t r = 0; status == GF_OK && r < count; r++) {
            if (r != m)
                status = add_threshold(&set, m, r, error);
        }
    }
    set_clear(&set);
    return status;
}

/* ---- Knees and serial fractions ---------------------------------------- */

static void find_knees(gf_breakeven *breakeven) {
    gf_machine machine;
    gf_machine_examine(&machine);
    const struct {
        const char *name;
        uint64_t bytes;
    } caches[GF_MAX_KNEES] = {
        {"L1d", machine.l1d_bytes}, {"L2", machine.l2_bytes}, {"L3", machine.l3_bytes}};
    double values[GF_SWEEP_MAX], footprints[GF_SWEEP_MAX];
    for (size_t i = 0; i < breakeven->sweep.count; i++) {
        values[i] = breakeven->sweep.values[i].number;
        footprints[i] = (double)breakeven->footprints[i];
    }
    for (size_t i = 0; i < GF_MAX_KNEES; i++) {
        const double value = caches[i].bytes == 0
                                 ? 0
                                 : gf_passes_level(values, footprints, breakeven->sweep.count,
                                                   (double)caches[i].bytes);
        if (value > 0)
            breakeven->knees[breakeven->knee_count++] =
                (gf_knee){caches[i].name, caches[i].bytes, value};
    }
}

static gf_status fit_amdahl(gf_breakeven *breakeven, uint64_t seed, gf_error *error) {
    double threads[GF_SWEEP_MAX];
    gf_samples samples[GF_SWEEP_MAX];
    gf_status status = GF_OK;
    for (size_t s = 0; status == GF_OK && s < breakeven->series_count; s++) {
        gf_breakeven_series *series = breakeven->series[s];
        for (size_t i = 0; i < breakeven->sweep.count; i++) {
            threads[i] = breakeven->sweep.values[i].number;
            samples[i] = series->cells[i].totals; /* borrowed */
        }
        status =
            gf_amdahl_fit(threads, samples, breakeven->sweep.count, seed, &series->amdahl, error);
    }
    return status;
}

gf_status gf_breakeven_conclude(gf_breakeven *breakeven, uint64_t seed, gf_error *error) {
    GF_ENTER(error);
    gf_status status = GF_OK;
    breakeven->threshold_count = 0;
    breakeven->knee_count = 0;
    for (gf_basis basis = 0; status == GF_OK && basis < GF_BASES; basis++)
        status = find_thresholds(breakeven, basis, seed, error);
    if (status == GF_OK && breakeven->sweep.threads)
        status = fit_amdahl(breakeven, seed, error);
    if (status == GF_OK)
        find_knees(breakeven);
    return status;
}
