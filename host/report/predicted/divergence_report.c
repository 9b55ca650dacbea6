#include <string.h>

#include "analyse/divergence.h"
#include "base/json.h"
#include "report/predicted/divergence_report.h"
#include "report/table.h"

/* ---- The table --------------------------------------------------------- */

/* What a column shows of a row. */
enum { RATIO_PREDICTED, RATIO_MEASURED, RATIO_LOW, RATIO_HIGH };

static const gf_divergence_row *row_of(const void *context, size_t row) {
    return &((const gf_divergence *)context)->rows[row];
}

static gf_cell get_label(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(row_of(context, row)->label);
}

static gf_cell get_status(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(gf_outcome_name(row_of(context, row)->outcome));
}

static gf_cell get_reason(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(row_of(context, row)->reason);
}

static gf_cell get_lanes(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_lane_group lanes = row_of(context, row)->lanes;
    const double count = (double)lanes.rows * lanes.cols;
    return count > 0 ? gf_cell_number(count) : GF_NO_CELL;
}

static gf_cell get_efficiency(const void *context, size_t row, int tag) {
    const double efficiency = row_of(context, row)->efficiency[tag];
    return efficiency > 0 ? gf_cell_number(efficiency) : GF_NO_CELL;
}

static gf_cell get_kernel(const void *context, size_t row, int tag) {
    const double ns = row_of(context, row)->kernel_ns[tag];
    return ns > 0 ? gf_cell_number(ns) : GF_NO_CELL;
}

static gf_cell get_ratio(const void *context, size_t row, int tag) {
    const gf_divergence_row *own = row_of(context, row);
    const double ratios[] = {[RATIO_PREDICTED] = own->predicted,
                             [RATIO_MEASURED] = own->measured,
                             [RATIO_LOW] = own->low,
                             [RATIO_HIGH] = own->high};
    return ratios[tag] > 0 ? gf_cell_number(ratios[tag]) : GF_NO_CELL;
}

/* Of the prediction, as a share of what was measured. */
static gf_cell get_error(const void *context, size_t row, int tag) {
    (void)tag;
    const gf_divergence_row *own = row_of(context, row);
    return own->predicted > 0 && own->measured > 0
               ? gf_cell_number(own->predicted / own->measured - 1)
               : GF_NO_CELL;
}

static const gf_column columns[] = {
    {"device", "device", GF_CELL_TEXT, get_label, 0},
    {"status", "status", GF_CELL_TEXT, get_status, 0},
    {"lanes", "lanes", GF_CELL_COUNT, get_lanes, 0},
    {"efficiency", "efficiency", GF_CELL_SHARE, get_efficiency, GF_ORDER_COHERENT},
    {"shuffled", "efficiency_shuffled", GF_CELL_SHARE, get_efficiency, GF_ORDER_SHUFFLED},
    {"kernel ms", "kernel_ns", GF_CELL_MS, get_kernel, GF_ORDER_COHERENT},
    {"shuffled ms", "kernel_shuffled_ns", GF_CELL_MS, get_kernel, GF_ORDER_SHUFFLED},
    {"predicted", "slow_down_predicted", GF_CELL_RATIO, get_ratio, RATIO_PREDICTED},
    {"measured", "slow_down_measured", GF_CELL_RATIO, get_ratio, RATIO_MEASURED},
    {"least", "slow_down_least", GF_CELL_RATIO, get_ratio, RATIO_LOW},
    {"most", "slow_down_most", GF_CELL_RATIO, get_ratio, RATIO_HIGH},
    {"error", "error", GF_CELL_SHARE, get_error, 0},
    {"reason", "reason", GF_CELL_TEXT, get_reason, 0},
};

void gf_divergence_write(const gf_divergence *divergence, gf_format format, bool colour,
                         FILE *stream) {
    char title[256], text[512];
    snprintf(title, sizeof title,
             "Slow-down of the kernel by divergence: --%s %s against %s, the same items with the "
             "same work; %d rounds in turns",
             divergence->workload->reorder->param, divergence->workload->reorder->shuffled,
             divergence->workload->reorder->coherent, GF_DIVERGENCE_ROUNDS);
    const gf_table table = {title, columns, sizeof columns / sizeof columns[0], divergence,
                            divergence->count};
    gf_table_write(&table, format, colour, stream);
    if (format == GF_FORMAT_CSV)
        return;
    gf_divergence_format(divergence, text, sizeof text);
    fprintf(stream, format == GF_FORMAT_MARKDOWN ? "\n**Meaning:** %s\n\n" : "  meaning: %s\n\n",
            text);
}

/* ---- The sentence ------------------------------------------------------ */

/* The shape in which most GPUs' 32 lanes lie in a work-group of 8 columns. */
static const gf_lane_group gpu_group = {8, 4};

static void describe_gpu_theory(const gf_divergence *divergence, char *text, size_t size) {
    const double coherent =
        gf_estimate_efficiency(&divergence->estimates[GF_ORDER_COHERENT], gpu_group);
    const double shuffled =
        gf_estimate_efficiency(&divergence->estimates[GF_ORDER_SHUFFLED], gpu_group);
    snprintf(text, size,
             "; no GPU took part: in theory, not measured, %u lanes in step would lose %.2fx "
             "(efficiency %.1f %% against %.1f %%)",
             gpu_group.rows * gpu_group.cols, coherent / shuffled, coherent * 100, shuffled * 100);
}

void gf_divergence_format(const gf_divergence *divergence, char *text, size_t size) {
    const gf_divergence_row *most = NULL;
    uint32_t lanes = 0;
    for (size_t i = 0; i < divergence->count; i++) {
        const gf_divergence_row *row = &divergence->rows[i];
        if (row->outcome != GF_OUTCOME_OK)
            continue;
        const uint32_t own = row->lanes.rows * row->lanes.cols;
        lanes = own > lanes ? own : lanes;
        most = most == NULL || row->measured > most->measured ? row : most;
    }
    if (most == NULL) {
        snprintf(text, size, "no device returned a verified result");
        return;
    }
    char predicted[48] = "", theory[192] = "";
    if (most->predicted > 0)
        snprintf(predicted, sizeof predicted, ", predicted %.2fx", most->predicted);
    if (!divergence->gpu_took_part)
        describe_gpu_theory(divergence, theory, sizeof theory);
    snprintf(text, size, "losing the order costs at most %.2fx here (%s%s)%s%s.", most->measured,
             most->label, predicted,
             lanes == 1 ? ", where no kernel keeps neighbouring items in step" : "", theory);
}

/* ---- JSON -------------------------------------------------------------- */

static json_t *both_orders(const double numbers[GF_ORDERS], bool *bad) {
    json_t *object = json_object();
    gf_json_put_real(object, "coherent", numbers[GF_ORDER_COHERENT], bad);
    gf_json_put_real(object, "shuffled", numbers[GF_ORDER_SHUFFLED], bad);
    return object;
}

static json_t *group_json(gf_lane_group lanes, bool *bad) {
    json_t *object = json_object();
    gf_json_put_count(object, "rows", lanes.rows, bad);
    gf_json_put_count(object, "cols", lanes.cols, bad);
    return object;
}

/* null where there is nothing. */
static void put_ratio(json_t *object, const char *key, double ratio, bool *bad) {
    gf_json_put(object, key, ratio > 0 ? json_real(ratio) : json_null(), bad);
}

static json_t *row_json(const gf_divergence_row *row, bool *bad) {
    json_t *object = json_object();
    const bool ok = row->outcome == GF_OUTCOME_OK;
    gf_json_put_text(object, "device", row->label, bad);
    gf_json_put_text(object, "status", gf_outcome_name(row->outcome), bad);
    gf_json_put_text(object, "reason", row->reason[0] == '\0' ? NULL : row->reason, bad);
    gf_json_put(object, "lanes", row->lanes.rows > 0 ? group_json(row->lanes, bad) : json_null(),
                bad);
    gf_json_put(object, "efficiency",
                row->predicted > 0 ? both_orders(row->efficiency, bad) : json_null(), bad);
    gf_json_put(object, "kernel_ns", ok ? both_orders(row->kernel_ns, bad) : json_null(), bad);
    put_ratio(object, "predicted", row->predicted, bad);
    put_ratio(object, "measured", row->measured, bad);
    put_ratio(object, "least", row->low, bad);
    put_ratio(object, "most", row->high, bad);
    return object;
}

static json_t *efficiency_json(const gf_divergence *divergence, size_t index, bool *bad) {
    json_t *object = group_json(gf_lane_groups[index], bad);
    gf_json_put_real(object, "coherent", divergence->estimates[GF_ORDER_COHERENT].efficiency[index],
                     bad);
    gf_json_put_real(object, "shuffled", divergence->estimates[GF_ORDER_SHUFFLED].efficiency[index],
                     bad);
    return object;
}

json_t *gf_divergence_json(const gf_divergence *divergence, bool *bad) {
    const gf_reorder *reorder = divergence->workload->reorder;
    json_t *object = json_object(), *rows = json_array(), *efficiencies = json_array();
    char text[512];
    gf_divergence_format(divergence, text, sizeof text);
    gf_json_put_text(object, "parameter", reorder->param, bad);
    gf_json_put_text(object, "coherent", reorder->coherent, bad);
    gf_json_put_text(object, "shuffled", reorder->shuffled, bad);
    gf_json_put_count(object, "rounds", GF_DIVERGENCE_ROUNDS, bad);
    for (size_t i = 0; i < GF_LANE_GROUPS; i++)
        gf_json_append(efficiencies, efficiency_json(divergence, i, bad), bad);
    gf_json_put(object, "efficiency", efficiencies, bad);
    for (size_t i = 0; i < divergence->count; i++)
        gf_json_append(rows, row_json(&divergence->rows[i], bad), bad);
    gf_json_put(object, "results", rows, bad);
    gf_json_put(object, "gpu_evidence", json_boolean(divergence->gpu_took_part), bad);
    gf_json_put_text(object, "meaning", text, bad);
    return object;
}
