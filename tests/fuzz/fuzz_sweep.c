/* Sweeps of `breakeven`: the first byte picks the workload, the rest is the sweep. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "breakeven/sweep.h"
#include "device/registry.h"
#include "memory_files.h"
#include "problem/params.h"

/* The values of a sweep grow, and each is one that the parameter takes. */
static void check_sweep(const gf_workload *workload, const gf_sweep *sweep) {
    gf_error error = GF_ERROR_INIT;
    gf_params *params = NULL;
    if (sweep->count < 2 || sweep->count > GF_SWEEP_MAX)
        fuzz_fail("a sweep has too few values, or too many");
    if (gf_params_create(workload, &params, &error) != GF_OK)
        fuzz_fail("the defaults are refused");
    for (size_t i = 0; i < sweep->count; i++) {
        if (i > 0 && sweep->values[i].number <= sweep->values[i - 1].number)
            fuzz_fail("a sweep does not grow");
        if (!sweep->threads &&
            gf_params_set(params, sweep->param->name, sweep->values[i].text, &error) != GF_OK)
            fuzz_fail("the parameter refuses a value of the sweep");
    }
    gf_params_destroy(params);
    gf_error_clear(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static gf_sweep sweep;
    char text[128];
    gf_error error = GF_ERROR_INIT;
    if (size < 1 || size > sizeof text)
        return 0;
    const gf_workload *workload = gf_workloads[bytes[0] % gf_workloads_length];
    memcpy(text, bytes + 1, size - 1);
    text[size - 1] = '\0';
    if (gf_sweep_parse(workload, text, &sweep, &error) == GF_OK)
        check_sweep(workload, &sweep);
    else
        fuzz_check_error(&error);
    gf_error_clear(&error);
    return 0;
}
