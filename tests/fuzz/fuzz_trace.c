/* Raw traces, which `trace --read` reports from. What is accepted adds up, and can be written in
 * every format. An input that is no trace is made one: its bytes become records whose sums are
 * right, since a fuzzer would not find them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "memory_files.h"
#include "trace/program_ledger.h"
#include "trace/raw_records.h"

#define MOST_BYTES 65536

static char made[2 * MOST_BYTES];

static void add(size_t *used, const void *bytes, size_t size) {
    memcpy(made + *used, bytes, size);
    *used += size;
}

/* A type, a length in words, then as many bytes: a record. */
static size_t make_trace(const uint8_t *bytes, size_t size) {
    gf_trace_header header = {
        .version = GF_TRACE_VERSION, .bytes = sizeof(gf_trace_header), .order = GF_TRACE_ORDER};
    size_t used = 0;
    memcpy(header.magic, GF_TRACE_MAGIC, sizeof header.magic);
    add(&used, &header, sizeof header);
    while (size > 2) {
        size_t length = 8 * (size_t)bytes[1];
        const uint32_t type = bytes[0] % (GF_TRACE_TYPE_COUNT + 1);
        bytes += 2;
        size -= 2;
        length = length < size ? length : size / 8 * 8;
        if (used + sizeof(gf_trace_head) + length > sizeof made)
            break;
        const gf_trace_head head = {type, (uint32_t)length, gf_trace_check(type, bytes, length)};
        add(&used, &head, sizeof head);
        add(&used, bytes, length);
        bytes += length;
        size -= length;
    }
    return used;
}

static void check_text(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (iscntrl((unsigned char)text[i]) && text[i] != '\n')
            fuzz_fail("a report has a control character");
    }
}

static void write_all(const gf_trace *trace) {
    for (int format = 0; format <= GF_FORMAT_JSON + 1; format++) {
        char *text = NULL;
        size_t size = 0;
        gf_error error = GF_ERROR_INIT;
        FILE *stream = open_memstream(&text, &size);
        if (stream == NULL)
            fuzz_fail("no memory for a report");
        const gf_report_style style = {.verbose = true};
        const gf_status status =
            format > GF_FORMAT_JSON
                ? gf_trace_report_timeline(trace, stream, &error)
                : gf_trace_report(trace, (gf_format)format, &style, stream, &error);
        fclose(stream);
        if (status != GF_OK)
            fuzz_fail("a report can't be written");
        check_text(text, size);
        free(text);
        gf_error_clear(&error);
    }
}

static void check_ledger(const gf_trace *trace, uint32_t process) {
    gf_program_ledger ledger;
    gf_error error = GF_ERROR_INIT;
    uint64_t sum = 0;
    if (gf_program_ledger_make(trace, process, &ledger, &error) != GF_OK)
        fuzz_fail("no ledger");
    for (int i = 0; i < GF_PROGRAM_PARTS; i++)
        sum += ledger.parts_ns[i];
    if (sum != ledger.total_ns)
        fuzz_fail("a ledger does not add up");
    if (ledger.transfers_ns > ledger.total_ns || ledger.both_ns > ledger.total_ns)
        fuzz_fail("more would be saved than there was");
}

/* Under which the trace is replayed. */
static void add_device(gf_trace *trace) {
    const gf_cost_range moved = {true, {1000, 0.1}, {20000, 1}};
    trace->others = calloc(1, sizeof *trace->others);
    if (trace->others == NULL)
        fuzz_fail("no memory for a device");
    trace->others[0] = (gf_other_device){.name = "other",
                                         .basis = "made",
                                         .memory_bytes = 1 << 20,
                                         .up = {moved, moved},
                                         .down = {moved, moved},
                                         .copy = moved,
                                         .launch = moved,
                                         .touch_ns = 0.01};
    trace->other_count = 1;
}

static void read_file(const void *bytes, size_t size) {
    gf_trace *trace = NULL;
    gf_error error = GF_ERROR_INIT;
    memory_file_add(MEMORY_ROOT "/a.gftrace", bytes, size);
    const gf_status status = gf_trace_read(MEMORY_ROOT "/a.gftrace", &trace, &error);
    memory_files_clear();
    if (status != GF_OK) {
        fuzz_check_error(&error);
    } else {
        for (uint32_t i = 0; i < trace->process_count; i++)
            check_ledger(trace, i);
        add_device(trace);
        write_all(trace);
    }
    gf_trace_destroy(trace);
    gf_error_clear(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size > MOST_BYTES)
        return 0;
    const bool is_trace = size >= 8 && memcmp(bytes, GF_TRACE_MAGIC, 8) == 0;
    if (is_trace)
        read_file(bytes, size);
    else
        read_file(made, make_trace(bytes, size));
    return 0;
}
