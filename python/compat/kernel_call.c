#include "python/compat/kernel_call.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "device/cpu_kernels.h"
#include "os/cores.h"

/* Asking the processor costs a virtual machine as much as a short call. */
static pthread_once_t isa_known = PTHREAD_ONCE_INIT;
static gf_isa best_isa;

static void find_isa(void) {
    uint32_t allowed = gf_isa_detect();
    gf_isa_allow(allowed, getenv("GPUFARE_ISA"), &allowed);
    best_isa = gf_isa_best(allowed);
}

void gf_compat_call(const char *stem, gf_kernel_args args) {
    pthread_once(&isa_known, find_isa);
    args.thread_count = 1;
    gf_cpu_kernel_find(stem, best_isa, GF_PRECISION_F64)(&args);
}

/* More threads than this gain nothing on work that is this short. */
#define MOST_THREADS 64

typedef struct shared_work {
    gf_part_worker work;
    void *call;
    size_t parts;
    atomic_size_t next;
} shared_work;

static void *take_parts(void *argument) {
    shared_work *const shared = argument;
    for (size_t part; (part = atomic_fetch_add(&shared->next, 1)) < shared->parts;)
        shared->work(shared->call, part);
    return NULL;
}

static uint32_t useful_threads(uint32_t wanted, size_t parts) {
    uint32_t most = gf_cores_own_threads();
    most = most < MOST_THREADS ? most : MOST_THREADS;
    most = wanted == 0 || wanted > most ? most : wanted;
    return parts < most ? (uint32_t)parts : most;
}

void gf_compat_share(uint32_t threads, size_t parts, gf_part_worker work, void *call) {
    shared_work shared = {.work = work, .call = call, .parts = parts};
    const uint32_t wanted = useful_threads(threads, parts);
    pthread_t helpers[MOST_THREADS];
    uint32_t started = 0;
    while (started + 1 < wanted &&
           pthread_create(&helpers[started], NULL, take_parts, &shared) == 0)
        started++;
    take_parts(&shared);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(helpers[i], NULL);
}

void gf_compat_complain(const char *what) {
    static atomic_flag said = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set(&said))
        fprintf(stderr, "gpufare: %s\n", what);
}
