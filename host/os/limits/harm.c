#define _GNU_SOURCE 1 /* REG_ERR */

#include "os/limits/harm.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <ucontext.h>

/* ---- What handlers read ------------------------------------------------ */

static gf_harm *noted; /* NULL: nothing is noted */
static gf_harm_guard guards[GF_HARM_GUARDS];
static char names[GF_HARM_GUARDS][GF_HARM_NAME];
static volatile size_t guard_count;
static uint64_t cpu_limit_s, file_limit_bytes, memory_limit_bytes;

static const int watched[] = {SIGSEGV, SIGBUS, SIGXCPU, SIGXFSZ};
#define WATCHED (sizeof watched / sizeof watched[0])
static struct sigaction before[WATCHED];

/* The first note stays: others follow from it. That memory was refused may have done no harm. */
static bool take_note(gf_harm_kind kind) {
    uint32_t none = noted == NULL ? GF_HARM_KINDS : __atomic_load_n(&noted->kind, __ATOMIC_SEQ_CST);
    if (none != GF_HARM_NONE && none != GF_HARM_MEMORY)
        return false;
    return __atomic_compare_exchange_n(&noted->kind, &none, (uint32_t)kind, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

/* ---- Handlers ---------------------------------------------------------- */

/* Whether the processor says that it was a write. */
static gf_harm_access access_of(const void *context) {
#if defined(__x86_64__)
    const ucontext_t *state = context;
    return (state->uc_mcontext.gregs[REG_ERR] & 2) != 0 ? GF_HARM_WROTE : GF_HARM_READ;
#else
    (void)context;
    return GF_HARM_TOUCHED;
#endif
}

static void note_access(const char *address, const void *context) {
    for (size_t i = 0; i < guard_count; i++) {
        const gf_harm_guard *guard = &guards[i];
        const char *end = guard->memory + guard->room;
        const bool is_before =
            address < guard->memory && address >= guard->memory - guard->guard_bytes;
        const bool is_behind = address >= end && address < end + guard->guard_bytes;
        if ((!is_before && !is_behind) || !take_note(is_before ? GF_HARM_BEFORE : GF_HARM_BEHIND))
            continue;
        noted->access = access_of(context);
        noted->amount = is_before ? (uint64_t)(guard->memory - address)
                                  : (uint64_t)(address - guard->memory) - guard->bytes;
        for (size_t c = 0; c < GF_HARM_NAME; c++)
            noted->buffer[c] = names[i][c];
        return;
    }
}

/* The handler that was there before gets the signal next, or the process ends. */
static void let_go(int number) {
    for (size_t i = 0; i < WATCHED; i++) {
        if (watched[i] == number)
            (void)sigaction(number, &before[i], NULL);
    }
}

/* The access is made again when this returns. */
static void on_access(int number, siginfo_t *info, void *context) {
    note_access(info->si_addr, context);
    let_go(number);
}

static void on_limit(int number) {
    if (take_note(number == SIGXCPU ? GF_HARM_CPU_TIME : GF_HARM_FILE_SIZE))
        noted->limit = number == SIGXCPU ? cpu_limit_s : file_limit_bytes;
    let_go(number);
    (void)raise(number);
}

void gf_harm_watch(gf_harm *harm) {
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
    noted = harm;
    for (size_t i = 0; i < WATCHED; i++) {
        struct sigaction now;
        const bool is_access = watched[i] == SIGSEGV || watched[i] == SIGBUS;
        action.sa_flags = is_access ? SA_SIGINFO | SA_ONSTACK : 0;
        if (is_access)
            action.sa_sigaction = on_access;
        else
            action.sa_handler = on_limit;
        if (sigaction(watched[i], NULL, &now) == 0 && now.sa_sigaction != action.sa_sigaction &&
            harm != NULL)
            (void)sigaction(watched[i], &action, &before[i]);
    }
}

void gf_harm_set_guards(const gf_harm_guard *list, size_t count) {
    guard_count = 0;
    for (size_t i = 0; i < count && i < GF_HARM_GUARDS; i++) {
        guards[i] = list[i];
        snprintf(names[i], GF_HARM_NAME, "%s", list[i].name);
    }
    guard_count = count < GF_HARM_GUARDS ? count : GF_HARM_GUARDS;
}

/* ---- Limits ------------------------------------------------------------ */

/* A limit that is already lower stays. */
static uint64_t lower(int resource, uint64_t most) {
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0)
        return most;
    if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > most)
        limit = (struct rlimit){most, most};
    (void)setrlimit((__rlimit_resource_t)resource, &limit);
    return (uint64_t)limit.rlim_cur;
}

void gf_harm_limit_files(uint64_t bytes) {
    file_limit_bytes = lower(RLIMIT_FSIZE, bytes);
}

void gf_harm_limit_memory(uint64_t bytes) {
    memory_limit_bytes = lower(RLIMIT_DATA, bytes);
}

/* The hard limit stays as it is, so that the soft one can be raised again. At the hard one there is
 * no signal that could be noted. */
void gf_harm_limit_cpu(uint64_t seconds) {
    struct rlimit limit;
    struct timespec used = {0, 0};
    if (getrlimit(RLIMIT_CPU, &limit) != 0 || clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0)
        return;
    const rlim_t now = (rlim_t)used.tv_sec + 1, wanted = now + (rlim_t)seconds;
    const bool has_room = limit.rlim_max == RLIM_INFINITY || wanted < limit.rlim_max;
    const rlim_t least = limit.rlim_max > now + 1 ? limit.rlim_max - 1 : limit.rlim_max;
    cpu_limit_s = has_room ? seconds : (uint64_t)(least > now ? least - now : 1);
    limit.rlim_cur = seconds == 0 ? limit.rlim_max : has_room ? wanted : least;
    (void)setrlimit(RLIMIT_CPU, &limit);
}

void gf_harm_note_refused(size_t bytes) {
    if (!take_note(GF_HARM_MEMORY))
        return;
    noted->amount = bytes;
    noted->limit = memory_limit_bytes;
}

/* ---- Telling ----------------------------------------------------------- */

/* Farther off, it may as well have been another buffer that was meant. */
#define NEAR 65536

static void describe_access(const gf_harm *harm, char *text, size_t size) {
    static const char *const words[] = {"touched memory", "read", "wrote"};
    const uint32_t access = harm->access > GF_HARM_WROTE ? GF_HARM_TOUCHED : harm->access;
    snprintf(text, size, "%s outside of %s %s, %llu bytes %s,", words[access],
             harm->amount < NEAR ? "buffer" : "its buffers, of which the nearest is", harm->buffer,
             (unsigned long long)harm->amount,
             harm->kind == GF_HARM_BEFORE ? "before its beginning" : "behind its end");
}

bool gf_harm_describe(const gf_harm *harm, char *text, size_t size) {
    gf_harm copy = *harm;
    copy.buffer[GF_HARM_NAME - 1] = '\0';
    switch (copy.kind) {
    case GF_HARM_BEFORE:
    case GF_HARM_BEHIND:
        describe_access(&copy, text, size);
        return true;
    case GF_HARM_CPU_TIME:
        snprintf(text, size,
                 "used up its limit of %llu s of processor time (a longer deadline allows more),",
                 (unsigned long long)copy.limit);
        return true;
    case GF_HARM_FILE_SIZE:
        snprintf(text, size, "wrote a file beyond its limit of %llu MiB,",
                 (unsigned long long)copy.limit >> 20);
        return true;
    case GF_HARM_MEMORY:
        snprintf(text, size,
                 "was refused %.2f GiB of memory, beyond its limit of %.2f GiB, and ended,",
                 (double)copy.amount / 0x1p30, (double)copy.limit / 0x1p30);
        return true;
    default:
        return false;
    }
}
