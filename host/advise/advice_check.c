#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "advise/advice.h"
#include "advise/advice_check.h"
#include "analyse/verdict.h"
#include "base/error.h"
#include "problem/params.h"
#include "report/table.h"

/* Phases shorter than this, both predicted and measured, are not compared: what they take is mostly
 * the reading of clocks. */
#define LEAST_NS 1000

/* ---- What ran ---------------------------------------------------------- */

/* The latest verified result of a candidate. */
static const gf_result *result_of(const gf_comparison *comparison, const gf_candidate *candidate) {
    for (size_t i = comparison->result_count; i-- > 0;) {
        const gf_result *result = comparison->results[i];
        if (result->device == candidate->device && result->outcome == GF_OUTCOME_OK &&
            strcmp(result->variant, candidate->variant) == 0)
            return result;
    }
    return NULL;
}

static double measured_ns(const gf_result *result, gf_phase phase) {
    const gf_statistics statistics = gf_result_phase(result, phase);
    return statistics.count == 0 ? 0 : (double)statistics.median_ns;
}

/* ---- Whether the verdict held ------------------------------------------ */

/* Of the candidates that ran; their count if none did. */
static size_t fastest_run(const gf_advice *advice) {
    const size_t count = advice->candidates->count;
    size_t best = count;
    for (size_t i = 0; i < count; i++) {
        const gf_result *result = advice->check->results[i];
        if (result == NULL)
            continue;
        if (best == count || measured_ns(result, GF_PHASE_TOTAL) <
                                 measured_ns(advice->check->results[best], GF_PHASE_TOTAL))
            best = i;
    }
    return best;
}

/* The fastest measured round trip of the predicted winner's device as a multiple of the fastest of
 * all; 0: that device did not run. */
static double loss(const gf_advice *advice, const gf_device *device, size_t best) {
    double own = 0;
    for (size_t i = 0; i < advice->candidates->count; i++) {
        const gf_result *result = advice->check->results[i];
        if (result == NULL || result->device != device)
            continue;
        const double total = measured_ns(result, GF_PHASE_TOTAL);
        own = own == 0 || total < own ? total : own;
    }
    return own / measured_ns(advice->check->results[best], GF_PHASE_TOTAL);
}

/* Says in words what came out for the device of `winner`, whose best run took `ratio` times as long
 * as that of the fastest. */
static void describe(const gf_advice *advice, const gf_candidate *winner, double ratio,
                     const char *fastest) {
    gf_advice_review *check = advice->check;
    if (ratio <= 0)
        snprintf(check->text, sizeof check->text, "%s did not run; %s was the fastest that did",
                 winner->label, fastest);
    else if (ratio <= 1)
        snprintf(check->text, sizeof check->text, "the verdict held: %s was the fastest", fastest);
    else
        snprintf(check->text, sizeof check->text,
                 "%s: %s was the fastest, and %s took %.3g times its time",
                 check->held ? "the verdict held, within what can be told apart"
                             : "the verdict did not hold",
                 fastest, winner->label, ratio);
}

static double spread_of(const gf_result *result) {
    const gf_statistics total = gf_result_phase(result, GF_PHASE_TOTAL);
    return gf_statistics_spread(&total);
}

/* What was measured on an unsteady machine says little about the prediction. false: all was steady.
 */
static bool add_caution(gf_advice *advice) {
    char *text = advice->check->text;
    for (size_t i = 0; i < advice->candidates->count; i++) {
        const gf_result *result = advice->check->results[i];
        if (result == NULL || spread_of(result) <= GF_WIDE_SPREAD)
            continue;
        const size_t used = strlen(text);
        snprintf(text + used, sizeof advice->check->text - used,
                 ". Doubtful: the samples of %s are unsteady (half of them spread over %.0f %% of "
                 "the median); check again on a quiet machine",
                 result->label, spread_of(result) * 100);
        return true;
    }
    return false;
}

/* Whether a time lies as far outside of its interval as that is wide to its side, on the
 * logarithmic scale: with the 90 % of the interval, one prediction in a thousand does. */
static bool is_far_off(const gf_interval *predicted, double measured) {
    return measured * predicted->value > predicted->high * predicted->high ||
           measured * predicted->value < predicted->low * predicted->low;
}

/* A profile that was measured while other programs ran predicts what nothing will come near. */
static void add_remedy(gf_advice *advice) {
    char *text = advice->check->text;
    for (size_t i = 0; i < advice->candidates->count; i++) {
        const gf_candidate *item = &advice->candidates->items[i];
        const gf_result *result = advice->check->results[i];
        const gf_interval *total = &item->prediction.phases[GF_PHASE_TOTAL];
        if (result == NULL || !item->prediction.possible ||
            !is_far_off(total, measured_ns(result, GF_PHASE_TOTAL)))
            continue;
        const size_t used = strlen(text);
        snprintf(
            text + used, sizeof advice->check->text - used,
            ". %s took %.3g times what was predicted, far outside of the interval: its profile "
            "may be of a busy machine; run `gpufare calibrate` on a quiet one",
            result->label, measured_ns(result, GF_PHASE_TOTAL) / total->value);
        return;
    }
}

/* A verdict holds when its device is the fastest or as good as that; one that was too close to
 * call, when one of its two is. */
static void judge(gf_advice *advice) {
    const gf_ranking *ranking = &advice->ranking;
    const gf_candidates *candidates = advice->candidates;
    const size_t best = fastest_run(advice);
    if (best == candidates->count || ranking->winner == candidates->count ||
        candidates->items[ranking->winner].device == NULL) {
        snprintf(advice->check->text, sizeof advice->check->text,
                 "there is nothing to hold the verdict against: its device did not run");
        return;
    }
    const gf_candidate *winner = &candidates->items[ranking->winner];
    double ratio = loss(advice, winner->device, best);
    if (ranking->kind == GF_ADVICE_TOO_CLOSE) {
        const gf_candidate *second = &candidates->items[ranking->runner_up];
        const double other = second->device == NULL ? 0 : loss(advice, second->device, best);
        if (other > 0 && (ratio <= 0 || other < ratio)) {
            winner = second;
            ratio = other;
        }
    }
    advice->check->held = ratio > 0 && ratio < GF_CLOSE_RATIO;
    describe(advice, winner, ratio, candidates->items[best].label);
}

/* ---- The ledger of errors ---------------------------------------------- */

/* "size=64x64 steps=10": what is not at its default; cut where there is no room. */
static void list_values(const gf_params *params, char *text, size_t size) {
    const gf_workload *workload = gf_params_workload(params);
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < workload->param_count && used < size; i++) {
        const char *name = workload->params[i].name;
        if (gf_params_is_set(params, name))
            used += (size_t)snprintf(text + used, size - used, "%s%s=%s", used == 0 ? "" : " ",
                                     name, gf_params_text(params, name));
    }
}

static void fill_entry(const gf_advice *advice, size_t index, gf_prediction_entry *entry) {
    const gf_candidate *candidate = &advice->candidates->items[index];
    const gf_problem *problem = advice->comparison->problem;
    const time_t now = time(NULL);
    struct tm parts;
    memset(entry, 0, sizeof *entry);
    if (gmtime_r(&now, &parts) != NULL)
        (void)strftime(entry->at, sizeof entry->at, "%Y-%m-%dT%H:%M:%SZ", &parts);
    snprintf(entry->workload, sizeof entry->workload, "%s", problem->workload->name);
    snprintf(entry->device, sizeof entry->device, "%s", candidate->label);
    list_values(problem->params, entry->values, sizeof entry->values);
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++) {
        entry->predicted_ns[phase] = candidate->prediction.phases[phase].value;
        entry->measured_ns[phase] = measured_ns(advice->check->results[index], phase);
    }
}

static gf_status append(gf_advice *advice, gf_error *error) {
    gf_status status = GF_OK;
    const size_t before = advice->ledger->count;
    for (size_t i = 0; status == GF_OK && i < advice->candidates->count; i++) {
        gf_prediction_entry entry;
        if (advice->check->results[i] == NULL || !advice->candidates->items[i].prediction.possible)
            continue;
        fill_entry(advice, i, &entry);
        status = gf_prediction_log_add(advice->ledger, &entry, error);
    }
    if (status == GF_OK && advice->ledger->count > before)
        advice->log_saved = gf_prediction_log_save(advice->ledger);
    return status;
}

gf_status gf_advice_check(gf_advice *advice, gf_error *error) {
    const size_t count = advice->candidates->count;
    if (advice->check != NULL)
        return gf_error_set(error, GF_FAILED, "this advice was checked before");
    gf_advice_review *check = calloc(1, sizeof *check);
    const gf_result **results = calloc(count + 1, sizeof *results);
    if (check == NULL || results == NULL) {
        free(check);
        free(results);
        return gf_error_no_memory(error, "a check", count * sizeof *results);
    }
    check->results = results;
    for (size_t i = 0; i < count; i++) {
        if (advice->candidates->items[i].device != NULL)
            results[i] = result_of(advice->comparison, &advice->candidates->items[i]);
    }
    advice->check = check;
    judge(advice);
    if (!add_caution(advice))
        add_remedy(advice);
    return advice->ledger == NULL ? GF_OK : append(advice, error);
}

/* ---- In reports -------------------------------------------------------- */

bool gf_advice_compares(const gf_advice *advice, size_t candidate, gf_phase phase,
                        double *measured) {
    const gf_prediction *prediction = &advice->candidates->items[candidate].prediction;
    const gf_result *result = advice->check->results[candidate];
    if (phase == GF_PHASE_BUILD || phase == GF_PHASE_UNEXPLAINED || result == NULL ||
        !prediction->possible)
        return false;
    *measured = measured_ns(result, phase);
    const double predicted = prediction->phases[phase].value;
    return *measured > 0 && predicted > 0 && fmax(*measured, predicted) >= LEAST_NS;
}

/* One phase of one candidate. */
typedef struct error_row {
    const char *label;
    gf_phase phase;
    gf_interval predicted;
    double measured;
} error_row;

static const error_row *row_at(const void *context, size_t row) {
    return &((const error_row *)context)[row];
}

static gf_cell get_device(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(row_at(context, row)->label);
}

static gf_cell get_phase(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(gf_phase_name(row_at(context, row)->phase));
}

enum { ROW_VALUE, ROW_LOW, ROW_HIGH, ROW_MEASURED, ROW_ERROR };

static gf_cell get_number(const void *context, size_t row, int tag) {
    const error_row *own = row_at(context, row);
    const double numbers[] = {[ROW_VALUE] = own->predicted.value,
                              [ROW_LOW] = own->predicted.low,
                              [ROW_HIGH] = own->predicted.high,
                              [ROW_MEASURED] = own->measured,
                              [ROW_ERROR] = own->predicted.value / own->measured - 1};
    return gf_cell_number(numbers[tag]);
}

static gf_cell get_inside(const void *context, size_t row, int tag) {
    (void)tag;
    const error_row *own = row_at(context, row);
    return gf_cell_text(own->measured >= own->predicted.low && own->measured <= own->predicted.high
                            ? "inside"
                            : "outside");
}

static const gf_column error_columns[] = {
    {"device", "device", GF_CELL_TEXT, get_device, 0},
    {"phase", "phase", GF_CELL_TEXT, get_phase, 0},
    {"predicted ms", "predicted_ns", GF_CELL_MS, get_number, ROW_VALUE},
    {"low", "low_ns", GF_CELL_MS, get_number, ROW_LOW},
    {"high", "high_ns", GF_CELL_MS, get_number, ROW_HIGH},
    {"measured ms", "measured_ns", GF_CELL_MS, get_number, ROW_MEASURED},
    {"error", "error", GF_CELL_SHARE, get_number, ROW_ERROR},
    {"interval", "interval", GF_CELL_TEXT, get_inside, 0},
};

gf_status gf_advice_review_write(const gf_advice *advice, gf_format format, bool colour,
                                 FILE *stream, gf_error *error) {
    const size_t most = advice->candidates->count * GF_PHASE_COUNT;
    size_t count = 0;
    error_row *rows = calloc(most + 1, sizeof *rows);
    if (rows == NULL)
        return gf_error_no_memory(error, "the table of errors", (most + 1) * sizeof *rows);
    for (size_t i = 0; i < most; i++) {
        const gf_candidate *item = &advice->candidates->items[i / GF_PHASE_COUNT];
        const gf_phase phase = (gf_phase)(i % GF_PHASE_COUNT);
        double measured = 0;
        if (gf_advice_compares(advice, i / GF_PHASE_COUNT, phase, &measured))
            rows[count++] =
                (error_row){item->label, phase, item->prediction.phases[phase], measured};
    }
    const gf_table table = {"Predicted beside measured (medians; error: predicted / measured - 1)",
                            error_columns, sizeof error_columns / sizeof error_columns[0], rows,
                            count};
    fputc('\n', stream);
    gf_table_write(&table, format, colour, stream);
    fprintf(stream, format == GF_FORMAT_MARKDOWN ? "\n**Checked:** %s\n" : "\nChecked: %s\n",
            advice->check->text);
    free(rows);
    return GF_OK;
}
