/* Proving results: the scalar CPU kernel computes the truth, in full or for samples. */
#ifndef GF_VERIFY_H
#define GF_VERIFY_H

#include "measure/comparison.h"

/* The kernel that results are compared with: the scalar CPU variant. NULL and an error if the
 * workload has none. */
gf_cpu_kernel gf_reference_kernel(const gf_problem *problem, gf_error *error);

/* Decides once how results are verified, and computes the full reference if it is to be full. */
gf_status gf_verification_prepare(gf_comparison *comparison, gf_error *error);

/* Computes the full reference, if it is not there, whatever was decided. */
gf_status gf_verification_make_reference(gf_comparison *comparison, gf_error *error);

/* Compares a result. GF_OK: done, and *verification tells; then *holds is the verdict. */
gf_status gf_verification_check(gf_comparison *comparison, const void *output,
                                gf_verification *verification, bool *holds, gf_error *error);

/* Compares a checksum with the known answer, if there is one for these values; false: it differs.
 */
bool gf_verification_check_known(const gf_problem *problem, double checksum,
                                 gf_verification *verification);

/* Whether the checksum is within the tolerance of the full reference's; true without one. */
bool gf_verification_check_checksum(const gf_comparison *comparison, double checksum);

#endif
