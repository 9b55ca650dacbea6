/* What ends a process is noted where its parent finds it. Each case is a child of its own. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/limits/guard_pattern.h"
#include "os/limits/harm.h"

#define PAGE ((size_t)65536)

static gf_harm *shared(void) {
    gf_harm *harm =
        mmap(NULL, sizeof *harm, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(harm, MAP_FAILED);
    return harm;
}

/* Runs `act` in a child; *text: what the parent tells, or "". Returns the signal that ended it. */
static int end_of(void (*act)(void), char *text, size_t size) {
    gf_harm *harm = shared();
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        for (int number = 1; number < 32; number++)
            (void)signal(number, SIG_DFL); /* of Criterion, of sanitizers */
        gf_harm_watch(harm);
        act();
        _exit(0);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    if (!gf_harm_describe(harm, text, size))
        text[0] = '\0';
    (void)munmap(harm, sizeof *harm);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* 100 bytes in a page between two that can't be touched. */
static volatile char *guarded(void) {
    char *all = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED || mprotect(all + PAGE, PAGE, PROT_READ | PROT_WRITE) != 0)
        abort();
    const gf_harm_guard guards[] = {{"x", "", 0, 0, 0}, {"y", all + PAGE, 100, PAGE, PAGE}};
    gf_harm_set_guards(guards, 2);
    return all + PAGE;
}

static void write_before(void) {
    guarded()[-3] = 1;
}

static void read_behind(void) {
    (void)guarded()[PAGE + 5];
}

static void write_far(void) {
    guarded()[2 * PAGE - 1] = 1;
}

static void write_inside(void) {
    guarded()[PAGE - 1] = 1;
}

static char *volatile elsewhere = (char *)64;

static void crash_elsewhere(void) {
    (void)guarded();
    *elsewhere = 1;
}

static void crash_unguarded(void) {
    volatile char *memory = guarded();
    gf_harm_set_guards(NULL, 0);
    memory[-3] = 1;
}

Test(harm, accesses_name_their_buffer) {
    char text[160];
    cr_expect_eq(end_of(write_before, text, sizeof text), SIGSEGV);
    const char *does = strstr(text, " outside of ");
    cr_assert_not_null(does, "%s", text);
    cr_expect_str_eq(does, " outside of buffer y, 3 bytes before its beginning,");
#if defined(__x86_64__)
    cr_expect(strncmp(text, "wrote ", 6) == 0, "%s", text);
#endif
    cr_expect_eq(end_of(read_behind, text, sizeof text), SIGSEGV);
    does = strstr(text, " outside of ");
    cr_assert_not_null(does, "%s", text);
    cr_expect_str_eq(does, " outside of buffer y, 65441 bytes behind its end,");
    cr_expect_eq(end_of(write_far, text, sizeof text), SIGSEGV);
    cr_expect_not_null(strstr(text, "outside of its buffers, of which the nearest is y,"), "%s",
                       text);
}

Test(harm, other_accesses_are_not_noted) {
    char text[160];
    cr_expect_eq(end_of(write_inside, text, sizeof text), 0);
    cr_expect_str_eq(text, "");
    cr_expect_eq(end_of(crash_elsewhere, text, sizeof text), SIGSEGV);
    cr_expect_str_eq(text, "");
    cr_expect_eq(end_of(crash_unguarded, text, sizeof text), SIGSEGV);
    cr_expect_str_eq(text, "");
}

static void compute_on(void) {
    gf_harm_limit_cpu(1);
    for (volatile int i = 1; i != 0;)
        i = 1;
}

static void compute_within(void) {
    gf_harm_limit_cpu(1);
    gf_harm_limit_cpu(0);
    (void)raise(SIGURG); /* which does nothing */
}

static void write_much(void) {
    char name[] = "/tmp/gpufare-harm-XXXXXX", bytes[4096] = "";
    const int file = mkstemp(name);
    (void)unlink(name);
    gf_harm_limit_files(UINT64_C(1) << 20);
    for (int i = 0; i < 1000; i++) {
        if (write(file, bytes, sizeof bytes) < 0)
            _exit(9);
    }
}

Test(harm, limits_are_named) {
    char text[160];
    cr_expect_eq(end_of(compute_on, text, sizeof text), SIGXCPU);
    cr_expect_not_null(strstr(text, "used up its limit of 1 s of processor time"), "%s", text);
    cr_expect_eq(end_of(compute_within, text, sizeof text), 0);
    cr_expect_str_eq(text, "");
    cr_expect_eq(end_of(write_much, text, sizeof text), SIGXFSZ);
    cr_expect_not_null(strstr(text, "wrote a file beyond its limit of 1 MiB"), "%s", text);
}

#if !defined(__SANITIZE_ADDRESS__) /* whose allocator ends the process itself */
static void *volatile memory;

static void take_much(void) {
    gf_harm_limit_memory(UINT64_C(1) << 30);
    memory = malloc((size_t)3 << 30);
    if (memory == NULL)
        gf_harm_note_refused((size_t)3 << 30);
    abort();
}

Test(harm, refused_memory_is_named) {
    char text[160];
    cr_expect_eq(end_of(take_much, text, sizeof text), SIGABRT);
    cr_expect_not_null(strstr(text, "refused 3.00 GiB of memory, beyond its limit of 1.00 GiB"),
                       "%s", text);
}
#endif

/* Whatever a process leaves in the memory is told without reading beyond it. */
Test(harm, nonsense_is_not_believed) {
    char text[160];
    gf_harm harm;
    memset(&harm, 0x41, sizeof harm);
    cr_expect_not(gf_harm_describe(&harm, text, sizeof text));
    harm.kind = GF_HARM_BEHIND;
    cr_expect(gf_harm_describe(&harm, text, sizeof text));
    cr_expect_lt(strlen(text), sizeof text);
}

Test(guard_pattern, every_change_is_seen) {
    unsigned char bytes[600];
    for (int value = 0; value < 256; value += 51) {
        for (size_t at = 0; at < sizeof bytes; at += 37) {
            gf_guard_fill(bytes, sizeof bytes);
            const gf_trespass none = gf_guard_compare(bytes, sizeof bytes, false);
            cr_assert_eq(none.bytes, (uint64_t)0);
            bytes[at] = (unsigned char)(bytes[at] + 1 + value % 255);
            bytes[sizeof bytes - 1] ^= 1;
            const gf_trespass behind = gf_guard_compare(bytes, sizeof bytes, false);
            const gf_trespass before = gf_guard_compare(bytes, sizeof bytes, true);
            cr_assert_eq(behind.bytes, (uint64_t)2, "%zu, %d", at, value);
            cr_assert_eq(behind.away, (uint64_t)at);
            cr_assert_eq(before.away, (uint64_t)0);
        }
    }
    /* A fill with one value changes nearly all of it. */
    memset(bytes, 0, sizeof bytes);
    cr_expect_gt(gf_guard_compare(bytes, sizeof bytes, false).bytes, (uint64_t)590);
}
