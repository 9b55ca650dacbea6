/* Proving results: the scalar CPU kernel computes the truth, whole or in samples. */
#pragma once

#include "measure/truth.h"

/* Up to this many operations a whole reference is cheap: about a second on one slow core. */
#define GF_CHEAP_OPERATIONS 4e9

/* How a result was compared with the truth, and what came out. */
typedef struct gf_verification {
    bool sampled;    /* false: every element was compared */
    bool part_fails; /* a row or sample differs in more than its share */
    /* Sampled, and every bit counts: the hash of the whole result, of the latest round trip whose
     * samples were right. Kept from one round trip to the next. */
    bool has_hash;
    uint64_t hash;
    bool differs_from_others; /* its samples are right, its hash is not that of results before */
    bool was_wrong_before; /* it is right, but an earlier one was not, whose samples were right */
    uint32_t sample_count; /* sampled: how many rows, blocks ... */
    gf_difference difference; /* of the latest round trip, or of the one that failed */
    double differing_share_allowed;
    const char *buffer;         /* the buffer that the difference is of; NULL: the result */
    const char *tolerance_note; /* why differences are allowed, or NULL */
    char reference[64];         /* what computed the reference, "native:twin-1t"; "": the scalar CPU
                                   kernel */
    bool independent;           /* of drivers: false if the device of another driver did */
    bool has_known_answer;
    gf_known_answer known_answer;
    bool known_answer_holds;
} gf_verification;

/* Makes everything that results are verified with: the inputs and, unless samples will do, the
 * whole reference. Does nothing the second time. */
gf_status gf_verification_prepare(gf_truth *truth, gf_error *error);
/* The same, and tells the caller's progress function. */
gf_status gf_verification_begin(gf_truth *truth, gf_error *error);

/* Compares a result with the whole reference if there is one, else with samples. Right results have
 * the same bits in strict arithmetic: where one whose samples are right has others than those
 * before, the whole reference is computed to decide. GF_OK: it was compared, and *holds says
 * whether it is right. *verification is that of the round trip before, or zeroed. */
gf_status gf_verification_check(gf_truth *truth, const void *output, gf_verification *verification,
                                bool *holds, gf_error *error);

/* Compares the other buffers that come down, in the order of the problem, as far as the truth has
 * them. false: one is wrong, and *verification says which and how. */
bool gf_verification_check_outputs(const gf_truth *truth, const void *const *outputs,
                                   gf_verification *verification);

/* Whether a result that was accepted by its samples has other bits than the reference, which was
 * computed later. */
bool gf_verification_is_refuted(const gf_truth *truth, const gf_verification *verification);

/* Compares a checksum with the answer that is known for these values, if there is one. false: it
 * differs. */
bool gf_verification_check_known(const gf_problem *problem, double checksum,
                                 gf_verification *verification);

/* Takes on the verification of another piece of the same result: differences add up. */
void gf_verification_add(gf_verification *whole, const gf_verification *piece);

/* Whether the checksum is within the tolerance of that of the whole reference; true without one. */
bool gf_verification_check_checksum(const gf_truth *truth, double checksum);
