/* Reading what AddressSanitizer and UBSan of gcc 12 and clang 14 write about twins. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "flaws.h"
#include "user/source/sanitizer_log.h"

static taken read_log(const char *log) {
    taken t = {.count = 0};
    const gf_flaw_sink sink = {&t, take};
    gf_error error = GF_ERROR_INIT;
    char *text = strdup(log);
    cr_assert_not_null(text);
    cr_expect_eq(gf_sanitizer_log_read(text, &sink, &t.ended, &error), GF_OK);
    free(text);
    return t;
}

static void expect_flaw(const gf_flaw *flaw, const char *kind, const char *what,
                        const char *function, uint32_t line) {
    cr_expect_str_eq(flaw->kind, kind);
    cr_expect_str_eq(flaw->what, what);
    cr_expect_str_eq(flaw->function, function);
    cr_expect_str_eq(flaw->file, line == 0 ? "" : "saxpy.c");
    cr_expect_eq(flaw->line, line);
}

#define BUFFERS "gpufare: buffer x 0x602000001000\ngpufare: buffer y 0x602000002000\n"
#define FAULT(name)                                                                                \
    "==7==ERROR: AddressSanitizer: " name " on address 0x602 at pc 0x1 bp 0x2 sp 0x3\n"

Test(sanitizer_log, buffers_have_their_names) {
    const taken t = read_log(BUFFERS "=====\n" FAULT(
        "heap-buffer-overflow") "WRITE of size 4 at 0x602 thread T0\n"
                                "    #0 0x55d in saxpy /tmp/gpufare-check-x/saxpy.c:7\n"
                                "    #1 0x55e in gf_twin_entry saxpy.ini:3\n\n"
                                "0x602 is located 0 bytes to the right of 8-byte region [0x602000002000,0x602000002008)\n"
                                "allocated by thread T0 here:\n    #0 0x7f in posix_memalign asan.cpp:3\n\n"
                                "SUMMARY: AddressSanitizer: heap-buffer-overflow saxpy.c:7 in saxpy\n"
                                "=====\n" FAULT(
                                    "heap-buffer-overflow") "READ of size 8 at 0x602 thread T0\n"
                                                            "    #0 0x55d in saxpy saxpy.c:9:3\n"
                                                            "0x602 is located 16 bytes before 8-byte region [0x602000001000,0x602000001008)\n"
                                                            "SUMMARY: AddressSanitizer: heap-buffer-overflow\n"
                                                            "gpufare: done\n");
    cr_expect(t.ended);
    cr_assert_eq(t.count, 2);
    expect_flaw(&t.flaws[0], "bounds", "writes 4 bytes, 0 bytes behind the end of buffer y",
                "saxpy", 7);
    expect_flaw(&t.flaws[1], "bounds", "reads 8 bytes, 16 bytes before the beginning of buffer x",
                "saxpy", 9);
}

/* The place is the user's, not that of memcpy inside the sanitizer, nor where memory was made. */
Test(sanitizer_log, places_are_those_of_the_user) {
    const taken t = read_log(BUFFERS FAULT(
        "heap-use-after-free") "READ of size 4 at 0x602 thread T0\n"
                               "    #0 0x55d in memcpy ../../src/libsanitizer/asan/asan_interceptors.cpp:3\n"
                               "    #1 0x55d in helper saxpy.c:3\n"
                               "0x602 is located 0 bytes inside of 40-byte region [0x604000000010,0x604000000038)\n"
                               "freed by thread T0 here:\n    #0 0x7f in free (/usr/lib/libasan.so.8+0x3)\n"
                               "SUMMARY: AddressSanitizer: heap-use-after-free\n" FAULT(
                                   "attempting double-free") "    #0 0x55d in free (/usr/lib/libasan.so.8+0x3)\n"
                                                             "0x602 is located 0 bytes inside of 40-byte region [0x604000000010,0x604000000038)\n"
                                                             "freed by thread T0 here:\n    #0 0x7f in other saxpy.c:8\n");
    cr_expect_not(t.ended);
    cr_assert_eq(t.count, 2);
    expect_flaw(&t.flaws[0], "memory",
                "reads 4 bytes of memory that it allocated itself that it has freed", "helper", 3);
    expect_flaw(&t.flaws[1], "memory", "attempting double-free", "", 0);
}

Test(sanitizer_log, what_is_undefined_has_no_addresses) {
    const taken t = read_log(
        BUFFERS
        "saxpy.c:5:7: runtime error: signed integer overflow: 2147483647 + 1 cannot be "
        "represented in type 'int'\n"
        "/tmp/x/saxpy.c:9:1: runtime error: store to misaligned address 0x602abc for type 'int'\n"
        "0x602abc: note: pointer points here\n"
        "AddressSanitizer:DEADLYSIGNAL\n"
        "==7==ERROR: AddressSanitizer: SEGV on unknown address 0x000000000008 (pc 0x1 T0)\n"
        "    #0 0x55d in saxpy saxpy.c:4\n");
    cr_assert_eq(t.count, 3);
    expect_flaw(&t.flaws[0], "undefined",
                "signed integer overflow: 2147483647 + 1 cannot be represented in type 'int'", "",
                5);
    expect_flaw(&t.flaws[1], "undefined", "store to misaligned address for type 'int'", "", 9);
    expect_flaw(&t.flaws[2], "bounds",
                "uses memory at an address that is not its own, and crashes (SIGSEGV)", "saxpy", 4);
}

Test(sanitizer_log, a_log_of_a_sound_twin_is_empty) {
    const taken t = read_log(BUFFERS "gpufare: done\n");
    cr_expect(t.ended);
    cr_expect_eq(t.count, 0);
    cr_expect_not(read_log("").ended);
}
