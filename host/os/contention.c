#include "os/contention.h"

#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/cores.h"
#include "os/helpers.h"

/* As a share of the time of the work on each core. Next to a program that never rests, 133 of 135
 * runs on two cores waited longer, all threads together, and saw it at their begin or end. Alone,
 * 37 of 99 waited longer, for threads of their own, and none of these saw another program. */
#define MOST_WAITING 0.1
/* Less processor time of others may be the steps in which it is counted, on each processor. */
#define STEPS_NS UINT64_C(15000000)

/* NULL for a thread that has ended since the folder was read. */
static FILE *open_thread_file(pid_t process, const char *thread, const char *name) {
    char path[96];
    const int length =
        snprintf(path, sizeof path, "/proc/%ld/task/%.20s/%s", (long)process, thread, name);
    return length > 0 && (size_t)length < sizeof path ? fopen(path, "re") : NULL;
}

static uint64_t thread_wait_ns(pid_t process, const char *thread) {
    uint64_t waited_ns = 0;
    FILE *file = open_thread_file(process, thread, "schedstat"); /* ran, waited, time slices */
    if (file == NULL)
        return 0;
    if (fscanf(file, "%*u %" SCNu64, &waited_ns) != 1)
        waited_ns = 0;
    fclose(file);
    return waited_ns;
}

/* "123 (name) R ...": the name may contain any character. */
static bool is_running(pid_t process, const char *thread) {
    char line[128];
    FILE *file = open_thread_file(process, thread, "stat");
    if (file == NULL)
        return false;
    const char *read = fgets(line, sizeof line, file);
    const char *end = read == NULL ? NULL : strrchr(line, ')');
    fclose(file);
    return end != NULL && strncmp(end, ") R", 3) == 0;
}

/* The number of a process's threads that are ready to run. `waited_ns` may be NULL; otherwise the
 * waiting time of all threads is added to it. */
static uint32_t count_threads_of(pid_t process, uint64_t *waited_ns) {
    char path[48];
    snprintf(path, sizeof path, "/proc/%ld/task", (long)process);
    DIR *threads = opendir(path);
    uint32_t running = 0;
    if (threads == NULL)
        return 0;
    for (const struct dirent *entry; (entry = readdir(threads)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        running += is_running(process, entry->d_name);
        if (waited_ns != NULL)
            *waited_ns += thread_wait_ns(process, entry->d_name);
    }
    closedir(threads);
    return running;
}

/* The same of this process and its helpers. */
static uint32_t count_own_threads(uint64_t *waited_ns) {
    pid_t helpers[GF_MAX_HELPERS];
    const size_t count = gf_helpers_list(helpers);
    uint32_t running = count_threads_of(getpid(), waited_ns);
    for (size_t i = 0; i < count; i++)
        running += count_threads_of(helpers[i], waited_ns);
    return running;
}

/* "0.20 0.18 0.12 1/80 11206": one of 80 threads is ready to run. */
uint32_t gf_contention_running(void) {
    uint32_t running = 0;
    FILE *file = fopen("/proc/loadavg", "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%*f %*f %*f %" SCNu32 "/", &running) != 1)
        running = 0;
    fclose(file);
    return running;
}

/* The processor time of the whole system, in ns: "cpu  USER NICE SYSTEM IDLE IOWAIT IRQ SOFTIRQ
 * STEAL", in ticks. */
static uint64_t system_busy_ns(void) {
    uint64_t user = 0, nice = 0, kernel = 0, irq = 0, soft_irq = 0, steal = 0;
    const long ticks = sysconf(_SC_CLK_TCK);
    FILE *file = fopen("/proc/stat", "re");
    if (file == NULL)
        return 0;
    const int read = fscanf(
        file, "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %*u %*u %" SCNu64 " %" SCNu64 " %" SCNu64,
        &user, &nice, &kernel, &irq, &soft_irq, &steal);
    fclose(file);
    if (read != 6 || ticks < 1)
        return 0;
    return (user + nice + kernel + irq + soft_irq + steal) *
           (UINT64_C(1000000000) / (uint64_t)ticks);
}

/* 0 for a process that has ended. */
static uint64_t process_ns(pid_t process) {
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return 0;
    return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

static uint64_t others_ns(void) {
    pid_t helpers[GF_MAX_HELPERS];
    const uint64_t busy_ns = system_busy_ns();
    const size_t count = gf_helpers_list(helpers);
    uint64_t own_ns = process_ns(getpid());
    for (size_t i = 0; i < count; i++)
        own_ns += process_ns(helpers[i]);
    return busy_ns > own_ns ? busy_ns - own_ns : 0;
}

gf_contention gf_contention_read(void) {
    gf_contention contention = {.waited_ns = 0};
    /* This process's threads are counted before and after, because some may start or stop in
     * between. */
    const uint32_t before = count_own_threads(&contention.waited_ns);
    const uint32_t all = gf_contention_running();
    const uint32_t after = count_own_threads(NULL);
    const uint32_t ours = before > after ? before : after;
    contention.others = all > ours ? all - ours : 0;
    contention.others_ns = others_ns();
    return contention;
}

/* The processors of the machine that are switched on: /proc counts the time of all. */
static uint64_t machine_cores(void) {
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : (uint64_t)cores;
}

uint64_t gf_contention_resolution_ns(void) {
    return STEPS_NS * machine_cores();
}

gf_contention_watch gf_contention_begin(gf_contention_reader read) {
    const gf_clock clock = gf_clock_monotonic();
    return (gf_contention_watch){read, read(), gf_clock_now(&clock)};
}

/* Sets *others to the threads of other programs that ran at the same time. A thread that is ready
 * to run at one reading only may be one of the system's, which runs for a moment. */
static bool was_disturbed(const gf_contention_watch *watch, uint32_t needed, double *others) {
    const gf_clock clock = gf_clock_monotonic();
    const double took_ns = (double)(gf_clock_now(&clock) - watch->start_ns);
    const gf_contention after = watch->read();
    /* May be negative: the waiting time of a thread that ends is no longer counted. */
    const double waited_ns = (double)after.waited_ns - (double)watch->before.waited_ns;
    const double others_ns = (double)after.others_ns - (double)watch->before.others_ns;
    const uint32_t before = watch->before.others;
    const uint32_t stayed = before < after.others ? before : after.others;
    const double least_ns = fmax(MOST_WAITING * took_ns, (double)gf_contention_resolution_ns());
    const bool others_ran = stayed > 0 || others_ns > least_ns;
    *others = fmax(stayed, took_ns > 0 ? others_ns / took_ns : 0);
    return others_ran && waited_ns > MOST_WAITING * took_ns * needed;
}

bool gf_contention_disturbed(const gf_contention_watch *watch) {
    double others = 0;
    return was_disturbed(watch, 1, &others);
}

bool gf_contention_took_cores(const gf_contention_watch *watch, uint32_t needed) {
    double others = 0;
    return was_disturbed(watch, needed, &others) &&
           others + needed > (double)gf_cores_count_allowed();
}

double gf_contention_slowdown(gf_contention_reader read) {
    return 1 + (double)read().others / (double)gf_cores_count_allowed();
}
