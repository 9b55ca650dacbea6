#include "measure/reference/verified_output.h"

#include "measure/verify.h"

gf_status gf_run_verify_output(const gf_run *run, gf_verification *verification, bool *holds,
                               gf_error *error) {
    gf_truth *truth = gf_run_turn(run);
    const void *outputs[GF_MAX_BUFFERS] = {NULL};
    const gf_status status = gf_verification_check(truth, run->output, verification, holds, error);
    for (uint32_t i = 0; i < run->buffers_made; i++)
        outputs[i] = run->host[i].memory;
    if (status == GF_OK && *holds)
        *holds = gf_verification_check_outputs(truth, outputs, verification);
    return status;
}
