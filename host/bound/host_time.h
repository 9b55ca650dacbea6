/* The CPU that a device is compared with: what a round trip takes on the native path, as measured,
 * as predicted, or as it would be on another number of cores. */
#pragma once

#include "bound/bound.h"
#include "measure/comparison.h"
#include "predict/candidates.h"

typedef struct gf_host_time {
    bool known;
    bool measured;  /* false: predicted */
    bool disturbed; /* other programs had the cores while it, or what it is predicted from, was
                       measured: it may be too long */
    double value, low, high; /* ns; measured: all equal; on other cores only a range is known */
    char label[96];          /* "native:avx512" */
    char machine[256];       /* of a profile of another machine; "": this one */
    uint32_t cores;          /* the threads of that time */
    uint32_t least_cores;    /* the fewest that it may be of, where that is not sure; 0: as many */
    uint32_t tried_cores;    /* the most that were tried: more than `cores` were no faster. 0: as
                                many */
    double single_ns;        /* of the same kernel with one thread; 0: not known */
    bool memory_known;       /* `memory_ns` is set */
    double memory_ns;        /* moving the problem's bytes at that machine's rate */
    uint32_t asked_cores;    /* 0, or low and high are for so many */
} gf_host_time;

/* The native path of this machine, from the predictions of candidates; those of models count where
 * `of_models`. */
gf_host_time gf_host_predicted(const gf_bound_request *request, const gf_candidates *candidates,
                               bool of_models);
/* The fastest verified native result. */
gf_host_time gf_host_measured(const gf_comparison *comparison);

/* The faster of both times stays, as does the highest number of cores of both that was tried. */
void gf_host_offer(gf_host_time *host, const gf_host_time *offered);
/* Takes the time of another label as that with one thread, if it is of the same kernel. */
void gf_host_offer_single(gf_host_time *host, const char *label, double ns);
/* How many of `threads` threads a native kernel uses, by its label: one if it is of one thread. */
uint32_t gf_host_cores(const char *label, uint32_t threads);
/* Sets the threads of a predicted time. `threads`: those that its machine uses at most. */
void gf_host_set_predicted_cores(gf_host_time *host, const gf_prediction *prediction,
                                 uint32_t threads);
/* The rate of memory, in bytes a second, at which a profile's kernels move data; 0: not known. */
double gf_host_memory_rate(const gf_profile *profile);
/* Sets the time in which that machine moves the problem's bytes. */
void gf_host_set_memory(gf_host_time *host, const gf_bound_request *request, double rate);

/* As it would be on `cores` cores: at best all of them share the work evenly, at worst a share of
 * it stays serial (Amdahl), and memory is no faster than now. It gets no shorter where memory's
 * rate is not known, or more cores than it is of were tried. */
void gf_host_scale(gf_host_time *host, uint32_t cores);

/* "native:avx512 on 1 of 2 cores (predicted 4.1 ms to 5.2 ms)" */
void gf_host_format(const gf_host_time *host, char *text, size_t size);
