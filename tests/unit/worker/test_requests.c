/* Requests that a right parent would not send: each is refused, and the worker lives on with what
 * it holds. */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "made_problem.h"
#include "problem/parts/division.h"
#include "worker/exchange.h"
#include "worker/proxy/worker.h"

#define BYTES (1 << 20)

static const gf_wait patient = {.subject = "the fake driver", .limit_s = 30};

static gf_worker start(void) {
    const char *const arguments[] = {FAKE_WORKER, "none:none", "/dev/null", "/dev/null", NULL};
    gf_error error = GF_ERROR_INIT;
    gf_worker worker = {.socket = -1};
    cr_assert_eq(gf_worker_start(&worker, arguments, &error), GF_OK, "%s", error.text);
    return worker;
}

/* Sends the request that was begun. */
static gf_status call(gf_worker *worker, int descriptor) {
    gf_error error = GF_ERROR_INIT;
    gf_wire *reply = NULL;
    const gf_status status = gf_worker_call(worker, descriptor, &patient, &reply, &error);
    cr_expect(gf_worker_is_alive(worker), "%s", error.text);
    gf_error_clear(&error);
    return status;
}

static gf_status ask(gf_worker *worker, gf_request request, size_t count, const uint32_t *numbers) {
    gf_wire *wire = gf_worker_begin(worker, request);
    for (size_t i = 0; i < count; i++)
        gf_wire_put_u32(wire, numbers[i]);
    return call(worker, request == GF_REQUEST_LIST ? worker->control.descriptor : -1);
}

#define ASK(worker, request, ...)                                                                  \
    ask((worker), (request), sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t),                 \
        (uint32_t[]){__VA_ARGS__})

static gf_status make_array(gf_worker *worker, uint32_t number, uint32_t device) {
    gf_region region;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_region_create(BYTES, &region, &error), GF_OK, "%s", error.text);
    gf_wire *wire = gf_worker_begin(worker, GF_REQUEST_ARRAY_CREATE);
    gf_wire_put_u32(wire, number);
    gf_wire_put_u32(wire, device);
    gf_wire_put_u64(wire, BYTES);
    gf_wire_put_u32(wire, false);
    const gf_status status = call(worker, region.descriptor);
    gf_region_release(&region);
    return status;
}

static gf_status make_buffer(gf_worker *worker, uint32_t number, uint32_t device, uint64_t bytes,
                             uint32_t array) {
    gf_wire *wire = gf_worker_begin(worker, GF_REQUEST_BUFFER_CREATE);
    gf_wire_put_u32(wire, number);
    gf_wire_put_u32(wire, device);
    gf_wire_put_u64(wire, bytes);
    gf_wire_put_u32(wire, GF_ACCESS_INOUT);
    gf_wire_put_u32(wire, false);
    gf_wire_put_u32(wire, array);
    return call(worker, -1);
}

/* Writes lines of buffer 5 from array 3. */
static gf_status write_lines(gf_worker *worker, uint64_t first, uint64_t bytes, uint64_t lines,
                             uint64_t pitch) {
    gf_wire *wire = gf_worker_begin(worker, GF_REQUEST_BUFFER_WRITE);
    gf_wire_put_u32(wire, 5);
    gf_wire_put_u32(wire, 3);
    gf_wire_put_u64(wire, first);
    gf_wire_put_u64(wire, bytes);
    gf_wire_put_u64(wire, lines);
    gf_wire_put_u64(wire, pitch);
    return call(worker, -1);
}

static gf_status write_part(gf_worker *worker, uint64_t first, uint64_t bytes) {
    return write_lines(worker, first, bytes, 0, 0);
}

static gf_status make_program(gf_worker *worker, uint32_t number, uint32_t device,
                              const gf_problem *problem) {
    const gf_tuning none = {.count = 0};
    gf_wire *wire = gf_worker_begin(worker, GF_REQUEST_PREPARE);
    gf_wire_put_u32(wire, number);
    gf_wire_put_u32(wire, device);
    gf_exchange_put_problem(wire, problem);
    gf_wire_put_text(wire, "best");
    gf_exchange_put_tuning(wire, &none);
    return call(worker, -1);
}

Test(requests, nothing_is_made_on_a_closed_device, .timeout = 60) {
    gf_worker worker = start();
    gf_problem *problem = MADE_PROBLEM("sum", "count", "512");
    cr_assert_eq(ASK(&worker, GF_REQUEST_LIST, 0), GF_OK);
    cr_expect_eq(make_array(&worker, 0, 0), GF_FAILED);
    cr_expect_eq(make_buffer(&worker, 0, 0, BYTES, GF_WORKER_OBJECTS), GF_FAILED);
    cr_expect_eq(make_program(&worker, 0, 0, problem), GF_FAILED);
    cr_expect_eq(ASK(&worker, GF_REQUEST_OPEN, 0), GF_OK);
    cr_expect_eq(make_array(&worker, 0, 0), GF_OK);
    gf_problem_destroy(problem);
    gf_worker_end(&worker);
}

Test(requests, what_is_in_use_is_not_released, .timeout = 60) {
    gf_worker worker = start();
    cr_assert_eq(ASK(&worker, GF_REQUEST_LIST, 0), GF_OK);
    cr_assert_eq(ASK(&worker, GF_REQUEST_OPEN, 0), GF_OK);
    cr_assert_eq(make_array(&worker, 3, 0), GF_OK);
    cr_assert_eq(make_buffer(&worker, 5, 0, BYTES, 3), GF_OK);
    cr_expect_eq(ASK(&worker, GF_REQUEST_ARRAY_RELEASE, 3), GF_FAILED);
    cr_expect_eq(ASK(&worker, GF_REQUEST_CLOSE, 0), GF_FAILED);
    cr_expect_eq(write_part(&worker, 0, BYTES), GF_OK);
    cr_expect_eq(write_part(&worker, 1, BYTES - 1), GF_OK);
    cr_expect_eq(write_part(&worker, 1, BYTES), GF_FAILED);
    cr_expect_eq(write_part(&worker, BYTES, 1), GF_FAILED);
    cr_expect_eq(write_part(&worker, UINT64_MAX, 2), GF_FAILED);
    cr_expect_eq(write_part(&worker, 0, 0), GF_FAILED);
    /* Lines: the last one ends with the buffer, or behind it; they overlap; they are too many. */
    cr_expect_eq(write_lines(&worker, 1, 3, 4, (BYTES - 4) / 3), GF_OK);
    cr_expect_eq(write_lines(&worker, 1, 3, 5, (BYTES - 4) / 3), GF_FAILED);
    cr_expect_eq(write_lines(&worker, 0, 4, 2, 3), GF_FAILED);
    cr_expect_eq(write_lines(&worker, 0, 1, 2, 0), GF_FAILED);
    cr_expect_eq(write_lines(&worker, 0, 2, UINT64_MAX, 2), GF_FAILED);
    cr_expect_eq(write_lines(&worker, 0, 2, 3, UINT64_MAX / 2), GF_FAILED);
    cr_expect_eq(ASK(&worker, GF_REQUEST_BUFFER_RELEASE, 5), GF_OK);
    cr_expect_eq(ASK(&worker, GF_REQUEST_ARRAY_RELEASE, 3), GF_OK);
    cr_expect_eq(ASK(&worker, GF_REQUEST_CLOSE, 0), GF_OK);
    gf_worker_end(&worker);
}

static gf_status make_pipeline(gf_worker *worker) {
    return ASK(worker, GF_REQUEST_PIPELINE_CREATE, 7, 1, 2, 0, 1);
}

Test(requests, a_pipeline_keeps_its_buffers_and_its_program, .timeout = 60) {
    gf_worker worker = start();
    gf_problem *problem = MADE_PROBLEM("sum", "count", "512");
    cr_assert_eq(problem->buffer_count, 2);
    cr_assert_eq(ASK(&worker, GF_REQUEST_LIST, 0), GF_OK);
    cr_assert_eq(ASK(&worker, GF_REQUEST_OPEN, 0), GF_OK);
    for (uint32_t i = 0; i < 2; i++) {
        cr_assert_eq(make_array(&worker, i, 0), GF_OK);
        cr_assert_eq(make_buffer(&worker, i, 0, problem->buffers[i].bytes, i), GF_OK);
    }
    cr_assert_eq(make_program(&worker, 1, 0, problem), GF_OK);
    cr_assert_eq(make_pipeline(&worker), GF_OK);
    cr_expect_eq(ASK(&worker, GF_REQUEST_BUFFER_RELEASE, 1), GF_FAILED);
    cr_expect_eq(ASK(&worker, GF_REQUEST_PROGRAM_RELEASE, 1), GF_FAILED);
    cr_expect_eq(ASK(&worker, GF_REQUEST_PIPELINE_RUN, 7), GF_OK);
    cr_expect_eq(ASK(&worker, GF_REQUEST_PIPELINE_RELEASE, 7), GF_OK);
    cr_expect_eq(ASK(&worker, GF_REQUEST_PROGRAM_RELEASE, 1), GF_OK);
    cr_expect_eq(ASK(&worker, GF_REQUEST_BUFFER_RELEASE, 1), GF_OK);
    gf_problem_destroy(problem);
    gf_worker_end(&worker);
}

static gf_wire *begin_compute(gf_worker *worker, uint64_t first, uint64_t steps, gf_part part) {
    gf_wire *wire = gf_worker_begin(worker, GF_REQUEST_COMPUTE);
    const uint32_t numbers[] = {1, 2, 0, 1, false};
    for (size_t i = 0; i < 5; i++)
        gf_wire_put_u32(wire, numbers[i]);
    gf_wire_put_u64(wire, first);
    gf_wire_put_u64(wire, steps);
    gf_wire_put_u64(wire, part.first);
    gf_wire_put_u64(wire, part.count);
    return wire;
}

static gf_status compute_part(gf_worker *worker, uint64_t first, uint64_t steps, gf_part part) {
    gf_wire_put_u32(begin_compute(worker, first, steps, part), 0); /* no copies */
    return call(worker, -1);
}

/* With `count` copies of buffer 1 and array 1 beside the kernels. */
static gf_status compute_beside(gf_worker *worker, uint32_t count, uint64_t bytes) {
    gf_wire *wire = begin_compute(worker, 0, 1, (gf_part){0, 0});
    gf_wire_put_u32(wire, count);
    for (uint32_t i = 0; i < count; i++) {
        gf_wire_put_u32(wire, 1);
        gf_wire_put_u32(wire, 1);
        gf_wire_put_u64(wire, 0);
        gf_wire_put_u64(wire, bytes);
        gf_wire_put_u32(wire, true);
    }
    return call(worker, -1);
}

static gf_status compute(gf_worker *worker, uint64_t first, uint64_t steps) {
    return compute_part(worker, first, steps, (gf_part){0, 0});
}

Test(requests, a_launch_does_some_of_the_problem_s_steps, .timeout = 60) {
    gf_worker worker = start();
    gf_problem *problem = MADE_PROBLEM("diffusion", "size", "8x8");
    cr_assert_eq(problem->buffer_count, 2);
    cr_assert_eq(ASK(&worker, GF_REQUEST_LIST, 0), GF_OK);
    cr_assert_eq(ASK(&worker, GF_REQUEST_OPEN, 0), GF_OK);
    for (uint32_t i = 0; i < 2; i++) {
        cr_assert_eq(make_array(&worker, i, 0), GF_OK);
        cr_assert_eq(make_buffer(&worker, i, 0, problem->buffers[i].bytes, i), GF_OK);
    }
    cr_assert_eq(make_program(&worker, 1, 0, problem), GF_OK);
    const uint64_t steps = problem->steps;
    cr_expect_eq(compute(&worker, 0, 0), GF_FAILED);
    cr_expect_eq(compute(&worker, 0, steps + 1), GF_FAILED);
    cr_expect_eq(compute(&worker, 1, steps), GF_FAILED);
    cr_expect_eq(compute(&worker, steps, 1), GF_FAILED);
    cr_expect_eq(compute(&worker, UINT64_MAX, 1), GF_FAILED);
    cr_expect_eq(compute(&worker, steps - 1, 1), GF_OK);
    cr_expect_eq(compute(&worker, 0, steps), GF_OK);
    cr_expect_eq(compute_part(&worker, 0, 1, (gf_part){0, 4}), GF_FAILED, "it is no part");
    cr_expect_eq(compute_beside(&worker, 1, 8), GF_FAILED, "this backend copies nothing beside");
    cr_expect_eq(compute_beside(&worker, GF_MOST_COPIES + 1, 8), GF_FAILED);
    gf_problem_destroy(problem);
    gf_worker_end(&worker);
}

/* Of a problem of 8 rows in buffers with room for 4. */
Test(requests, a_part_needs_room, .timeout = 60) {
    gf_worker worker = start();
    gf_problem *whole = MADE_PROBLEM("diffusion", "size", "8x8"), part;
    (void)gf_problem_of_part(whole, (gf_part){0, 4}, &part);
    cr_assert_eq(ASK(&worker, GF_REQUEST_LIST, 0), GF_OK);
    cr_assert_eq(ASK(&worker, GF_REQUEST_OPEN, 0), GF_OK);
    for (uint32_t i = 0; i < 2; i++) {
        cr_assert_eq(part.buffers[i].bytes, whole->buffers[i].bytes / 2);
        cr_assert_eq(make_array(&worker, i, 0), GF_OK);
        cr_assert_eq(make_buffer(&worker, i, 0, part.buffers[i].bytes, i), GF_OK);
    }
    cr_assert_eq(make_program(&worker, 1, 0, &part), GF_OK);
    cr_expect_eq(compute_part(&worker, 0, 1, (gf_part){0, 4}), GF_OK);
    cr_expect_eq(compute_part(&worker, 0, 1, (gf_part){4, 3}), GF_OK);
    cr_expect_eq(compute_part(&worker, 0, 1, (gf_part){0, 5}), GF_FAILED);
    cr_expect_eq(compute_part(&worker, 0, 1, (gf_part){0, UINT64_MAX}), GF_FAILED);
    cr_expect_eq(compute_part(&worker, 0, 1, (gf_part){UINT64_MAX, 1}), GF_FAILED);
    gf_problem_destroy(whole);
    gf_worker_end(&worker);
}

/* A plan reads what the workload keeps besides. */
Test(requests, a_problem_has_all_that_its_workload_keeps) {
    gf_problem *problem = MADE_PROBLEM("diffusion", "size", "8x8");
    unsigned char bytes[8192];
    gf_wire wire = gf_wire_over(bytes, sizeof bytes);
    gf_problem_copy *copy = NULL;
    gf_error error = GF_ERROR_INIT;
    gf_exchange_put_problem(&wire, problem);
    cr_assert_not(wire.bad);
    const size_t extra = problem->workload->extra_bytes;
    cr_assert_gt(extra, 0);
    const uint32_t none = 0;
    memcpy(bytes + wire.used - extra - sizeof none, &none, sizeof none);
    gf_wire without = gf_wire_over(bytes, wire.used - extra);
    cr_expect_eq(gf_exchange_get_problem(&without, &copy, &error), GF_FAILED);
    cr_expect_null(copy);
    gf_error_clear(&error);
    gf_problem_destroy(problem);
}
