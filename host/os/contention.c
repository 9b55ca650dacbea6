#include "os/contention.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A thread that has ended since the folder was read has no files. */
static FILE *open_of(const char *thread, const char *name) {
    char path[96];
    const int length = snprintf(path, sizeof path, "/proc/self/task/%.20s/%s", thread, name);
    return length > 0 && (size_t)length < sizeof path ? fopen(path, "re") : NULL;
}

static uint64_t waited_of(const char *thread) {
    uint64_t waited_ns = 0;
    FILE *file = open_of(thread, "schedstat"); /* ran, waited, how often */
    if (file == NULL)
        return 0;
    if (fscanf(file, "%*u %" SCNu64, &waited_ns) != 1)
        waited_ns = 0;
    fclose(file);
    return waited_ns;
}

/* "123 (name) R ...": the name may hold anything. */
static bool is_running(const char *thread) {
    char line[128];
    FILE *file = open_of(thread, "stat");
    if (file == NULL)
        return false;
    const char *read = fgets(line, sizeof line, file);
    const char *end = read == NULL ? NULL : strrchr(line, ')');
    fclose(file);
    return end != NULL && strncmp(end, ") R", 3) == 0;
}

/* How many threads of this process are ready to run; adds up what they waited if that is asked for.
 */
static uint32_t count_own(uint64_t *waited_ns) {
    DIR *threads = opendir("/proc/self/task");
    uint32_t running = 0;
    if (threads == NULL)
        return 0;
    for (const struct dirent *entry; (entry = readdir(threads)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        running += is_running(entry->d_name);
        if (waited_ns != NULL)
            *waited_ns += waited_of(entry->d_name);
    }
    closedir(threads);
    return running;
}

/* "0.20 0.18 0.12 1/80 11206": one of 80 threads is ready to run. */
static uint32_t count_all(void) {
    uint32_t running = 0;
    FILE *file = fopen("/proc/loadavg", "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%*f %*f %*f %" SCNu32 "/", &running) != 1)
        running = 0;
    fclose(file);
    return running;
}

gf_contention gf_contention_read(void) {
    gf_contention cores = {.waited_ns = 0};
    /* Twice, since threads of its own may come to rest, or begin, while it counts. */
    const uint32_t before = count_own(&cores.waited_ns), all = count_all(), after = count_own(NULL);
    const uint32_t own = before > after ? before : after;
    cores.others = all > own ? all - own : 0;
    return cores;
}
