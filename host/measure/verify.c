#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include "base/error.h"
#include "device/cpu_kernels.h"
#include "device/host_array.h"
#include "device/session.h"
#include "measure/comparison.h"
#include "measure/run.h"
#include "measure/verify.h"
#include "os/machine.h"
#include "problem/elements.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "stats/random.h"

/* Up to this many operations a full reference is cheap: about a second on one slow core. */
#define CHEAP_OPERATIONS 4e9
/* Samples of one run: at least the four corners, the four edges and four places elsewhere; at most
 * what finds a fault in 1 % of the places with a chance of 1 - 0.99^256 = 92 %. Each run samples
 * other places. */
#define MIN_SAMPLES 12
#define MAX_SAMPLES 256
/* Elements from which on a sum is looked at: one that may differ is then 1/4096 of them. */
#define MIN_SUMMED 4096

gf_cpu_kernel gf_reference_kernel(const gf_problem *problem, gf_error *error) {
    const gf_cpu_kernel kernel =
        gf_cpu_kernel_find(problem->workload->name, GF_ISA_SCALAR, problem->precision);
    if (kernel == NULL)
        gf_error_set(error, GF_FAILED, "workload %s has no scalar CPU kernel to verify with",
                     problem->workload->name);
    return kernel;
}

static bool can_sample(const gf_problem *problem) {
    return problem->workload->check_sample != NULL && problem->workload->sample_operations != NULL;
}

/* How many samples cost no more than what is cheap anyway. */
static uint32_t sample_count(const gf_problem *problem) {
    const double affordable = CHEAP_OPERATIONS / problem->workload->sample_operations(problem);
    if (affordable < MIN_SAMPLES)
        return MIN_SAMPLES;
    return affordable > MAX_SAMPLES ? MAX_SAMPLES : (uint32_t)affordable;
}

static bool choose_sampling(const gf_comparison *comparison) {
    const gf_problem *problem = comparison->problem;
    if (!can_sample(problem) || comparison->options.verify == GF_VERIFY_FULL)
        return false;
    const double whole = problem->cost.operations;
    const double sample = problem->workload->sample_operations(problem);
    if (comparison->options.verify == GF_VERIFY_SAMPLED)
        return sample <= fmax(whole, CHEAP_OPERATIONS); /* else the whole is cheaper, and better */
    return whole > CHEAP_OPERATIONS && sample * (double)sample_count(problem) < whole / 2;
}

static uint32_t reference_threads(const gf_session *session) {
    if (session->options.thread_count > 0)
        return session->options.thread_count;
    return (uint32_t)omp_get_max_threads();
}

/* The reference has arrays of its own for all that the kernel writes. */
static gf_status check_reference_memory(const gf_problem *problem, gf_error *error) {
    uint64_t needed = gf_problem_host_bytes(problem);
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (problem->buffers[i].access != GF_ACCESS_IN &&
            __builtin_add_overflow(needed, problem->buffers[i].bytes, &needed))
            needed = UINT64_MAX;
    }
    const uint64_t available = gf_machine_memory_bytes();
    if (needed <= available)
        return GF_OK;
    return gf_error_set(error, GF_UNSUPPORTED,
                        "verifying every element of %s needs %.1f GiB of host memory and this "
                        "machine has %.1f GiB; use %sa smaller --size",
                        problem->workload->name, (double)needed / 0x1p30,
                        (double)available / 0x1p30,
                        can_sample(problem) ? "--verify sampled or " : "");
}

/* Runs the scalar kernel on all of the problem, with the threads of the session. */
static gf_status compute_reference(gf_comparison *comparison, gf_error *error) {
    const gf_problem *problem = comparison->problem;
    const gf_cpu_kernel kernel = gf_reference_kernel(problem, error);
    if (kernel == NULL)
        return GF_FAILED;
    gf_status status = check_reference_memory(problem, error);
    void *buffers[GF_MAX_BUFFERS] = {NULL};
    void *made[GF_MAX_BUFFERS] = {NULL}; /* those of them that are not shared with the inputs */
    for (uint32_t i = 0; status == GF_OK && i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        if (spec->access == GF_ACCESS_IN) {
            buffers[i] = comparison->inputs[i];
            continue;
        }
        buffers[i] = made[i] = gf_host_allocate(spec->bytes, comparison->options.cancel);
        if (made[i] == NULL)
            status = gf_error_no_memory(error, "the reference result", spec->bytes);
        else if (spec->access == GF_ACCESS_INOUT)
            memcpy(made[i], comparison->inputs[i], spec->bytes);
    }
    if (status == GF_OK) {
        const gf_kernel_args args = {.buffers = buffers,
                                     .buffer_count = problem->buffer_count,
                                     .scalars = problem->scalars,
                                     .scalar_count = problem->scalar_count,
                                     .thread_count = reference_threads(comparison->session),
                                     .step_count = problem->steps,
                                     .cancel = comparison->options.cancel};
        const uint32_t at = kernel(&args) != 0 ? problem->partner : problem->result;
        status = gf_check_cancel(comparison, error); /* cancelled: it is no reference */
        if (status == GF_OK) {
            comparison->reference = made[at];
            comparison->reference_checksum = problem->workload->checksum(problem, made[at]);
            made[at] = NULL;
        }
    }
    for (uint32_t i = 0; i < problem->buffer_count; i++)
        free(made[i]);
    return status;
}

gf_status gf_verification_make_reference(gf_comparison *comparison, gf_error *error) {
    return comparison->reference != NULL ? GF_OK : compute_reference(comparison, error);
}

bool gf_verification_check_checksum(const gf_comparison *comparison, double checksum) {
    const double allowed =
        comparison->tolerance.checksum_share * fabs(comparison->reference_checksum);
    const gf_buffer_spec *spec = &comparison->problem->buffers[comparison->problem->result];
    /* In a small result one element that may differ can move the sum by more than its share. */
    if (comparison->reference == NULL || comparison->tolerance.checksum_share <= 0 ||
        spec->rows * spec->cols < MIN_SUMMED)
        return true;
    return fabs(checksum - comparison->reference_checksum) <= allowed;
}

/* ---- f32 against f64 --------------------------------------------------- */

/* f32 is another computation than f64: how far its reference is from that of f64 tells what the
 * choice costs. Only where the reference is whole, and so cheap. */
static gf_status compare_with_f64(gf_comparison *comparison, gf_error *error) {
    gf_params *params = NULL;
    gf_comparison *f64 = NULL;
    gf_status status = gf_params_copy(comparison->problem->params, &params, error);
    if (status == GF_OK)
        status = gf_params_set(params, "precision", gf_precision_choices[GF_PRECISION_F64], error);
    if (status == GF_OK)
        status =
            gf_comparison_create(comparison->session, params, &comparison->options, &f64, error);
    if (status == GF_OK)
        status = gf_comparison_make_inputs(f64, error);
    if (status == GF_OK)
        status = gf_verification_make_reference(f64, error);
    if (status == GF_OK) {
        const gf_buffer_spec *spec = &comparison->problem->buffers[comparison->problem->result];
        gf_compare_numbers(spec->type, comparison->reference,
                           f64->problem->buffers[f64->problem->result].type, f64->reference,
                           spec->rows * spec->cols * spec->components, &comparison->f64_difference);
        comparison->has_f64_difference = true;
    }
    gf_comparison_destroy(f64);
    gf_params_destroy(params);
    return status;
}

/* ---- Full or sampled --------------------------------------------------- */

gf_status gf_verification_prepare(gf_comparison *comparison, gf_error *error) {
    if (choose_sampling(comparison))
        return GF_OK;
    const gf_status status = gf_verification_make_reference(comparison, error);
    if (status != GF_OK || comparison->has_f64_difference ||
        comparison->problem->precision != GF_PRECISION_F32 ||
        comparison->problem->cost.operations > CHEAP_OPERATIONS)
        return status;
    /* Worth knowing, and no reason to refuse f32: f64 may not fit into memory. */
    gf_error trouble = GF_ERROR_INIT;
    (void)compare_with_f64(comparison, &trouble);
    gf_error_clear(&trouble);
    return gf_check_cancel(comparison, error);
}

/* What a share of some elements comes to: where any may differ, two may, however few there are. */
static double share_of(double share, uint64_t count) {
    return share > 0 ? share * (double)count + 2 : 0;
}

/* Adds a row or a sample, and notes when too much of it differs. */
static void add_part(const gf_comparison *comparison, const gf_difference *part,
                     gf_verification *verification) {
    gf_difference *whole = &verification->difference;
    whole->compared += part->compared;
    whole->mismatches += part->mismatches;
    if (part->max_abs_error > whole->max_abs_error)
        whole->max_abs_error = part->max_abs_error;
    if ((double)part->mismatches > share_of(comparison->tolerance.row_share, part->compared))
        verification->part_fails = true;
}

static void check_rows(const gf_comparison *comparison, const void *output,
                       gf_verification *verification) {
    const gf_buffer_spec *spec = &comparison->problem->buffers[comparison->problem->result];
    const size_t row_bytes = spec->bytes / spec->rows;
    for (size_t row = 0; row < spec->rows; row++) {
        gf_difference part = {0, 0, 0};
        gf_compare_elements(spec->type, (const char *)comparison->reference + row * row_bytes,
                            (const char *)output + row * row_bytes, spec->cols * spec->components,
                            comparison->tolerance.abs_error, &part);
        add_part(comparison, &part, verification);
    }
}

static gf_status check_samples(gf_comparison *comparison, const void *output,
                               gf_verification *verification, gf_error *error) {
    const gf_problem *problem = comparison->problem;
    gf_sample_request request = {.reference = gf_reference_kernel(problem, error),
                                 .inputs = (const void *const *)comparison->inputs,
                                 .result = output,
                                 .abs_error = comparison->tolerance.abs_error,
                                 .cancel = comparison->options.cancel};
    if (request.reference == NULL)
        return GF_FAILED;
    verification->sample_count = sample_count(problem);
    for (uint32_t i = 0; i < verification->sample_count; i++) {
        request.index = i;
        request.random = gf_random_bits(&comparison->sample_state);
        gf_difference part = {0, 0, 0};
        gf_status status = problem->workload->check_sample(problem, &request, &part, error);
        if (status == GF_OK)
            status =
                gf_check_cancel(comparison, error); /* cancelled: the sample is worth nothing */
        if (status != GF_OK)
            return status;
        add_part(comparison, &part, verification);
    }
    return GF_OK;
}

bool gf_verification_check_known(const gf_problem *problem, double checksum,
                                 gf_verification *verification) {
    if (problem->workload->known_answer == NULL ||
        !problem->workload->known_answer(problem, &verification->known_answer))
        return true;
    verification->has_known_answer = true;
    verification->known_answer_holds = fabs(checksum - verification->known_answer.checksum) <=
                                       verification->known_answer.tolerance;
    return verification->known_answer_holds;
}

gf_status gf_verification_check(gf_comparison *comparison, const void *output,
                                gf_verification *verification, bool *holds, gf_error *error) {
    *verification = (gf_verification){
        .sampled = comparison->reference == NULL,
        .differing_share_allowed = comparison->tolerance.differing_share,
        .tolerance_note = comparison->tolerance.why,
    };
    gf_status status = GF_OK;
    if (verification->sampled)
        status = check_samples(comparison, output, verification, error);
    else
        check_rows(comparison, output, verification);
    if (status != GF_OK)
        return status;
    const gf_difference *difference = &verification->difference;
    const double allowed = share_of(comparison->tolerance.differing_share, difference->compared);
    *holds = (double)difference->mismatches <= allowed && !verification->part_fails;
    return GF_OK;
}
