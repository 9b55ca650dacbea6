#include "report/ranked/ranked_figures.h"

#include <math.h>

#include "base/array.h"
#include "parallel/parallel.h"
#include "plot/plot_markup.h"
#include "plot/ranks_plot.h"
#include "report/table/table.h"

/* Predictions go on to four times as many ranks as were measured. */
#define FORESEEN_DOUBLINGS 2

/* ---- Where the time goes ------------------------------------------------------------- */

static const gf_column columns[] = {
    {"ranks", "", GF_CELL_COUNT, "how many took part"},
    {"h2d", "", GF_CELL_FINE_MS, "inputs up, as the mean of all ranks"},
    {"launch", "", GF_CELL_FINE_MS, "starting kernels"},
    {"kernel", "", GF_CELL_FINE_MS, "computing"},
    {"d2h", "", GF_CELL_FINE_MS, "results down"},
    {"halo", "", GF_CELL_FINE_MS, "exchanging halos, as long as such messages take"},
    {"queue", "", GF_CELL_FINE_MS, "asking for bands, and waiting for the answers"},
    {"imbalance", "", GF_CELL_FINE_MS, "waiting for other ranks beyond that"},
    {"unexplained", "", GF_CELL_FINE_MS, "the rest of the total"},
    {"total", "", GF_CELL_MS, "the median round trip: what stands before adds up to it"},
};

enum { PHASES = 7 };

/* In the order of the columns. */
static void add_times(const gf_rank_times *times, double *sums) {
    const uint64_t ns[PHASES] = {times->h2d_ns,      times->launch_ns, times->kernel_ns,
                                 times->d2h_ns,      times->halo_ns,   times->queue_ns,
                                 times->imbalance_ns};
    for (size_t i = 0; i < PHASES; i++)
        sums[i] += (double)ns[i];
}

static void add_means(const gf_parallel_result *result, gf_table *table) {
    const double total = (double)gf_trip_total_ns(result, result->median);
    double sums[PHASES] = {0}, known = 0;
    for (uint32_t i = 0; i < result->ranks; i++) {
        const gf_rank_times times = gf_median_times(result, i);
        add_times(&times, sums);
    }
    gf_table_number(table, result->ranks);
    for (size_t i = 0; i < PHASES; i++) {
        gf_table_number_if(table, sums[i] > 0, sums[i] / result->ranks);
        known += sums[i] / result->ranks;
    }
    gf_table_number(table, fmax(total - known, 0));
    gf_table_number(table, total);
}

static gf_status write_means(const gf_parallel *parallel, const gf_writer *to, gf_error *error) {
    gf_table table = gf_table_begin("What a rank spends its time with, on average, in ms", columns,
                                    GF_COUNT_OF(columns));
    table.stack = (gf_stack){GF_STACK_ROWS, 8, {1, 2, 3, 4, 5, 6, 7, 8}};
    for (size_t i = 0; i < parallel->result_count; i++)
        add_means(&parallel->results[i], &table);
    return gf_table_write_apart(&table, to, error);
}

/* ---- Scaling --------------------------------------------------------------------------- */

static gf_status draw(const gf_parallel *parallel, bool swept, FILE *out, gf_error *error) {
    const gf_ranks_view times = {.doublings = FORESEEN_DOUBLINGS, .has_mark = swept},
                        efficiency = {.doublings = FORESEEN_DOUBLINGS};
    const gf_status status =
        gf_ranks_draw_times(parallel, &times, gf_plot_write_markup, out, error);
    return status == GF_OK && parallel->results[0].ranks == 1
               ? gf_ranks_draw_efficiency(parallel, &efficiency, gf_plot_write_markup, out, error)
               : status;
}

gf_status gf_write_rank_figures(const gf_parallel *parallel, bool swept, const gf_writer *to,
                                gf_error *error) {
    if (to->document == NULL || parallel->result_count < 2)
        return GF_OK;
    (void)gf_document_section(to->document, "Times and efficiency");
    const gf_status status = draw(parallel, swept, gf_document_markup(to->document), error);
    return status == GF_OK ? write_means(parallel, to, error) : status;
}
