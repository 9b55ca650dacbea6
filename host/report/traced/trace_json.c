#include "report/traced/trace_json.h"

#include "base/array.h"
#include "base/json.h"
#include "report/json_objects.h"
#include "report/report_checklist.h"
#include "report/traced/ledger_json.h"
#include "report/traced/program_view.h"
#include "report/traced/what_if_report.h"

static json_t *limits_object(const gf_program_ledger *ledger, bool *bad) {
    json_t *object = json_object();
    gf_json_put_real(object, "transfers_free", gf_program_factor(ledger, ledger->transfers_ns),
                     bad);
    gf_json_put_real(object, "builds_free", gf_program_factor(ledger, ledger->builds_ns), bad);
    gf_json_put_real(object, "both_free", gf_program_factor(ledger, ledger->both_ns), bad);
    return object;
}

static json_t *kernels_array(const gf_program_rows *rows, bool *bad) {
    json_t *array = json_array();
    for (size_t i = 0; i < rows->kernel_count; i++) {
        const gf_kernel_row *row = &rows->kernels[i];
        const bool timed = row->timed > 0;
        json_t *object = json_object();
        gf_json_put_text(object, "name", row->name, bad);
        gf_json_put_count(object, "launches", row->launches, bad);
        gf_json_put_count(object, "items", row->items, bad);
        gf_json_put_count_if(object, "run_ns", timed, row->run_ns, bad);
        gf_json_put_count_if(object, "median_ns", timed, row->median_ns, bad);
        gf_json_put_count_if(object, "median_gap_ns", timed, row->median_gap_ns, bad);
        gf_json_put_count_if(object, "touch_bytes", row->unknown == 0, row->touch_bytes, bad);
        gf_json_put_count_if(object, "touch_bytes_of_all", row->unknown == 0, row->all_touch_bytes,
                             bad);
        gf_json_append(array, object, bad);
    }
    return array;
}

static json_t *buffers_array(const gf_program_rows *rows, bool *bad) {
    json_t *array = json_array();
    for (size_t i = 0; i < rows->memory_count; i++) {
        const gf_memory_row *row = &rows->memories[i];
        json_t *object = json_object();
        gf_json_put_count(object, "number", row->number, bad);
        gf_json_put_count(object, "bytes", row->bytes, bad);
        gf_json_put_count(object, "uploads", row->ups, bad);
        gf_json_put_count(object, "up_bytes", row->up_bytes, bad);
        gf_json_put_count(object, "downloads", row->downs, bad);
        gf_json_put_count(object, "down_bytes", row->down_bytes, bad);
        gf_json_put_count(object, "sent_again", row->same, bad);
        gf_json_put_count(object, "perhaps_sent_again", row->perhaps, bad);
        gf_json_put_count(object, "launches", row->launches, bad);
        gf_json_append(array, object, bad);
    }
    return array;
}

static json_t *findings_array(const gf_trace_findings *findings, bool *bad) {
    json_t *array = json_array();
    for (size_t i = 0; i < findings->count; i++) {
        const gf_trace_finding *item = &findings->items[i];
        json_t *object = json_object();
        gf_json_put_text(object, "kind", gf_trace_finding_name(item->kind), bad);
        gf_json_put_count(object, "saving_ns", item->saving_ns, bad);
        gf_json_put_text(object, "text", item->text, bad);
        gf_json_append(array, object, bad);
    }
    return array;
}

static json_t *sums_object(const gf_program_rows *rows, bool *bad) {
    json_t *object = json_object();
    gf_json_put_count(object, "builds", rows->builds, bad);
    gf_json_put_count(object, "launches", rows->launches, bad);
    gf_json_put_count(object, "uploads", rows->ups, bad);
    gf_json_put_count(object, "up_bytes", rows->up_bytes, bad);
    gf_json_put_count(object, "downloads", rows->downs, bad);
    gf_json_put_count(object, "down_bytes", rows->down_bytes, bad);
    gf_json_put_count(object, "alloc_bytes", rows->alloc_bytes, bad);
    gf_json_put_count(object, "peak_bytes", rows->peak_bytes, bad);
    return object;
}

static json_t *verdict_array(const gf_program_view *view, bool *bad) {
    json_t *array = json_array();
    for (size_t i = 0; i < GF_COUNT_OF(view->verdict); i++)
        gf_json_append(array, gf_json_text(view->verdict[i]), bad);
    return array;
}

static json_t *checklist_array(const gf_program_view *view, bool *bad) {
    json_t *array = json_array();
    for (size_t i = 0; i < GF_CRITERION_COUNT; i++)
        gf_json_append(array, gf_json_criterion(&view->criteria[i], bad), bad);
    return array;
}

static json_t *process_object(const gf_program_view *view, bool *bad) {
    const gf_traced_process *process = &view->trace->processes[view->process];
    json_t *object = json_object();
    gf_json_put_count(object, "pid", process->record.pid, bad);
    gf_json_put_text(object, "command", process->command, bad);
    gf_json_put_bool(object, "clean_end", process->end.clean != 0, bad);
    gf_json_put_count(object, "dropped_records", process->end.dropped, bad);
    gf_json_put(object, "ledger", gf_json_program_ledger(&view->ledger, bad), bad);
    gf_json_put(object, "limits", limits_object(&view->ledger, bad), bad);
    gf_json_put(object, "sums", sums_object(&view->rows, bad), bad);
    gf_json_put(object, "kernels", kernels_array(&view->rows, bad), bad);
    gf_json_put(object, "buffers", buffers_array(&view->rows, bad), bad);
    gf_json_put(object, "findings", findings_array(&view->findings, bad), bad);
    gf_json_put(object, "checklist", checklist_array(view, bad), bad);
    gf_json_put(object, "what_if", gf_json_what_if(view, bad), bad);
    gf_json_put(object, "notes", gf_json_notes(&view->notes, bad), bad);
    gf_json_put(object, "verdict", verdict_array(view, bad), bad);
    return object;
}

static json_t *devices_array(const gf_trace *trace, bool *bad) {
    json_t *array = json_array();
    for (size_t i = 0; i < trace->device_count; i++) {
        json_t *object = json_object();
        gf_json_put_text(object, "name", trace->devices[i].name, bad);
        gf_json_put_text(object, "driver", trace->devices[i].driver, bad);
        gf_json_put_text(object, "clock_trouble", trace->devices[i].trouble, bad);
        gf_json_append(array, object, bad);
    }
    return array;
}

static gf_status add_processes(const gf_trace *trace, json_t *array, bool *bad, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; i < trace->process_count && status == GF_OK; i++) {
        gf_program_view view;
        status = gf_program_view_make(trace, i, &view, error);
        if (status == GF_OK)
            gf_json_append(array, process_object(&view, bad), bad);
        gf_program_view_clear(&view);
    }
    return status;
}

gf_status gf_trace_write_json(const gf_trace *trace, const gf_writer *to, gf_error *error) {
    bool bad = false;
    char missing[400];
    json_t *root = json_object(), *processes = json_array();
    gf_trace_missing_format(trace, missing, sizeof missing);
    gf_json_put_text(root, "schema", to->schema == NULL ? "gpufare.trace/1" : to->schema, &bad);
    gf_json_put_text(root, "command", trace->command, &bad);
    gf_json_put_count_if(root, "exit_status", trace->has_launch && trace->launch.signal == 0,
                         (uint64_t)(uint32_t)trace->launch.code, &bad);
    gf_json_put_count_if(root, "signal", trace->launch.signal != 0,
                         (uint64_t)(uint32_t)trace->launch.signal, &bad);
    gf_json_put_filled(root, "missing", missing, &bad);
    gf_json_put(root, "devices", devices_array(trace, &bad), &bad);
    const gf_status status = add_processes(trace, processes, &bad, error);
    gf_json_put(root, "processes", processes, &bad);
    if (status != GF_OK) {
        json_decref(root);
        return status;
    }
    return gf_json_dump(root, bad, to->stream, error);
}
