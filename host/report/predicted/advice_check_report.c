#include "report/predicted/advice_check_report.h"

#include "advise/advice_check.h"
#include "base/array.h"
#include "report/report_text.h"
#include "report/table.h"

static const gf_column columns[] = {
    {"device", "device", GF_CELL_TEXT},
    {"phase", "phase", GF_CELL_TEXT},
    {"predicted ms", "predicted_ns", GF_CELL_MS},
    {"low", "low_ns", GF_CELL_MS},
    {"high", "high_ns", GF_CELL_MS},
    {"measured ms", "measured_ns", GF_CELL_MS},
    {"error", "error", GF_CELL_SHARE},
    {"interval", "interval", GF_CELL_TEXT},
};

static void add_phase(gf_table *table, const gf_advice *advice, size_t index, gf_phase phase) {
    const gf_candidate *item = &advice->candidates->items[index];
    const gf_interval *predicted = &item->prediction.phases[phase];
    double measured = 0;
    if (!gf_advice_compares(advice, index, phase, &measured))
        return;
    gf_table_text(table, item->label);
    gf_table_text(table, gf_phase_name(phase));
    gf_table_number(table, predicted->value);
    gf_table_number(table, predicted->low);
    gf_table_number(table, predicted->high);
    gf_table_number(table, measured);
    gf_table_number(table, predicted->value / measured - 1);
    gf_table_text(table,
                  measured >= predicted->low && measured <= predicted->high ? "inside" : "outside");
}

gf_status gf_advice_review_write(const gf_advice *advice, gf_format format, bool colour,
                                 FILE *stream, gf_error *error) {
    gf_table table =
        gf_table_begin("Predicted beside measured (medians; error: predicted / measured - 1)",
                       columns, GF_COUNT_OF(columns));
    for (size_t i = 0; i < advice->candidates->count; i++) {
        for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++)
            add_phase(&table, advice, i, phase);
    }
    fputc('\n', stream);
    const gf_status status = gf_table_write_apart(&table, format, colour, stream, error);
    gf_write_conclusion("Checked", advice->review->text, format, false, stream);
    return status;
}
