#define _GNU_SOURCE /* sched_getaffinity and CPU_COUNT */
#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "backends/native/limits.h"
#include "base/error.h"

/* More threads than this for each processor help nothing, and the OpenMP run-time ends the process
 * when the system refuses a thread. Tests want a few more threads than a small machine has. */
#define THREADS_PER_PROCESSOR 8
#define LEAST_LIMIT           64

/* sched_getaffinity refuses sets smaller than the kernel's: beyond 1024 processors the affinity is
 * left out of account. */
static uint32_t available_processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return (uint32_t)CPU_COUNT(&set);
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (uint32_t)online : 1;
}

/* OMP_NUM_THREADS is a list, one number for each level of nesting; only the first matters here. */
static bool parse_thread_list(const char *text, uint64_t *first) {
    char *end = NULL;
    while (isspace((unsigned char)*text))
        text++;
    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    *first = strtoull(text, &end, 10);
    while (isspace((unsigned char)*end))
        end++;
    return errno == 0 && (*end == '\0' || *end == ',');
}

gf_status gf_native_threads(uint32_t asked, uint32_t *threads, gf_error *error) {
    const uint32_t processors = available_processors();
    const char *const variable = getenv("OMP_NUM_THREADS");
    const char *source = "--threads";
    uint64_t wanted = asked;
    if (asked == 0 && variable != NULL && variable[0] != '\0') {
        source = "OMP_NUM_THREADS";
        if (!parse_thread_list(variable, &wanted) || wanted == 0)
            return gf_error_set(error, GF_USAGE,
                                "OMP_NUM_THREADS is '%.40s', which is no number of threads; unset "
                                "it, or set it to %u for all processors",
                                variable, processors);
    } else if (asked == 0) {
        wanted = processors;
    }
    uint64_t limit = (uint64_t)processors * THREADS_PER_PROCESSOR;
    limit = limit < LEAST_LIMIT ? LEAST_LIMIT : limit;
    if (wanted > limit)
        return gf_error_set(
            error, GF_USAGE, "%s asks for %llu threads; at most %llu make sense on %u processors",
            source, (unsigned long long)wanted, (unsigned long long)limit, processors);
    *threads = (uint32_t)wanted;
    return GF_OK;
}

gf_status gf_native_isas(const char *cap, uint32_t *allowed, gf_error *error) {
    const char *const source = cap != NULL ? "--isa" : "GPUFARE_ISA";
    if (cap == NULL)
        cap = getenv("GPUFARE_ISA");
    if (gf_isa_allow(gf_isa_detect(), cap, allowed))
        return GF_OK;
    return gf_error_set(error, GF_USAGE,
                        "%s %.40s: no such instruction set; give scalar, neon, avx2 or avx512",
                        source, cap);
}
