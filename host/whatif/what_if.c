#include "whatif/what_if.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"

static gf_status make_row(const gf_trace *trace, uint32_t process, gf_what_if *what_if,
                          const gf_other_device *device, gf_what_if_row *row, gf_error *error) {
    *row = (gf_what_if_row){.device = device,
                            .fits = device->memory_bytes == 0 ||
                                    what_if->needed_bytes <= device->memory_bytes};
    for (int i = 0; i < GF_SCENARIOS; i++) {
        const gf_status status =
            gf_replay(trace, process, device, (gf_scenario)i, &row->scenarios[i], error);
        if (status != GF_OK)
            return status;
    }
    const gf_replayed *best = &row->scenarios[GF_SCENARIO_FREE];
    const double was = (double)what_if->as_traced.ledger.total_ns;
    row->most_times =
        best->known && best->ledger.total_ns > 0 ? was / (double)best->ledger.total_ns : 0;
    return GF_OK;
}

gf_status gf_what_if_make(const gf_trace *trace, uint32_t process, uint64_t needed_bytes,
                          gf_what_if *what_if, gf_error *error) {
    gf_program_ledger was;
    *what_if = (gf_what_if){.needed_bytes = needed_bytes};
    if (trace->other_count == 0)
        return GF_OK;
    what_if->rows = calloc(trace->other_count, sizeof *what_if->rows);
    if (what_if->rows == NULL)
        return gf_error_no_memory(error, "predictions",
                                  trace->other_count * sizeof(gf_what_if_row));
    gf_status status = gf_program_ledger_make(trace, process, &was, error);
    if (status == GF_OK)
        status = gf_replay(trace, process, NULL, GF_SCENARIO_FREE, &what_if->as_traced, error);
    if (status == GF_OK && was.total_ns > 0)
        what_if->replay_error =
            fabs((double)what_if->as_traced.ledger.total_ns / (double)was.total_ns - 1);
    for (size_t i = 0; i < trace->other_count && status == GF_OK; i++) {
        status = make_row(trace, process, what_if, &trace->others[i], &what_if->rows[i], error);
        what_if->count = i + 1;
    }
    return status;
}

void gf_what_if_clear(gf_what_if *what_if) {
    free(what_if->rows);
    *what_if = (gf_what_if){0};
}
