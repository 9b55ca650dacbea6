/* Whether other programs use the cores that this process and its helpers (os/helpers.h) need. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* From /proc; 0 where that does not say. */
typedef struct gf_contention {
    uint64_t waited_ns; /* time that the present threads of this process were ready to run and
                           waited for a core, summed over their lives (task/N/schedstat) */
    uint64_t others_ns; /* processor time of all other programs, and what a hypervisor gave to other
                           machines, since the system started; in steps of about 10 ms (stat) */
    uint32_t others;    /* threads of other programs that are ready to run or running (loadavg) */
} gf_contention;

gf_contention gf_contention_read(void);

/* Threads of all programs that are ready to run or running (loadavg); 0: not known. */
uint32_t gf_contention_running(void);

/* Less processor time of others than this can't be told from the steps in which it is counted,
 * which each of the machine's processors adds. */
uint64_t gf_contention_resolution_ns(void);

typedef gf_contention (*gf_contention_reader)(void);

/* A piece of work that is watched for other programs. */
typedef struct gf_contention_watch {
    gf_contention_reader read;
    gf_contention before;
    uint64_t start_ns;
} gf_contention_watch;

/* Call before the work. Tests put their own reader in the place of gf_contention_read. */
gf_contention_watch gf_contention_begin(gf_contention_reader read);
/* Call after it. true: other programs ran, at its begin and end or for a noticeable share of its
 * time, and this process's threads waited for a core during a noticeable share of the time. Waiting
 * alone proves nothing, because threads of some devices wait for one another. */
bool gf_contention_disturbed(const gf_contention_watch *watch);

/* The same, for work that runs on this many cores at once: true only if the others left it fewer of
 * those that this process may use, and its threads waited so long on each. */
bool gf_contention_took_cores(const gf_contention_watch *watch, uint32_t needed);

/* How many times as long work on all cores takes while other programs share them as they do now. */
double gf_contention_slowdown(gf_contention_reader read);
