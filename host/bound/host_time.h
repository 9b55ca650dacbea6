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
    uint32_t cores;          /* threads at most; what the machine has of cores to use */
    double single_ns;        /* the same with one thread; 0: not known */
    double memory_ns;        /* moving the problem's bytes at that machine's rate; 0: not known */
    uint32_t asked_cores;    /* 0, or low and high are for so many */
} gf_host_time;

/* The native path of this machine, from the predictions of candidates; those of models count where
 * `of_models`. */
gf_host_time gf_host_predicted(const gf_bound_request *request, const gf_candidates *candidates,
                               bool of_models);
/* The fastest verified native result. */
gf_host_time gf_host_measured(const gf_comparison *comparison);

/* How many of `cores` cores a native kernel uses, by its label: one if it is of one thread. */
uint32_t gf_host_cores(const char *label, uint32_t cores);

/* As it would be on `cores` cores: at best all of them share the work evenly, at worst a share of
 * it stays serial (Amdahl), and memory is no faster than now. */
void gf_host_scale(gf_host_time *host, uint32_t cores);

/* "native:avx512 on 2 cores (predicted 4.1 ms to 5.2 ms)" */
void gf_host_format(const gf_host_time *host, char *text, size_t size);
