#include "analyse/ranking.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "device/chip.h"

#define MOST_LISTED   64  /* devices of one chip */
#define CHIP_SENTENCE 160 /* bytes of the sentence about a chip, without names */

static bool is_own_baseline(const gf_result *result) {
    const gf_device_info *info = &result->device->info;
    return info->baseline_variant != NULL && strcmp(info->baseline_variant, result->variant) == 0;
}

static gf_rank_row row_of_result(const gf_rank_rows *rows, size_t index) {
    const gf_result *result = ((const gf_result *const *)rows->source)[index];
    if (result == NULL)
        return (gf_rank_row){.ok = false};
    const gf_device_info *info = &result->device->info;
    return (gf_rank_row){.label = result->label,
                         .device = result->device,
                         .info = info,
                         .kernel_ns = gf_result_median_ns(result, GF_PHASE_KERNEL),
                         .total_ns = gf_result_best_ns(result),
                         .ok = result->outcome == GF_OUTCOME_OK &&
                               result->statistics[GF_PHASE_TOTAL].count > 0,
                         .is_baseline = is_own_baseline(result),
                         .is_gpu = info->device_class == GF_CLASS_GPU};
}

gf_rank_rows gf_rank_rows_of_results(const gf_result *const *results, size_t count) {
    return (gf_rank_rows){.count = count, .at = row_of_result, .source = results};
}

gf_rank_rows gf_rank_rows_of_comparison(const gf_comparison *comparison) {
    return gf_rank_rows_of_results((const gf_result *const *)comparison->results,
                                   comparison->result_count);
}

static gf_rank_row row_of_candidate(const gf_rank_rows *rows, size_t index) {
    const gf_candidate *item = &((const gf_candidates *)rows->source)->items[index];
    const gf_prediction *prediction =
        rows->predictions == NULL ? &item->prediction : &rows->predictions[index];
    /* `device` identifies the device: its profile, or the candidate itself without one. */
    return (gf_rank_row){.label = item->label,
                         .device = item->profile == NULL ? (const void *)item : item->profile,
                         .info = item->device == NULL ? NULL : &item->device->info,
                         .kernel_ns = prediction->phases[GF_PHASE_KERNEL].value,
                         .total_ns = gf_prediction_best(prediction).value,
                         .ok = prediction->possible,
                         .is_baseline = item->is_baseline,
                         .is_gpu = item->device_class == GF_CLASS_GPU};
}

gf_rank_rows gf_rank_rows_of_candidates(const gf_candidates *candidates,
                                        const gf_prediction *predictions) {
    return (gf_rank_rows){.count = candidates->count,
                          .at = row_of_candidate,
                          .source = candidates,
                          .predictions = predictions};
}

bool gf_rank_are_rivals(const gf_rank_row *a, const gf_rank_row *b) {
    return a->device != b->device &&
           (a->info == NULL || b->info == NULL || !gf_chip_is_shared(a->info, b->info));
}

/* Which rows take part in a search; NULL: any. */
typedef struct rank_filter {
    const void *device;
    const gf_rank_row *rival_of, *like; /* like: not a rival of it */
    bool gpu;
} rank_filter;

static size_t fastest(const gf_rank_rows *rows, rank_filter filter) {
    size_t best = rows->count;
    double least = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const gf_rank_row row = rows->at(rows, i);
        if (!row.ok || (filter.device != NULL && row.device != filter.device) ||
            (filter.rival_of != NULL && !gf_rank_are_rivals(&row, filter.rival_of)) ||
            (filter.like != NULL && gf_rank_are_rivals(&row, filter.like)) ||
            (filter.gpu && !row.is_gpu))
            continue;
        if (best == rows->count || row.total_ns < least) {
            best = i;
            least = row.total_ns;
        }
    }
    return best;
}

static size_t best_kernel(const gf_rank_rows *rows, size_t winner) {
    size_t best = winner;
    double least = rows->at(rows, winner).kernel_ns / GF_CLOSE_RATIO;
    for (size_t i = 0; i < rows->count; i++) {
        const gf_rank_row row = rows->at(rows, i);
        if (row.ok && row.kernel_ns < least) {
            best = i;
            least = row.kernel_ns;
        }
    }
    return best;
}

static size_t baseline_of(const gf_rank_rows *rows) {
    size_t first = rows->count;
    for (size_t i = 0; i < rows->count; i++) {
        const gf_rank_row row = rows->at(rows, i);
        if (row.ok && row.is_baseline)
            return i;
        if (row.ok && first == rows->count)
            first = i;
    }
    return first;
}

gf_ranking gf_rank(const gf_rank_rows *rows) {
    const size_t none = rows->count, winner = fastest(rows, (rank_filter){.gpu = false});
    if (winner == none)
        return (gf_ranking){none, none, none, none, none};
    const gf_rank_row first = rows->at(rows, winner);
    return (gf_ranking){.winner = winner,
                        .runner_up = fastest(rows, (rank_filter){.rival_of = &first}),
                        .gpu = fastest(rows, (rank_filter){.gpu = true}),
                        .kernel_best = best_kernel(rows, winner),
                        .baseline = baseline_of(rows)};
}

size_t gf_rank_fastest_of(const gf_rank_rows *rows, const void *device) {
    return fastest(rows, (rank_filter){.device = device});
}

bool gf_rank_stands_for_device(const gf_rank_rows *rows, size_t index) {
    const void *device = rows->at(rows, index).device;
    size_t shown = gf_rank_fastest_of(rows, device);
    for (size_t i = 0; shown == rows->count && i < rows->count; i++) {
        if (rows->at(rows, i).device == device)
            shown = i;
    }
    return shown == index;
}

size_t gf_rank_fastest_like(const gf_rank_rows *rows, const gf_rank_row *like) {
    return fastest(rows, (rank_filter){.like = like});
}

size_t gf_rank_first_like(const gf_rank_rows *rows, size_t index) {
    const gf_rank_row row = rows->at(rows, index);
    for (size_t i = 0; i < index; i++) {
        const gf_rank_row other = rows->at(rows, i);
        if (!gf_rank_are_rivals(&other, &row))
            return i;
    }
    return index;
}

/* ---- Chips under several names ----------------------------------------- */

/* The ids of the devices that are ok and share the chip of `row`. 0: a row before `first` has them
 * already. */
static size_t list_listings(const gf_rank_rows *rows, size_t first, const char *ids[MOST_LISTED]) {
    const gf_rank_row row = rows->at(rows, first);
    size_t count = 0;
    for (size_t i = 0; i < rows->count && count < MOST_LISTED; i++) {
        const gf_rank_row other = rows->at(rows, i);
        bool seen = false;
        if (!other.ok || other.info == NULL || !gf_chip_is_shared(other.info, row.info))
            continue;
        if (i < first)
            return 0;
        for (size_t j = 0; j < count && !seen; j++)
            seen = strcmp(ids[j], other.info->id) == 0;
        if (!seen)
            ids[count++] = other.info->id;
    }
    return count;
}

/* Adds whole sentences only. */
void gf_rank_add_chips(const gf_rank_rows *rows, gf_text *text) {
    for (size_t i = 0; i < rows->count; i++) {
        const char *ids[MOST_LISTED];
        char names[256];
        gf_text list = gf_text_in(names, sizeof names);
        const gf_rank_row row = rows->at(rows, i);
        const size_t count = row.ok && row.info != NULL ? list_listings(rows, i, ids) : 0;
        if (count < 2)
            continue;
        gf_text_add_names(&list, ids, count);
        if (text->size - text->used < sizeof names + GF_CHIP_TEXT + CHIP_SENTENCE)
            return;
        gf_text_add(text,
                    " %s are one chip (%s) under several names, of which the fastest stands for "
                    "it: a difference between them is one of drivers.",
                    names, row.info->chip);
    }
}

const gf_result *gf_rank_baseline(const gf_comparison *comparison) {
    const gf_rank_rows rows = gf_rank_rows_of_comparison(comparison);
    const size_t baseline = baseline_of(&rows);
    return baseline == rows.count ? NULL : comparison->results[baseline];
}

static void format_baseline(const char *label, const char *up_to, uint32_t threads, char *text,
                            size_t size) {
    if (threads == 0)
        snprintf(text, size, "%s", label);
    else
        snprintf(text, size, "%s (%s%u thread%s)", label, threads == 1 ? "" : up_to, threads,
                 threads == 1 ? "" : "s");
}

/* A search may have found fewer threads than the device has. */
static uint32_t threads_of(const gf_result *result) {
    const gf_tuning *tuning = &result->tuning;
    for (uint32_t i = 0; i < tuning->count; i++) {
        if (strcmp(tuning->tunables[i].name, "threads") == 0)
            return tuning->values[i];
    }
    return result->device->info.compute_units;
}

void gf_baseline_format_result(const gf_result *baseline, char *text, size_t size) {
    text[0] = '\0';
    if (baseline != NULL)
        format_baseline(baseline->label, "", is_own_baseline(baseline) ? threads_of(baseline) : 0,
                        text, size);
}

void gf_baseline_format_candidate(const gf_candidate *baseline, char *text, size_t size) {
    format_baseline(baseline->label, "up to ", gf_candidate_baseline_threads(baseline), text, size);
}

void gf_rank_add_unused(const gf_session *session, gf_text *text) {
    const size_t count = session->warnings.count;
    if (count > 0)
        gf_text_add(text,
                    " %zu driver%s or device%s could not be used and took no part: see the lines "
                    "'not used'.",
                    count, count == 1 ? "" : "s", count == 1 ? "" : "s");
}

const char *gf_rank_no_other(const gf_session *session) {
    return session->warnings.count > 0 ? "; no other device took part."
                                       : "; no other device to compare with.";
}
