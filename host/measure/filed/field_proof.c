#include "measure/filed/field_proof.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "device/host_array.h"
#include "measure/truth.h"
#include "os/cores.h"
#include "problem/elements.h"
#include "stats/random.h"

/* Rows of a sample, and how many samples there are at least: both ends and one border of bands. */
#define SAMPLED_ROWS  16
#define LEAST_SAMPLES 3
#define MOST_SAMPLES  64

/* ---- Pieces ---------------------------------------------------------------------- */

/* The rows that must be computed to know these. */
static gf_part dependence_of(const gf_field *field, gf_part rows) {
    const uint64_t all = field->division.units, reach = gf_field_reach(field);
    const uint64_t below = all - rows.first - rows.count;
    if (field->division.wraps)
        return rows.count + 2 * reach >= all
                   ? (gf_part){0, all}
                   : (gf_part){(rows.first + all - reach) % all, rows.count + 2 * reach};
    const uint64_t top = rows.first < reach ? rows.first : reach;
    return (gf_part){rows.first - top, top + rows.count + (below < reach ? below : reach)};
}

/* ---- The reference ------------------------------------------------------------------ */

typedef struct proof {
    gf_field *field;
    gf_verification *verification;
    void *arrays[2]; /* of gf_field_rows_of_piece and what these depend on; owned */
    uint64_t random;
    gf_error *error;
} proof;

static gf_status make_arrays(proof *p) {
    const gf_field *field = p->field;
    const uint64_t all = field->division.units, piece = gf_field_rows_of_piece(field);
    const uint64_t rows = piece == all ? all : piece + 2 * gf_field_reach(field);
    const size_t bytes = (size_t)rows * gf_field_row_bytes(field);
    for (int i = 0; i < 2; i++) {
        p->arrays[i] = gf_host_allocate(bytes, field->context.options->cancel);
        if (p->arrays[i] == NULL)
            return gf_error_no_memory(p->error, "the reference", bytes);
    }
    return GF_OK;
}

/* Returns which of the arrays has the result. */
static uint32_t run_kernel(const proof *p, gf_part rows, gf_cpu_kernel kernel) {
    const gf_problem *whole = p->field->problem;
    const uint32_t wished = p->field->context.session->options.thread_count;
    void *buffers[GF_MAX_BUFFERS] = {NULL};
    gf_problem part;
    (void)gf_problem_of_part(whole, rows, &part);
    buffers[whole->result] = p->arrays[0];
    buffers[whole->partner] = p->arrays[1];
    const gf_kernel_args args = {.buffers = buffers,
                                 .buffer_count = part.buffer_count,
                                 .scalars = part.scalars,
                                 .scalar_count = part.scalar_count,
                                 .thread_count = wished > 0 ? wished : gf_cores_own_threads(),
                                 .step_count = part.steps,
                                 .cancel = p->field->context.options->cancel};
    return kernel(&args) != 0 ? 1 : 0;
}

/* ---- Comparing ------------------------------------------------------------------------ */

static void compare_rows(const proof *p, const char *expected, const char *actual, gf_part rows) {
    const gf_problem *problem = p->field->problem;
    const gf_buffer_spec *spec = &problem->buffers[problem->result];
    const size_t elements = spec->cols * spec->components;
    const size_t row_bytes = gf_field_row_bytes(p->field);
    gf_difference *difference = &p->verification->difference;
    if (memcmp(expected, actual, (size_t)rows.count * row_bytes) == 0) {
        difference->compared += rows.count * elements;
        return;
    }
    for (uint64_t i = 0; i < rows.count; i++)
        gf_compare_within(spec->type, expected + i * row_bytes, actual + i * row_bytes, elements,
                          &p->field->tolerance, difference);
}

/* The rows of the file come into the array that the reference has left over. */
static gf_status prove_rows(proof *p, gf_part rows, gf_cpu_kernel kernel) {
    gf_field *field = p->field;
    const gf_part computed = dependence_of(field, rows);
    const uint64_t all = field->division.units;
    const uint64_t before = (rows.first + all - computed.first) % all;
    gf_status status =
        gf_field_fill_rows(field, computed.first, computed.count, p->arrays[0], p->error);
    if (status != GF_OK)
        return status;
    const uint32_t at = run_kernel(p, computed, kernel);
    status = gf_context_check_cancel(&field->context, p->error);
    if (status == GF_OK)
        status = gf_field_read_rows(field, rows.first, rows.count, p->arrays[1 - at], p->error);
    if (status == GF_OK)
        compare_rows(p, (char *)p->arrays[at] + (size_t)before * gf_field_row_bytes(field),
                     p->arrays[1 - at], rows);
    return status;
}

/* ---- How much ---------------------------------------------------------------------------- */

/* To know these rows. */
static double operations_of(const gf_field *field, gf_part rows) {
    const double computed = (double)dependence_of(field, rows).count;
    return field->problem->cost.operations * computed / (double)field->division.units;
}

static gf_part piece_from(const gf_field *field, uint64_t first) {
    const uint64_t rest = field->division.units - first, piece = gf_field_rows_of_piece(field);
    return (gf_part){first, rest < piece ? rest : piece};
}

double gf_field_proof_operations(const gf_field *field, double most) {
    const uint64_t all = field->division.units, piece = gf_field_rows_of_piece(field);
    double operations = 0;
    for (uint64_t first = 0; first < all && operations <= most; first += piece)
        operations += operations_of(field, piece_from(field, first));
    return operations;
}

static bool wants_all(const gf_field *field) {
    const gf_verify_mode mode = field->context.options->verify;
    return mode == GF_VERIFY_FULL ||
           (mode == GF_VERIFY_AUTO &&
            gf_field_proof_operations(field, GF_CHEAP_OPERATIONS) <= GF_CHEAP_OPERATIONS);
}

static gf_status prove_all(proof *p, gf_cpu_kernel kernel) {
    const uint64_t all = p->field->division.units, piece = gf_field_rows_of_piece(p->field);
    gf_status status = GF_OK;
    for (uint64_t first = 0; status == GF_OK && first < all; first += piece)
        status = prove_rows(p, piece_from(p->field, first), kernel);
    return status;
}

/* The place of a sample: the ends, then in turns a border of bands and anywhere. */
static uint64_t place_of(proof *p, uint32_t index, const gf_visits *visits, uint64_t count) {
    const uint64_t last = p->field->division.units - count;
    const uint64_t random = gf_random_bits(&p->random);
    if (index < 2)
        return index == 0 ? 0 : last;
    if (index % 2 != 0 || visits->bands < 2)
        return random % (last + 1);
    const uint64_t border =
        visits->first_units + random % (visits->bands - 1) * visits->inner_units;
    const uint64_t first = border > count / 2 ? border - count / 2 : 0;
    return first < last ? first : last;
}

/* Samples of so many rows; none takes more than one in the middle. */
static uint32_t count_samples(const gf_field *field, uint64_t rows) {
    const gf_part middle = {(field->division.units - rows) / 2, rows};
    const double affordable = GF_CHEAP_OPERATIONS / operations_of(field, middle);
    return affordable < LEAST_SAMPLES  ? LEAST_SAMPLES
           : affordable > MOST_SAMPLES ? MOST_SAMPLES
                                       : (uint32_t)affordable;
}

static gf_status prove_some(proof *p, const gf_visits *visits, gf_cpu_kernel kernel) {
    const gf_field *field = p->field;
    const uint64_t most = gf_field_rows_of_piece(field), all = field->division.units;
    const uint64_t fits = most < SAMPLED_ROWS ? most : SAMPLED_ROWS;
    const uint64_t count = fits < all ? fits : all;
    const uint32_t samples = count_samples(field, count);
    gf_status status = GF_OK;
    p->verification->sampled = true;
    p->verification->sample_count = samples;
    for (uint32_t i = 0; status == GF_OK && i < samples; i++)
        status = prove_rows(p, (gf_part){place_of(p, i, visits, count), count}, kernel);
    return status;
}

gf_status gf_field_prove(gf_field *field, const gf_visits *visits, gf_verification *verification,
                         bool *holds, gf_error *error) {
    const gf_progress progress = {.device_id = "host", .variant = "scalar", .stage = "reference"};
    const gf_cpu_kernel kernel = gf_reference_kernel(field->problem);
    proof p = {.field = field,
               .verification = verification,
               .random = field->context.options->seed,
               .error = error};
    *verification = (gf_verification){.independent = true, .tolerance_note = field->tolerance.why};
    if (kernel == NULL)
        return gf_error_set(error, GF_FAILED, "workload %s has no scalar CPU kernel to verify with",
                            field->problem->workload->name);
    gf_context_report_progress(&field->context, &progress);
    gf_status status = make_arrays(&p);
    if (status == GF_OK)
        status = wants_all(field) ? prove_all(&p, kernel) : prove_some(&p, visits, kernel);
    free(p.arrays[0]);
    free(p.arrays[1]);
    *holds = verification->difference.mismatches == 0;
    return status;
}

/* ---- The checksum ------------------------------------------------------------------------- */

static uint64_t count_nonfinite(const gf_buffer_spec *spec, const void *row) {
    uint64_t nonfinite = 0;
    for (size_t i = 0; i < spec->cols * spec->components; i++)
        nonfinite += isfinite(gf_element(spec->type, row, i)) ? 0 : 1;
    return nonfinite;
}

/* Adds the rows' sums in the order of the rows, as a checksum of the whole does. */
static void add_rows(const gf_field *field, gf_part rows, const char *memory, double *checksum,
                     uint64_t *nonfinite) {
    const gf_problem *whole = field->problem;
    const gf_buffer_spec *spec = &whole->buffers[whole->result];
    for (uint64_t i = 0; i < rows.count; i++) {
        const char *row = memory + (size_t)i * gf_field_row_bytes(field);
        gf_problem part;
        (void)gf_problem_of_part(whole, (gf_part){rows.first + i, 1}, &part);
        const double sum = whole->workload->checksum(&part, row);
        *checksum += sum;
        *nonfinite += isfinite(sum) ? 0 : count_nonfinite(spec, row);
    }
}

gf_status gf_field_checksum(gf_field *field, double *checksum, uint64_t *nonfinite,
                            gf_error *error) {
    const uint64_t all = field->division.units, at_once = gf_field_rows_at_once(field);
    const size_t bytes = (size_t)at_once * gf_field_row_bytes(field);
    char *memory = gf_host_allocate(bytes, field->context.options->cancel);
    gf_status status =
        memory == NULL ? gf_error_no_memory(error, "rows of the field", bytes) : GF_OK;
    *checksum = 0;
    *nonfinite = 0;
    for (uint64_t first = 0; status == GF_OK && first < all; first += at_once) {
        const gf_part rows = {first, all - first < at_once ? all - first : at_once};
        status = gf_context_check_cancel(&field->context, error);
        if (status == GF_OK)
            status = gf_field_read_rows(field, first, rows.count, memory, error);
        if (status == GF_OK)
            add_rows(field, rows, memory, checksum, nonfinite);
    }
    free(memory);
    return status;
}
