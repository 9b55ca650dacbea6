/* Proving a field in files: the scalar kernel computes pieces of its rows from the first content,
 * with all rows that these depend on, so that what is compared owes nothing to bands and files. */
#pragma once

#include "measure/filed/field.h"
#include "measure/verify.h"

/* Operations of the reference for a proof of all rows: for each piece of them those of the rows
 * that it depends on, so that rows between two pieces count twice. Where they are more than `most`:
 * any number above it. */
double gf_field_proof_operations(const gf_field *field, double most);

/* Compares all rows of the state, or, where that is too much and the options allow it, some: the
 * first ones, the last ones, others at the borders of bands (`visits`) and anywhere. */
gf_status gf_field_prove(gf_field *field, const gf_visits *visits, gf_verification *verification,
                         bool *holds, gf_error *error);

/* The checksum of the state, which is that of the whole in memory; and how many elements are no
 * finite numbers, if it is none. */
gf_status gf_field_checksum(gf_field *field, double *checksum, uint64_t *nonfinite,
                            gf_error *error);
