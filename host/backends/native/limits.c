#include "backends/native/limits.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "os/cores.h"
#include "os/isa.h"

/* More threads than this for each processor don't help, and the OpenMP run-time ends the process
 * when the system refuses a thread. Tests need a few more threads than a small machine has
 * processors. */
#define THREADS_PER_PROCESSOR 8
#define LEAST_LIMIT           64

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

/* The text is about the parameter or, if it is NULL, about the environment variable. */
static gf_status refuse(gf_error *error, const char *parameter, const char *variable,
                        const char *text) {
    if (parameter != NULL)
        return gf_error_set_parameter(error, GF_USAGE, parameter, " %s", text);
    return gf_error_set(error, GF_USAGE, "%s %s", variable, text);
}

gf_status gf_native_threads(uint32_t asked, const gf_cores *cores, uint32_t *threads,
                            gf_error *error) {
    char text[160];
    const uint32_t processors = cores->usable;
    const char *const variable = getenv("OMP_NUM_THREADS");
    uint64_t wanted = asked;
    if (asked == 0 && variable != NULL && variable[0] != '\0') {
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
    if (wanted > limit) {
        snprintf(text, sizeof text,
                 "asks for %llu threads; at most %llu make sense on %u processors",
                 (unsigned long long)wanted, (unsigned long long)limit, processors);
        return refuse(error, asked > 0 ? "threads" : NULL, "OMP_NUM_THREADS", text);
    }
    if (asked > cores->thread_limit) {
        snprintf(text, sizeof text,
                 "asks for %u threads, but OpenMP starts at most %u here (%.60s)", asked,
                 cores->thread_limit, cores->limit_cause);
        return refuse(error, "threads", NULL, text);
    }
    *threads = wanted < cores->thread_limit ? (uint32_t)wanted : cores->thread_limit;
    return GF_OK;
}

bool gf_native_threads_given(uint32_t asked) {
    const char *const variable = getenv("OMP_NUM_THREADS");
    return asked != 0 || (variable != NULL && variable[0] != '\0');
}

gf_status gf_native_isas(const char *cap, uint32_t *allowed, gf_error *error) {
    const char *const name = cap != NULL ? cap : getenv("GPUFARE_ISA");
    if (gf_isa_allow(gf_isa_detect(), name, allowed))
        return GF_OK;
    char text[120];
    snprintf(text, sizeof text, "%.40s: no such instruction set; give scalar, neon, avx2 or avx512",
             name);
    return refuse(error, cap != NULL ? "isa" : NULL, "GPUFARE_ISA", text);
}
