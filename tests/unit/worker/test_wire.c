/* Messages that are cut, too long, of another version, or noise: no reader goes beyond its bytes,
 * and none takes them for good. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "device/chip.h"
#include "device/registry.h"
#include "made_problem.h"
#include "worker/exchange.h"
#include "worker/message.h"

static uint64_t random_bits(uint64_t *state) {
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* ---- Pieces ------------------------------------------------------------ */

Test(wire, pieces_come_back) {
    unsigned char bytes[200];
    char text[8];
    gf_wire wire = gf_wire_over(bytes, sizeof bytes);
    gf_wire_put_u32(&wire, 7);
    gf_wire_put_text(&wire, "seven");
    gf_wire_put_text(&wire, NULL);
    gf_wire_put_u64(&wire, UINT64_MAX - 1);
    cr_assert_not(wire.bad);
    gf_wire reader = gf_wire_over(bytes, wire.used);
    cr_expect_eq(gf_wire_get_u32(&reader), 7);
    gf_wire_get_text(&reader, text, sizeof text);
    cr_expect_str_eq(text, "seven");
    char *empty = gf_wire_get_new_text(&reader, 10);
    cr_assert_not_null(empty);
    cr_expect_str_eq(empty, "");
    free(empty);
    cr_expect_not(gf_wire_complete(&reader));
    cr_expect_eq(gf_wire_get_u64(&reader), UINT64_MAX - 1);
    cr_expect(gf_wire_complete(&reader));
}

Test(wire, what_is_not_there_is_bad) {
    unsigned char bytes[16] = {0};
    char text[4];
    gf_wire reader = gf_wire_over(bytes, 3);
    cr_expect_eq(gf_wire_get_u32(&reader), 0);
    cr_expect(reader.bad);
    const uint32_t huge = UINT32_MAX;
    memcpy(bytes, &huge, sizeof huge);
    reader = gf_wire_over(bytes, sizeof bytes);
    gf_wire_get_text(&reader, text, sizeof text);
    cr_expect(reader.bad);
    reader = gf_wire_over(bytes, sizeof bytes);
    cr_expect_null(gf_wire_get_new_text(&reader, SIZE_MAX));
    cr_expect(reader.bad);
    reader = gf_wire_over(bytes, sizeof bytes);
    cr_expect_eq(gf_wire_get_below(&reader, 5), 0);
    cr_expect(reader.bad);
}

Test(wire, a_text_with_a_zero_in_it_is_bad) {
    unsigned char bytes[16];
    char text[8];
    gf_wire wire = gf_wire_over(bytes, sizeof bytes);
    gf_wire_put_u32(&wire, 3);
    gf_wire_put(&wire, "a\0b", 3);
    gf_wire reader = gf_wire_over(bytes, wire.used);
    gf_wire_get_text(&reader, text, sizeof text);
    cr_expect(reader.bad);
}

Test(wire, what_does_not_fit_is_bad) {
    unsigned char bytes[10];
    gf_wire wire = gf_wire_over(bytes, sizeof bytes);
    gf_wire_put_text(&wire, "seven!");
    cr_expect_not(wire.bad);
    gf_wire_put_u32(&wire, 1);
    cr_expect(wire.bad);
    cr_expect_eq(wire.used, 10);
}

/* ---- Headers ----------------------------------------------------------- */

static size_t make_reply(gf_message *message) {
    gf_message_begin(message, GF_REQUEST_OPEN, true, 42);
    gf_wire_put_u64(&message->wire, 1);
    cr_assert(gf_message_end(message));
    return message->wire.used;
}

Test(message, only_a_whole_reply_to_the_request_is_good) {
    gf_message *message = malloc(sizeof *message);
    cr_assert_not_null(message);
    const size_t length = make_reply(message);
    cr_expect_null(gf_message_check_reply(message, length, GF_REQUEST_OPEN, 42));
    cr_expect_eq(gf_wire_get_u64(&message->wire), 1);
    cr_expect_not_null(gf_message_check_reply(message, length, GF_REQUEST_CLOSE, 42));
    cr_expect_not_null(gf_message_check_reply(message, length, GF_REQUEST_OPEN, 41));
    for (size_t cut = 0; cut < length; cut++)
        cr_expect_not_null(gf_message_check_reply(message, cut, GF_REQUEST_OPEN, 42), "%zu", cut);
    cr_expect_not_null(gf_message_check_reply(message, length + 1, GF_REQUEST_OPEN, 42));
    cr_expect_not_null(
        gf_message_check_reply(message, sizeof message->bytes + 1, GF_REQUEST_OPEN, 42));
    for (size_t at = 0; at < length - sizeof(uint64_t); at++) {
        (void)make_reply(message);
        message->bytes[at] ^= 1;
        cr_expect_not_null(gf_message_check_reply(message, length, GF_REQUEST_OPEN, 42), "byte %zu",
                           at);
    }
    gf_request request;
    uint32_t serial;
    (void)make_reply(message);
    cr_expect_not_null(gf_message_check_request(message, length, &request, &serial),
                       "a reply is no request");
    free(message);
}

/* ---- Problems ---------------------------------------------------------- */

static void expect_same(const gf_problem *a, const gf_problem *b) {
    cr_expect_eq(a->workload, b->workload);
    cr_expect_eq(a->buffer_count, b->buffer_count);
    for (uint32_t i = 0; i < a->buffer_count; i++) {
        cr_expect_str_eq(a->buffers[i].name, b->buffers[i].name);
        cr_expect_eq(a->buffers[i].bytes, b->buffers[i].bytes);
        cr_expect_eq(a->buffers[i].access, b->buffers[i].access);
    }
    cr_expect_eq(a->scalar_count, b->scalar_count);
    for (uint32_t i = 0; i < a->scalar_count; i++) {
        cr_expect_str_eq(a->scalars[i].name, b->scalars[i].name);
        cr_expect_arr_eq(&a->scalars[i].value, &b->scalars[i].value, sizeof a->scalars[i].value);
    }
    cr_expect_eq(a->steps, b->steps);
    cr_expect_eq(a->steps_per_transfer, b->steps_per_transfer);
    const size_t extra_bytes = a->workload->extra_bytes;
    cr_expect(extra_bytes == 0 || memcmp(a->extra, b->extra, extra_bytes) == 0);
}

Test(exchange, every_workload_s_problem_arrives_whole) {
    unsigned char *bytes = malloc(GF_MESSAGE_MOST);
    for (size_t i = 0; i < gf_workload_count(); i++) {
        const char *name = gf_workload_name(gf_workload_at(i));
        gf_problem *problem = made_problem(name, (const char *const[]){NULL});
        gf_problem_copy *copy = NULL;
        gf_error error = GF_ERROR_INIT;
        gf_wire wire = gf_wire_over(bytes, GF_MESSAGE_MOST);
        gf_exchange_put_problem(&wire, problem);
        cr_assert_not(wire.bad, "%s", name);
        gf_wire reader = gf_wire_over(bytes, wire.used);
        cr_assert_eq(gf_exchange_get_problem(&reader, &copy, &error), GF_OK, "%s: %s", name,
                     error.text);
        cr_expect(gf_wire_complete(&reader), "%s", name);
        expect_same(problem, &copy->problem);
        gf_problem_copy_destroy(copy);
        gf_problem_destroy(problem);
    }
    free(bytes);
}

/* Memory of exactly the message's size, so that a sanitizer sees each byte beyond it. */
static void read_as_everything(const unsigned char *content, size_t length) {
    unsigned char *bytes = malloc(length + 1);
    gf_error error = GF_ERROR_INIT;
    gf_problem_copy *copy = NULL;
    static gf_device_facts facts;
    memcpy(bytes, content, length);
    gf_wire reader = gf_wire_over(bytes, length);
    (void)gf_exchange_get_problem(&reader, &copy, &error);
    gf_problem_copy_destroy(copy);
    reader = gf_wire_over(bytes, length);
    gf_exchange_get_error(&reader, &error);
    reader = gf_wire_over(bytes, length);
    gf_exchange_get_device(&reader, &facts);
    gf_tuning tuning = {.count = 2};
    tuning.tunables[0] = (gf_tunable){"a", "", 1, 5, NULL};
    tuning.tunables[1] = (gf_tunable){"b", "", 1, 5, NULL};
    reader = gf_wire_over(bytes, length);
    gf_exchange_get_tuning(&reader, &tuning);
    for (uint32_t i = 0; !reader.bad && i < 2; i++)
        cr_expect(tuning.values[i] >= 1 && tuning.values[i] <= 5);
    gf_error_clear(&error);
    free(bytes);
}

Test(exchange, damaged_problems_are_survived, .timeout = 120) {
    unsigned char *bytes = malloc(GF_MESSAGE_MOST);
    uint64_t state = 1;
    gf_problem *problem = made_problem("diffusion", (const char *const[]){NULL});
    for (size_t round = 0; round < 20000; round++) {
        gf_wire wire = gf_wire_over(bytes, GF_MESSAGE_MOST);
        gf_exchange_put_problem(&wire, problem);
        size_t length = wire.used;
        const size_t changes = 1 + random_bits(&state) % 4;
        for (size_t i = 0; i < changes; i++)
            bytes[random_bits(&state) % length] = (unsigned char)random_bits(&state);
        if (random_bits(&state) % 2 == 0)
            length = random_bits(&state) % length;
        read_as_everything(bytes, length);
    }
    gf_problem_destroy(problem);
    for (size_t round = 0; round < 20000; round++) {
        const size_t length = random_bits(&state) % 300;
        for (size_t i = 0; i < length; i++)
            bytes[i] = (unsigned char)(random_bits(&state) % (round % 2 == 0 ? 256 : 4));
        read_as_everything(bytes, length);
    }
    free(bytes);
}

static void expect_text(const char *sent, const char *got) {
    cr_assert_eq(sent == NULL, got == NULL, "%s", sent != NULL ? sent : "NULL");
    cr_expect(sent == NULL || strcmp(sent, got) == 0, "%s, not %s", got, sent);
}

/* What is not known stays so: the parent says what limits a CPU whose backend says nothing. */
Test(exchange, facts_of_devices_come_back) {
    static char chip[GF_CHIP_TEXT];
    memset(chip, 'c', sizeof chip - 1);
    const gf_device_info devices[] = {{.id = "0:0",
                                       .name = "A CPU",
                                       .kind = "opencl-cpu",
                                       .platform = "P",
                                       .driver = "",
                                       .simd = "f32x8",
                                       .class_source = "its driver calls it a CPU",
                                       .chip = GF_CHIP_HOST,
                                       .device_class = GF_CLASS_CPU,
                                       .compute_units = 3,
                                       .unified_memory = true},
                                      {.id = "1:0",
                                       .name = "A GPU",
                                       .kind = "opencl-gpu",
                                       .platform = "P",
                                       .driver = "7",
                                       .simd = "",
                                       .baseline_variant = "plain",
                                       .limits = "half of it",
                                       .chip = chip,
                                       .device_class = GF_CLASS_GPU,
                                       .max_alloc_bytes = UINT64_C(1) << 40,
                                       .f64 = true}};
    for (size_t i = 0; i < GF_COUNT_OF(devices); i++) {
        static gf_device_facts facts;
        unsigned char bytes[2000];
        gf_wire wire = gf_wire_over(bytes, sizeof bytes);
        gf_exchange_put_device(&wire, &devices[i]);
        gf_wire reader = gf_wire_over(bytes, wire.used);
        gf_exchange_get_device(&reader, &facts);
        cr_assert(gf_wire_complete(&reader));
        const gf_device_info *sent = &devices[i], *got = &facts.info;
        expect_text(sent->id, got->id);
        expect_text(sent->simd, got->simd);
        expect_text(sent->limits, got->limits);
        expect_text(sent->class_source, got->class_source);
        expect_text(sent->chip, got->chip);
        expect_text(sent->baseline_variant, got->baseline_variant);
        cr_expect_eq(sent->device_class, got->device_class);
        cr_expect_eq(sent->compute_units, got->compute_units);
        cr_expect_eq(sent->max_alloc_bytes, got->max_alloc_bytes);
        cr_expect_eq(sent->f64, got->f64);
        cr_expect_eq(sent->unified_memory, got->unified_memory);
    }
}

Test(exchange, an_error_without_a_reason_is_none) {
    unsigned char bytes[2000];
    gf_error sent = GF_ERROR_INIT, got = GF_ERROR_INIT;
    gf_error_set_native(&sent, GF_FAILED, -5, "CL_OUT_OF_RESOURCES", "%s", "");
    gf_wire wire = gf_wire_over(bytes, sizeof bytes);
    gf_exchange_put_error(&wire, &sent);
    gf_wire reader = gf_wire_over(bytes, wire.used);
    gf_exchange_get_error(&reader, &got);
    cr_expect(reader.bad);
    gf_error_clear(&sent);
    gf_error_clear(&got);
}

Test(exchange, errors_come_with_their_logs) {
    unsigned char bytes[2000];
    gf_error sent = GF_ERROR_INIT, got = GF_ERROR_INIT;
    gf_error_set_native(&sent, GF_UNSUPPORTED, -54, "CL_INVALID_WORK_GROUP_SIZE", "no %d", 5);
    gf_error_set_log(&sent, "line one\nline two");
    gf_wire wire = gf_wire_over(bytes, sizeof bytes);
    gf_exchange_put_error(&wire, &sent);
    gf_wire reader = gf_wire_over(bytes, wire.used);
    gf_exchange_get_error(&reader, &got);
    cr_expect(gf_wire_complete(&reader));
    cr_expect_eq(got.status, GF_UNSUPPORTED);
    cr_expect_eq(got.native_code, -54);
    cr_expect_str_eq(got.native_name, "CL_INVALID_WORK_GROUP_SIZE");
    cr_expect_str_eq(got.text, "no 5");
    cr_expect_str_eq(got.log, "line one\nline two");
    gf_error_clear(&sent);
    gf_error_clear(&got);
}
