/* How a result is compared with the reference. */
#pragma once

#include <signal.h>

#include "cpu/kernel_abi.h"

/* The differences that a right result may have. All 0: equal to the bit. Every limit on shares must
 * hold: a few elements that moved pass, a part that was not computed does not. */
typedef struct gf_tolerance {
    double abs_error;       /* per element */
    double differing_share; /* share of the elements that may exceed their limit, plus two */
    double row_share;       /* the same in any one row (or sample) */
    double checksum_share;  /* relative error of the checksum, checked from 4096 elements on when
                               the whole reference is known; 0: not checked */
    const char *why;        /* shown in reports, such as "relaxed math: counts may move" */
    /* Per element besides abs_error; the largest of the three is its limit. */
    double relative_error; /* share of the larger magnitude of the two */
    double ulps;           /* units in the last place of that, for reals */
} gf_tolerance;

/* The outcome of comparing elements; gf_compare_elements fills it. */
typedef struct gf_difference {
    uint64_t compared;
    uint64_t mismatches;  /* elements that differ by more than abs_error, or are NaN on one side */
    double max_abs_error; /* over all compared elements; HUGE_VAL when one side is NaN */
} gf_difference;

/* A small part of the problem that the reference kernel can compute exactly by itself. */
typedef struct gf_sample_request {
    uint64_t random;           /* 64 random bits that choose the place */
    uint32_t index;            /* 0, 1, 2 ...: 0 to 3 stand for corners, 4 to 7 for edges */
    gf_cpu_kernel reference;   /* the scalar kernel of the problem's precision */
    const void *const *inputs; /* for each buffer: its content before the first step; NULL if it is
                                  no input */
    const void *result;        /* the whole result of the device */
    double abs_error;
    const volatile sig_atomic_t *cancel; /* for the reference kernel */
} gf_sample_request;

/* A result known from another source. */
typedef struct gf_known_answer {
    double checksum;
    double tolerance; /* absolute; 0: exact */
} gf_known_answer;
