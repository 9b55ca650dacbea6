/* The proof of a rank's part: the scalar CPU kernel computes it without the other ranks and without
 * exchanging anything. Where units read others it computes as many of them around as all steps
 * reach. */
#pragma once

#include "measure/verify.h"
#include "parallel/part/rank_part.h"

/* Cells that are compared. */
typedef struct gf_proof_piece {
    gf_rectangle cells; /* of the whole */
    gf_problem problem; /* of these cells */
    gf_truth truth;
} gf_proof_piece;

typedef struct gf_rank_proof {
    gf_proof_piece pieces[4];
    uint32_t count; /* 1: the whole part; more: its edges; 0: there is no part */
    bool sampled;   /* its edges alone */
} gf_rank_proof;

/* Up to this many operations of one rank its whole part is compared: ten seconds on one slow core.
 * Beyond it its edges are, which prove the exchanges, unless all of it is asked for. */
#define GF_MOST_PROOF_OPERATIONS 4e10

/* What was noted of the inputs must be joined before. The proof must not move afterwards. On
 * failure nothing is held. */
gf_status gf_rank_proof_create(gf_rank_proof *proof, const gf_rank_part *part,
                               const gf_tolerance *tolerance, gf_error *error);
void gf_rank_proof_clear(gf_rank_proof *proof);

/* Compares the part's latest result; nothing where the part is empty. */
gf_status gf_rank_proof_check(gf_rank_proof *proof, const gf_rank_part *part,
                              gf_verification *verification, bool *holds, gf_error *error);
