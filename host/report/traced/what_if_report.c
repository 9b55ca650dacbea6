#include "report/traced/what_if_report.h"

#include <math.h>

#include "base/array.h"
#include "base/json.h"
#include "base/text.h"
#include "report/report_text.h"
#include "report/traced/ledger_json.h"

#define MOST_LEDGERS 3   /* of devices; -v shows all */
#define DOUBTFUL     0.1 /* error of a replay, from which on its figures are doubtful */

#define MEANING_FREE                                                                                 \
    "predicted, at best: transfers and launches at the least that the device allows, kernels in no " \
    "time. The host's work, building and allocating as traced"
#define MEANING_TOUCH                                                                               \
    "the same if each launch reads or writes all bytes that it could touch, once, at the memory's " \
    "best rate"
#define MEANING_SAME                                                                                 \
    "predicted, with kernels as long as traced, which is no statement about that device: transfers " \
    "and launches at best, and at worst"

static const gf_column device_columns[] = {
    {"device", "device", GF_CELL_TEXT, "a device that the trace is put under"},
    {"from", "basis", GF_CELL_TEXT,
     "what its times follow from: a data sheet gives bounds, a profile intervals of 90 %"},
    {"fits", "fits", GF_CELL_TEXT, "whether the memory of the program fits"},
    {"at best ms", "free_ns", GF_CELL_MS, MEANING_FREE},
    {"at most", "most_times", GF_CELL_RATIO,
     "traced / at best: the program would run so many times as fast there; no more"},
    {"touching ms", "touching_ns", GF_CELL_MS, MEANING_TOUCH},
    {"same kernels ms", "same_best_ns", GF_CELL_MS, MEANING_SAME},
    {"to ms", "same_worst_ns", GF_CELL_MS, "the same at worst"},
};

static const gf_column part_columns[] = {
    {"part", "part", GF_CELL_TEXT, "what the process does; each moment counts once"},
    {"traced ms", "traced_ns", GF_CELL_MS, "what the trace has"},
    {"at best ms", "free_ns", GF_CELL_MS, MEANING_FREE},
    {"touching ms", "touching_ns", GF_CELL_MS, MEANING_TOUCH},
    {"same kernels ms", "same_best_ns", GF_CELL_MS, MEANING_SAME},
    {"to ms", "same_worst_ns", GF_CELL_MS, "the same at worst"},
};

static void add_total(gf_table *table, const gf_what_if_row *row, gf_scenario scenario) {
    const gf_replayed *replayed = &row->scenarios[scenario];
    gf_table_number_if(table, replayed->known, (double)replayed->ledger.total_ns);
}

static gf_status write_devices(const gf_what_if *what_if, const gf_writer *to, gf_error *error) {
    gf_table table = gf_table_begin("What if: predicted, not measured", device_columns,
                                    GF_COUNT_OF(device_columns));
    for (size_t i = 0; i < what_if->count; i++) {
        const gf_what_if_row *row = &what_if->rows[i];
        gf_table_text(&table, row->device->name);
        gf_table_text(&table, row->device->basis);
        gf_table_text(&table, row->device->memory_bytes == 0 ? "" : row->fits ? "yes" : "no");
        gf_table_tone(&table, row->fits ? GF_TONE_PLAIN : GF_TONE_BAD);
        add_total(&table, row, GF_SCENARIO_FREE);
        gf_table_number_if(&table, row->most_times > 0, row->most_times);
        add_total(&table, row, GF_SCENARIO_TOUCHING);
        add_total(&table, row, GF_SCENARIO_SAME_BEST);
        add_total(&table, row, GF_SCENARIO_SAME_WORST);
    }
    return gf_table_write_apart(&table, to, error);
}

/* ---- Ledgers ----------------------------------------------------------- */

static void add_part(gf_table *table, const gf_program_view *view, const gf_what_if_row *row,
                     gf_program_part part) {
    gf_table_text(table, gf_program_part_name(part));
    gf_table_number(table, (double)view->ledger.parts_ns[part]);
    for (int i = 0; i < GF_SCENARIOS; i++)
        gf_table_number_if(table, row->scenarios[i].known,
                           (double)row->scenarios[i].ledger.parts_ns[part]);
}

static void add_launches(gf_table *table, const gf_program_view *view, const gf_what_if_row *row) {
    const gf_replayed *traced = &view->what_if.as_traced;
    gf_table_text(table, "launching");
    gf_table_number_if(table, traced->known, (double)traced->launches_ns);
    for (int i = 0; i < GF_SCENARIOS; i++)
        gf_table_number_if(table, row->scenarios[i].known, (double)row->scenarios[i].launches_ns);
}

static void add_sum(gf_table *table, const gf_program_view *view, const gf_what_if_row *row) {
    gf_table_text(table, "total");
    gf_table_number(table, (double)view->ledger.total_ns);
    for (int i = 0; i < GF_SCENARIOS; i++)
        add_total(table, row, (gf_scenario)i);
}

static gf_status write_ledger(const gf_program_view *view, const gf_what_if_row *row,
                              const gf_writer *to, gf_error *error) {
    char title[400];
    snprintf(title, sizeof title,
             "Predicted ledger on %s (%s); launching lies within the other parts",
             row->device->name, row->device->basis);
    gf_table table = gf_table_begin(title, part_columns, GF_COUNT_OF(part_columns));
    for (int i = 0; i < GF_PROGRAM_PARTS; i++)
        add_part(&table, view, row, (gf_program_part)i);
    add_sum(&table, view, row);
    add_launches(&table, view, row);
    return gf_table_write_apart(&table, to, error);
}

/* ---- Lines ------------------------------------------------------------- */

static void say_limit(const gf_what_if_row *row, const gf_writer *to) {
    char times[48];
    gf_format_speedup(row->most_times, times, sizeof times);
    if (!row->fits)
        gf_write_note(to, row->device->name, "the program's memory does not fit there");
    else if (row->most_times <= 0)
        gf_write_note(to, row->device->name, "its profile lacks transfers or launches");
    else
        gf_write_note(to, row->device->name,
                      "this program could at best run %s there%s; how long its kernels take "
                      "there does not follow from a trace",
                      times, row->device->bounded ? "" : " (predicted)");
}

static void say_error(const gf_what_if *what_if, const gf_writer *to) {
    char time[32];
    gf_format_ns((double)what_if->as_traced.ledger.total_ns, time, sizeof time);
    gf_write_note(to, "replay", "with its own times the program takes %s, %.1f %% off%s", time,
                  100 * what_if->replay_error,
                  what_if->replay_error > DOUBTFUL || !what_if->as_traced.known
                      ? ": the predicted figures are doubtful"
                      : "");
}

gf_status gf_write_what_if(const gf_program_view *view, const gf_writer *to, gf_error *error) {
    const gf_what_if *what_if = &view->what_if;
    const size_t ledgers =
        to->verbose || what_if->count < MOST_LEDGERS ? what_if->count : MOST_LEDGERS;
    if (what_if->count == 0)
        return GF_OK;
    gf_status status = write_devices(what_if, to, error);
    say_error(what_if, to);
    for (size_t i = 0; i < what_if->count; i++)
        say_limit(&what_if->rows[i], to);
    fputc('\n', to->stream);
    for (size_t i = 0; i < ledgers && status == GF_OK; i++) {
        if (what_if->rows[i].most_times > 0) /* else nothing is known */
            status = write_ledger(view, &what_if->rows[i], to, error);
    }
    return status;
}

/* ---- JSON -------------------------------------------------------------- */

static json_t *scenario_object(const gf_replayed *replayed, bool *bad) {
    if (!replayed->known)
        return json_null();
    json_t *object = json_object();
    gf_json_put(object, "ledger", gf_json_program_ledger(&replayed->ledger, bad), bad);
    gf_json_put_count(object, "launching_ns", replayed->launches_ns, bad);
    return object;
}

static json_t *device_object(const gf_what_if_row *row, bool *bad) {
    json_t *object = json_object(), *scenarios = json_object();
    gf_json_put_text(object, "device", row->device->name, bad);
    gf_json_put_text(object, "basis", row->device->basis, bad);
    gf_json_put_text(object, "kind", row->device->bounded ? "bounds" : "prediction", bad);
    gf_json_put_bool(object, "fits", row->fits, bad);
    gf_json_put_real(object, "at_most_times", row->most_times > 0 ? row->most_times : NAN, bad);
    for (int i = 0; i < GF_SCENARIOS; i++)
        gf_json_put(scenarios, gf_scenario_name((gf_scenario)i),
                    scenario_object(&row->scenarios[i], bad), bad);
    gf_json_put(object, "scenarios", scenarios, bad);
    return object;
}

json_t *gf_json_what_if(const gf_program_view *view, bool *bad) {
    const gf_what_if *what_if = &view->what_if;
    if (what_if->count == 0)
        return json_null();
    json_t *object = json_object(), *devices = json_array();
    gf_json_put_text(object, "basis", "predicted, not measured", bad);
    gf_json_put_count(object, "needed_bytes", what_if->needed_bytes, bad);
    gf_json_put_count(object, "replayed_ns", what_if->as_traced.ledger.total_ns, bad);
    gf_json_put_real(object, "replay_error", what_if->replay_error, bad);
    for (size_t i = 0; i < what_if->count; i++)
        gf_json_append(devices, device_object(&what_if->rows[i], bad), bad);
    gf_json_put(object, "devices", devices, bad);
    return object;
}
