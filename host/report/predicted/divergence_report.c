#include "report/predicted/divergence_report.h"

#include <math.h>

#include "base/array.h"
#include "base/json.h"
#include "report/report_text.h"
#include "report/table/table.h"

/* The shape that the 32 lanes of most GPUs have in a work-group of 8 columns. */
#define GPU_GROUP GF_GROUP_8X4

static void format_gpu_theory(const gf_divergence *divergence, char *text, size_t size) {
    const double coherent = divergence->estimates[GF_ORDER_COHERENT].efficiency[GPU_GROUP];
    const double shuffled = divergence->estimates[GF_ORDER_SHUFFLED].efficiency[GPU_GROUP];
    snprintf(
        text, size,
        "; no GPU took part: in theory, not measured, %u lanes in step would take %.2fx as long "
        "(efficiency %.1f %% against %.1f %%)",
        gf_lane_groups[GPU_GROUP].rows * gf_lane_groups[GPU_GROUP].cols, coherent / shuffled,
        coherent * 100, shuffled * 100);
}

/* One sentence: what losing the order costs on these devices; what theory says about a GPU if none
 * took part. */
static void format_meaning(const gf_divergence *divergence, char *text, size_t size) {
    const gf_divergence_row *most = NULL;
    uint32_t lanes = 0;
    for (size_t i = 0; i < divergence->count; i++) {
        const gf_divergence_row *row = &divergence->rows[i];
        if (row->outcome != GF_OUTCOME_OK)
            continue;
        const uint32_t group = row->lanes.rows * row->lanes.cols;
        lanes = group > lanes ? group : lanes;
        most = most == NULL || row->measured > most->measured ? row : most;
    }
    if (most == NULL) {
        snprintf(text, size, "no device returned a verified result");
        return;
    }
    char predicted[48] = "", theory[192] = "";
    if (most->predicted > 0)
        snprintf(predicted, sizeof predicted, ", predicted %.2fx", most->predicted);
    if (!divergence->gpu_took_part && divergence->work_is_known)
        format_gpu_theory(divergence, theory, sizeof theory);
    snprintf(text, size,
             "without the order the kernel takes at most %.2fx as long here (%s%s)%s%s.",
             most->measured, most->label, predicted,
             lanes == 1 ? ", where no kernel keeps neighbouring items in step" : "", theory);
}

static const gf_column columns[] = {
    {"device", "device", GF_CELL_TEXT, GF_MEANING_DEVICE},
    {"status", "status", GF_CELL_TEXT, "ok: the results were verified; else there is no time"},
    {"lanes", "lanes", GF_CELL_COUNT, "items that run in step: all wait for the longest of them"},
    {"efficiency", "efficiency", GF_CELL_SHARE,
     "share of the lanes that have work, items in order"},
    {"shuffled", "efficiency_shuffled", GF_CELL_SHARE, "the same with the items in random order"},
    {"kernel ms", "kernel_ns", GF_CELL_MS, "computing, items in order"},
    {"shuffled ms", "kernel_shuffled_ns", GF_CELL_MS, "computing, items in random order"},
    {"predicted", "slow_down_predicted", GF_CELL_RATIO,
     "how many times as long the random order should take"},
    {"measured", "slow_down_measured", GF_CELL_RATIO, "how many times as long it took"},
    {"least", "slow_down_least", GF_CELL_RATIO, "the least of all rounds"},
    {"most", "slow_down_most", GF_CELL_RATIO, "the most of all rounds"},
    {"error", "error", GF_CELL_SHARE, "predicted / measured - 1"},
    {"reason", "reason", GF_CELL_TEXT, "why there is no time"},
};

/* In a row 0 stands for "not known". */
static void add_row(gf_table *table, const gf_divergence_row *row) {
    const double numbers[] = {(double)row->lanes.rows * row->lanes.cols,
                              row->efficiency[GF_ORDER_COHERENT],
                              row->efficiency[GF_ORDER_SHUFFLED],
                              row->kernel_ns[GF_ORDER_COHERENT],
                              row->kernel_ns[GF_ORDER_SHUFFLED],
                              row->predicted,
                              row->measured,
                              row->low,
                              row->high};
    gf_table_text(table, row->label);
    gf_table_text(table, gf_outcome_name(row->outcome));
    for (size_t i = 0; i < GF_COUNT_OF(numbers); i++)
        gf_table_number_if(table, numbers[i] > 0, numbers[i]);
    gf_table_number_if(table, row->predicted > 0 && row->measured > 0,
                       row->predicted / row->measured - 1);
    gf_table_text(table, row->reason);
}

gf_status gf_divergence_write(const gf_divergence *divergence, const gf_writer *to,
                              gf_error *error) {
    const gf_reorder reorder = gf_divergence_reorder(divergence->workload);
    char title[256], text[512];
    snprintf(title, sizeof title,
             "Slow-down of the kernel by divergence: %s %s against %s, the same items with the "
             "same work; %d rounds in turns",
             reorder.param, reorder.shuffled, reorder.coherent, GF_DIVERGENCE_ROUNDS);
    gf_table table = gf_table_begin(title, columns, GF_COUNT_OF(columns));
    for (size_t i = 0; i < divergence->count; i++)
        add_row(&table, &divergence->rows[i]);
    const gf_status status = gf_table_write(&table, to, error);
    if (to->format == GF_FORMAT_CSV)
        return status;
    format_meaning(divergence, text, sizeof text);
    fprintf(to->stream,
            to->format == GF_FORMAT_MARKDOWN ? "\n**Meaning:** %s\n\n" : "  meaning: %s\n\n", text);
    return status;
}

static json_t *orders_json(const double numbers[GF_ORDERS], bool *bad) {
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

static void put_ratio(json_t *object, const char *key, double ratio, bool *bad) {
    gf_json_put_real(object, key, ratio > 0 ? ratio : NAN, bad);
}

static json_t *row_json(const gf_divergence_row *row, bool *bad) {
    json_t *object = json_object();
    const bool ok = row->outcome == GF_OUTCOME_OK;
    gf_json_put_text(object, "device", row->label, bad);
    gf_json_put_text(object, "status", gf_outcome_name(row->outcome), bad);
    gf_json_put_filled(object, "reason", row->reason, bad);
    gf_json_put(object, "lanes", row->lanes.rows > 0 ? group_json(row->lanes, bad) : json_null(),
                bad);
    gf_json_put(object, "efficiency",
                row->predicted > 0 ? orders_json(row->efficiency, bad) : json_null(), bad);
    gf_json_put(object, "kernel_ns", ok ? orders_json(row->kernel_ns, bad) : json_null(), bad);
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
    const gf_reorder reorder = gf_divergence_reorder(divergence->workload);
    json_t *object = json_object(), *rows = json_array(), *efficiencies = json_array();
    char text[512];
    format_meaning(divergence, text, sizeof text);
    gf_json_put_text(object, "parameter", reorder.param, bad);
    gf_json_put_text(object, "coherent", reorder.coherent, bad);
    gf_json_put_text(object, "shuffled", reorder.shuffled, bad);
    gf_json_put_count(object, "rounds", GF_DIVERGENCE_ROUNDS, bad);
    for (size_t i = 0; divergence->work_is_known && i < GF_LANE_GROUPS; i++)
        gf_json_append(efficiencies, efficiency_json(divergence, i, bad), bad);
    gf_json_put(object, "efficiency", efficiencies, bad);
    for (size_t i = 0; i < divergence->count; i++)
        gf_json_append(rows, row_json(&divergence->rows[i], bad), bad);
    gf_json_put(object, "results", rows, bad);
    gf_json_put_bool(object, "gpu_evidence", divergence->gpu_took_part, bad);
    gf_json_put_text(object, "meaning", text, bad);
    return object;
}
