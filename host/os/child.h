/* A child process: started with one channel to its parent, its output caught, ended with all that
 * it started itself. Children are spawned, not forked: a fork of a process in which a driver has
 * threads hangs. */
#pragma once

#include <sys/types.h>

#include "gpufare.h"

#define GF_CHILD_CHANNEL 3 /* the descriptor of the channel in the child */
#define GF_CHILD_NOISE   4096

typedef enum gf_child_end {
    GF_CHILD_RUNS, /* or was never started */
    GF_CHILD_EXITED,
    GF_CHILD_KILLED /* by a signal */
} gf_child_end;

typedef struct gf_child {
    pid_t pid;    /* 0: not started, or ended */
    int noise_fd; /* -1: closed */
    gf_child_end end;
    int code;                   /* exit status or signal */
    char noise[GF_CHILD_NOISE]; /* the end of what it wrote to stdout and stderr */
} gf_child;

/* A pipe whose ends get numbers above those that a child's own descriptors use, also in a process
 * that closed its standard descriptors. ends[0] does not block. false: errno says why. */
bool gf_child_pipe(int ends[2]);
/* The same with a socket of whole messages in both directions; both ends block. */
bool gf_child_sockets(int ends[2]);

/* A child that is not started. */
gf_child gf_child_new(void);
/* Starts the program arguments[0]; NULL ends the arguments. `channel` becomes GF_CHILD_CHANNEL of
 * the child, which has a process group of its own, so that the terminal's signals don't reach it,
 * and no blocked or ignored signal. The caller closes its own copy of `channel`. */
gf_status gf_child_start(gf_child *child, const char *const *arguments, int channel,
                         gf_error *error);
/* Takes what it has written since. */
void gf_child_drain(gf_child *child);
/* Takes its end if it has ended; true if so. In a process that ignores SIGCHLD the status is lost
 * and reads as an exit with 0. */
bool gf_child_reap(gf_child *child);
/* Kills it and everything in its process group. Waits a second at most: a child that is stuck in
 * the kernel does not die. */
void gf_child_kill(gf_child *child);
/* Kills a child that still runs, and closes what the parent holds of it. */
void gf_child_clear(gf_child *child);

/* "SIGSEGV"; NULL for a signal without a common name. */
const char *gf_signal_name(int number);
