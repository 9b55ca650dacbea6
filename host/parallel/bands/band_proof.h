/* The proof of exactly the bands that a rank has computed: the scalar CPU kernel computes them from
 * the rank's inputs, each chunk once, whatever bands later round trips have. */
#pragma once

#include "measure/verify.h"
#include "parallel/bands/rank_bands.h"

typedef struct gf_band_proof {
    const gf_rank_bands *bands;
    gf_tolerance tolerance;
    char *rows[GF_HELD]; /* of the result; owned */
    char
        *wholes; /* of results that parts have whole: of each chunk, then of the own units; owned */
    void *expected; /* what a band makes of them; owned */
    bool *known;    /* whether the reference is there of each chunk, and of the own units; owned */
    char reference_label[64];
} gf_band_proof;

/* On failure nothing is held. */
gf_status gf_band_proof_create(gf_band_proof *proof, const gf_rank_bands *bands,
                               const gf_tolerance *tolerance, gf_error *error);
void gf_band_proof_clear(gf_band_proof *proof);

/* Compares the bands of the latest round trip; nothing where there are none. */
gf_status gf_band_proof_check(gf_band_proof *proof, gf_verification *verification, bool *holds,
                              gf_error *error);
