#include "compat/kernel_call.h"

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

typedef struct team_call {
    gf_cpu_kernel kernel;
    gf_kernel_args args;
} team_call;

static void *run_team(void *argument) {
    const team_call *const call = argument;
    call->kernel(&call->args);
    return NULL;
}

void gf_compat_call(const char *stem, uint32_t threads, const gf_kernel_args *args) {
    pthread_once(&isa_known, find_isa);
    team_call call = {gf_cpu_kernel_find(stem, best_isa, GF_PRECISION_F64), *args};
    const uint32_t most = gf_cores_own_threads();
    pthread_t team;
    call.args.thread_count = threads == 0 || threads > most ? most : threads;
    if (call.args.thread_count > 1 && pthread_create(&team, NULL, run_team, &call) == 0) {
        pthread_join(team, NULL);
        return;
    }
    call.args.thread_count = 1;
    run_team(&call);
}

void gf_compat_complain(const char *what) {
    static atomic_flag said = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set(&said))
        fprintf(stderr, "gpufare: %s\n", what);
}
