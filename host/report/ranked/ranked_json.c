#include "report/ranked/ranked_json.h"

#include "base/json.h"
#include "parallel/parallel_result.h"
#include "parallel/scaling/scaling.h"
#include "report/json_objects.h"

#define SCHEMA "gpufare.ranks/1"

static json_t *times_object(const gf_rank_times *times, bool *bad) {
    json_t *object = json_object();
    gf_json_put_count(object, "h2d_ns", times->h2d_ns, bad);
    gf_json_put_count(object, "launch_ns", times->launch_ns, bad);
    gf_json_put_count(object, "kernel_ns", times->kernel_ns, bad);
    gf_json_put_count(object, "d2h_ns", times->d2h_ns, bad);
    gf_json_put_count(object, "halo_ns", times->halo_ns, bad);
    gf_json_put_count(object, "imbalance_ns", times->imbalance_ns, bad);
    gf_json_put_count(object, "sent_bytes", times->sent_bytes, bad);
    gf_json_put_count(object, "messages", times->messages, bad);
    gf_json_put_count(object, "queue_ns", times->queue_ns, bad);
    return object;
}

/* The cells of a rank, where there are columns to share. */
static void put_columns(const gf_parallel *parallel, const gf_parallel_result *result,
                        uint32_t rank, json_t *object, bool *bad) {
    if (parallel->division.columns == 0)
        return;
    const gf_part columns = gf_grid_columns(result->grid, parallel->division.columns, rank);
    gf_json_put_count(object, "first_column", columns.first, bad);
    gf_json_put_count(object, "columns", columns.count, bad);
}

static json_t *rank_object(const gf_parallel *parallel, const gf_parallel_result *result,
                           uint32_t rank, bool *bad) {
    const gf_rank_facts *facts = &parallel->facts[rank];
    json_t *object = json_object();
    gf_json_put_count(object, "rank", rank, bad);
    gf_json_put_text(object, "host", facts->host, bad);
    gf_json_put_text(object, "label", facts->label, bad);
    gf_json_put_text(object, "device", facts->device, bad);
    gf_json_put_count(object, "threads", facts->threads, bad);
    gf_json_put_count(object, "first", result->parts[rank].first, bad);
    put_columns(parallel, result, rank, object, bad);
    if (result->holds && result->trips > 0) {
        const gf_rank_times times = gf_median_times(result, rank);
        gf_json_put_count(object, "units", gf_units_of_rank(result, rank), bad);
        gf_json_put_count(object, "bands", times.bands, bad);
        gf_json_put(object, "median_trip", times_object(&times, bad), bad);
    }
    return object;
}

static void put_times(const gf_parallel_result *result, const gf_scaling *scaling, json_t *object,
                      bool *bad) {
    json_t *samples = json_array();
    const gf_statistics total = gf_parallel_total(result);
    for (uint32_t i = 0; i < result->totals.count; i++)
        gf_json_append(samples, json_integer((json_int_t)result->totals.ns[i]), bad);
    gf_json_put_count(object, "total_ns", total.median_ns, bad);
    gf_json_put_count(object, "min_ns", total.min_ns, bad);
    gf_json_put_count(object, "max_ns", total.max_ns, bad);
    gf_json_put(object, "samples_ns", samples, bad);
    gf_json_put_real(object, "predicted_ns",
                     scaling->known ? gf_scaling_predict(scaling, result->ranks) : 0, bad);
    gf_json_put_real(object, "checksum", result->checksum, bad);
    gf_json_put_filled(object, "answer", result->answer, bad);
    gf_json_put_real(object, "work", result->work, bad);
}

static json_t *result_object(const gf_parallel *parallel, const gf_parallel_result *result,
                             const gf_scaling *scaling, bool *bad) {
    json_t *object = json_object(), *ranks = json_array();
    gf_json_put_count(object, "ranks", result->ranks, bad);
    gf_json_put_count(object, "active", result->active, bad);
    gf_json_put_bool(object, "holds", result->holds, bad);
    gf_json_put_bool(object, "sampled", result->sampled, bad);
    gf_json_put_count(object, "compared", result->compared, bad);
    gf_json_put_count(object, "mismatches", result->mismatches, bad);
    gf_json_put_count(object, "ranks_across", result->grid.across, bad);
    gf_json_put_count(object, "ranks_down", result->grid.down, bad);
    gf_json_put_count(object, "steps_per_exchange", result->visit_steps, bad);
    gf_json_put_count(object, "exchanges", result->exchanges, bad);
    gf_json_put_bool(object, "queue", result->queues, bad);
    gf_json_put_bool(object, "overlaps", result->overlaps, bad);
    if (result->holds && result->trips > 0)
        put_times(result, scaling, object, bad);
    for (uint32_t i = 0; i < result->ranks; i++)
        gf_json_append(ranks, rank_object(parallel, result, i, bad), bad);
    gf_json_put(object, "parts", ranks, bad);
    return object;
}

gf_status gf_ranked_json(const gf_parallel *parallel, const gf_writer *to, gf_error *error) {
    bool bad = false;
    const gf_scaling scaling = gf_scaling_of(parallel);
    json_t *root = json_object(), *results = json_array();
    for (size_t i = 0; i < parallel->result_count; i++)
        gf_json_append(results, result_object(parallel, &parallel->results[i], &scaling, &bad),
                       &bad);
    gf_json_put_text(root, "schema", SCHEMA, &bad);
    gf_json_put_text(root, "version", gf_version(), &bad);
    gf_json_put_text(root, "workload", parallel->problem->workload->name, &bad);
    gf_json_put_text(root, "mpi", parallel->ranks->transport.name, &bad);
    gf_json_put_count(root, "ranks", parallel->ranks->transport.size, &bad);
    gf_json_put_real(root, "message_ns", parallel->line.a_ns, &bad);
    gf_json_put_real(root, "message_byte_ns", parallel->line.b_ns, &bad);
    gf_json_put(root, "results", results, &bad);
    gf_json_put(root, "checkpoint", gf_json_checkpoint(&parallel->saving.states.state, &bad), &bad);
    return gf_json_dump(root, bad, to->stream, error);
}
