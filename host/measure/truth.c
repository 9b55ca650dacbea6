#include "measure/truth.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "device/cpu_kernels.h"
#include "device/host_array.h"
#include "os/cores.h"
#include "os/machine.h"
#include "problem/problem.h"

/* ---- Inputs ------------------------------------------------------------ */

static gf_status make_input(gf_truth *truth, uint32_t index, gf_error *error) {
    const gf_problem *problem = truth->problem;
    const gf_buffer_spec *spec = &problem->buffers[index];
    void *input = gf_host_allocate(spec->bytes, truth->context.options->cancel);
    if (input == NULL)
        return gf_error_no_memory(error, spec->name, spec->bytes);
    const gf_status status = problem->workload->fill(problem, index, input, error);
    if (status != GF_OK) {
        free(input);
        return status;
    }
    truth->inputs[index] = input;
    return GF_OK;
}

gf_status gf_truth_make_inputs(gf_truth *truth, gf_error *error) {
    gf_problem *problem = truth->problem;
    const gf_workload *workload = problem->workload;
    if (truth->inputs_made)
        return GF_OK;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (!gf_goes_up(problem->buffers[i].access) || truth->inputs[i] != NULL)
            continue;
        const gf_status status = make_input(truth, i, error);
        if (status != GF_OK)
            return status;
    }
    const void *const *inputs = (const void *const *)truth->inputs;
    if (workload->note_inputs != NULL)
        workload->note_inputs(problem, inputs);
    if (workload->tolerance != NULL)
        workload->tolerance(problem, inputs, &truth->tolerance);
    truth->inputs_made = true;
    return GF_OK;
}

/* ---- The reference ----------------------------------------------------- */

gf_cpu_kernel gf_reference_kernel(const gf_problem *problem) {
    return gf_cpu_kernel_find(problem->workload->stem, GF_ISA_SCALAR, problem->precision);
}

bool gf_can_sample(const gf_problem *problem) {
    return problem->workload->check_sample != NULL && problem->workload->sample_operations != NULL;
}

uint64_t gf_truth_held_bytes(const gf_truth *truth) {
    const gf_problem *problem = truth->problem;
    uint64_t bytes = truth->reference != NULL ? problem->buffers[problem->result].bytes : 0;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        bytes += truth->inputs[i] != NULL ? problem->buffers[i].bytes : 0;
        bytes += truth->outputs[i] != NULL ? problem->buffers[i].bytes : 0;
    }
    return bytes;
}

/* The reference has arrays of its own for everything that the kernel writes. */
static gf_status check_reference_memory(const gf_truth *truth, gf_error *error) {
    const gf_problem *problem = truth->problem;
    uint64_t needed = gf_problem_host_bytes(problem);
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (problem->buffers[i].access != GF_ACCESS_IN &&
            __builtin_add_overflow(needed, problem->buffers[i].bytes, &needed))
            needed = UINT64_MAX;
    }
    const gf_memory_room room = gf_machine_memory_room("", gf_truth_held_bytes(truth));
    if (needed <= room.bytes)
        return GF_OK;
    return gf_error_set(error, GF_UNSUPPORTED,
                        "verifying every element of %s needs %.2f GiB of host memory and %s "
                        "%.2f GiB; use %sa smaller problem",
                        problem->workload->name, (double)needed / 0x1p30, room.whose,
                        (double)room.bytes / 0x1p30,
                        gf_can_sample(problem) ? "sampled verification or " : "");
}

static uint32_t reference_threads(const gf_session *session) {
    if (session->options.thread_count > 0)
        return session->options.thread_count;
    return gf_cores_own_threads();
}

/* The kernel's arguments: the inputs themselves where it only reads, arrays in `made` elsewhere. */
static gf_status make_buffers(const gf_truth *truth, void **buffers, void **made, gf_error *error) {
    const gf_problem *problem = truth->problem;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        if (spec->access == GF_ACCESS_IN) {
            buffers[i] = truth->inputs[i];
            continue;
        }
        buffers[i] = made[i] = gf_host_allocate(spec->bytes, truth->context.options->cancel);
        if (made[i] == NULL)
            return gf_error_no_memory(error, "the reference result", spec->bytes);
        if (spec->access == GF_ACCESS_INOUT)
            memcpy(made[i], truth->inputs[i], spec->bytes);
    }
    return GF_OK;
}

/* Fills the arrays with their first content, or with a saved state. */
static uint64_t begin_steps(const gf_truth *truth, void *const *buffers, void *const *made) {
    bool lost = false;
    const uint64_t step =
        truth->states == NULL ? 0 : truth->states->restore(truth->states->context, buffers, &lost);
    for (uint32_t i = 0; lost && i < truth->problem->buffer_count; i++) {
        if (truth->problem->buffers[i].access == GF_ACCESS_INOUT)
            memcpy(made[i], truth->inputs[i], truth->problem->buffers[i].bytes);
    }
    return step;
}

static void exchange(void **a, void **b) {
    void *const held = *a;
    *a = *b;
    *b = held;
}

static uint64_t pass(const gf_truth *truth, void *const *buffers, uint64_t step, uint64_t steps,
                     uint64_t ns) {
    return truth->states == NULL
               ? truth->problem->steps
               : truth->states->passed(truth->states->context, buffers, step, steps, ns);
}

/* Only states are saved by the clock. */
static uint64_t now(const gf_truth *truth) {
    return truth->states == NULL ? 0 : gf_context_now(&truth->context);
}

/* Runs the scalar kernel on all of the problem, with the threads of the session: in one go, or in
 * pieces between which states are saved. A cancelled run leaves no reference. The result is in
 * buffers[problem->result] at the end. */
static gf_status compute_steps(gf_truth *truth, gf_cpu_kernel kernel, void **buffers,
                               void *const *made, gf_error *error) {
    const gf_problem *problem = truth->problem;
    gf_kernel_args args = {.buffers = buffers,
                           .buffer_count = problem->buffer_count,
                           .scalars = problem->scalars,
                           .scalar_count = problem->scalar_count,
                           .thread_count = reference_threads(truth->context.session),
                           .cancel = truth->context.options->cancel};
    uint64_t next, ns = 0;
    args.first_step = begin_steps(truth, buffers, made);
    next = pass(truth, buffers, args.first_step, 0, 0);
    do {
        const uint64_t left = problem->steps - args.first_step;
        const uint64_t start = now(truth);
        args.step_count = next < left ? next : left;
        if (kernel(&args) != 0)
            exchange(&buffers[problem->result], &buffers[problem->partner]);
        ns = now(truth) - start;
        args.first_step += args.step_count;
        if (gf_context_check_cancel(&truth->context, error) != GF_OK)
            return error->status;
        if (args.first_step < problem->steps)
            next = pass(truth, buffers, args.first_step, args.step_count, ns);
    } while (args.first_step < problem->steps);
    return GF_OK;
}

static gf_status compute_reference(gf_truth *truth, gf_cpu_kernel kernel, void **buffers,
                                   void **made, gf_error *error) {
    const gf_problem *problem = truth->problem;
    const gf_status status = compute_steps(truth, kernel, buffers, made, error);
    if (status != GF_OK)
        return status;
    const uint32_t at =
        made[problem->result] == buffers[problem->result] ? problem->result : problem->partner;
    truth->reference = made[at];
    truth->reference_checksum = problem->workload->checksum(problem, made[at]);
    made[at] = NULL;
    return GF_OK;
}

/* Has a device compute the reference. */
static gf_status reference_of_device(gf_truth *truth, gf_error *error) {
    const gf_problem *problem = truth->problem;
    void *result = NULL;
    if (truth->no_reference.status != GF_OK)
        return gf_error_set(error, truth->no_reference.status, "%s", truth->no_reference.text);
    gf_status status = check_reference_memory(truth, error);
    if (status == GF_OK)
        status = truth->ask_device(truth, &result, error);
    if (status != GF_OK && status != GF_INTERRUPTED)
        gf_error_set(&truth->no_reference, status, "%s", error->text);
    if (status != GF_OK)
        return status;
    truth->reference = result;
    truth->reference_checksum = problem->workload->checksum(problem, result);
    return GF_OK;
}

gf_status gf_truth_make_reference(gf_truth *truth, gf_error *error) {
    if (truth->reference != NULL)
        return GF_OK;
    const gf_cpu_kernel kernel = gf_reference_kernel(truth->problem);
    if (kernel == NULL)
        return reference_of_device(truth, error);
    void *buffers[GF_MAX_BUFFERS] = {NULL}, *made[GF_MAX_BUFFERS] = {NULL};
    gf_status status = check_reference_memory(truth, error);
    if (status == GF_OK)
        status = make_buffers(truth, buffers, made, error);
    if (status == GF_OK)
        status = compute_reference(truth, kernel, buffers, made, error);
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++)
        free(made[i]);
    return status;
}

/* ---- Another draw of the inputs ---------------------------------------- */

static void drop_redrawn(gf_truth *truth) {
    if (truth->redrawn != NULL)
        gf_truth_clear(&truth->redrawn->truth);
    free(truth->redrawn);
    truth->redrawn = NULL;
}

static bool has_room_for_redrawing(const gf_truth *truth) {
    const gf_problem *problem = truth->problem;
    uint64_t needed = gf_problem_host_bytes(problem);
    for (int i = 0; i < 2; i++) { /* the reference is made with arrays of its own */
        if (__builtin_add_overflow(needed, gf_problem_bytes(problem), &needed))
            return false;
    }
    return needed <= gf_machine_memory_room("", gf_truth_held_bytes(truth)).bytes;
}

gf_status gf_truth_redraw(gf_truth *truth, gf_error *error) {
    const gf_problem *problem = truth->problem;
    if (truth->redrawn != NULL || problem->workload->can_redraw == NULL ||
        truth->context.options->checkpoint != NULL || /* one round trip has no turns */
        !problem->workload->can_redraw(problem) || !has_room_for_redrawing(truth))
        return GF_OK;
    gf_redrawn *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "other inputs", sizeof *made);
    made->problem = *problem;
    made->problem.draw = 1;
    made->truth = (gf_truth){.problem = &made->problem,
                             .context = truth->context,
                             .ask_device = truth->ask_device,
                             .judged = truth->judged};
    truth->redrawn = made;
    gf_status status = gf_truth_make_inputs(&made->truth, error);
    if (status == GF_OK)
        status = gf_truth_make_reference(&made->truth, error);
    if (status == GF_OK || status == GF_INTERRUPTED)
        return status;
    drop_redrawn(truth); /* results of the first draw are proved without it */
    gf_error_clear(error);
    return GF_OK;
}

void gf_truth_drop_reference(gf_truth *truth) {
    drop_redrawn(truth);
    free(truth->reference);
    truth->reference = NULL;
    truth->reference_device = NULL;
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++) {
        free(truth->outputs[i]);
        truth->outputs[i] = NULL;
    }
}

/* Another device may find a reference where this one did not. */
void gf_truth_judge(gf_truth *truth, gf_device *device) {
    if (truth->judged != device)
        gf_error_clear(&truth->no_reference);
    if (device != NULL && truth->reference_device == device)
        gf_truth_drop_reference(truth);
    truth->judged = device;
    if (truth->redrawn != NULL)
        gf_truth_judge(&truth->redrawn->truth, device);
}

void gf_truth_clear(gf_truth *truth) {
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++) {
        free(truth->inputs[i]);
        truth->inputs[i] = NULL;
    }
    truth->inputs_made = false;
    truth->has_result_hash = false;
    gf_error_clear(&truth->no_reference);
    gf_error_clear(&truth->no_twin);
    gf_truth_drop_reference(truth);
}
