#include "problem/sampling.h"

#include <string.h>

#include "base/array.h"
#include "problem/workload.h"

size_t gf_sample_place(const gf_sample_request *request, size_t places) {
    if (request->index == 0)
        return 0;
    return request->index == 1 ? places - 1 : (size_t)(request->random % places);
}

uint32_t gf_reference_run(const gf_problem *problem, gf_cpu_kernel reference, void *const *buffers,
                          const gf_scalar_change *changes, const volatile sig_atomic_t *cancel) {
    gf_scalar scalars[GF_MAX_SCALARS];
    memcpy(scalars, problem->scalars, sizeof scalars);
    for (; changes->name != NULL; changes++) {
        for (uint32_t i = 0; i < problem->scalar_count; i++) {
            if (strcmp(scalars[i].name, changes->name) == 0)
                scalars[i].value.u32 = changes->value;
        }
    }
    const gf_kernel_args args = {.buffers = buffers,
                                 .buffer_count = problem->buffer_count,
                                 .scalars = scalars,
                                 .scalar_count = problem->scalar_count,
                                 .thread_count = 1,
                                 .step_count = problem->steps,
                                 .cancel = cancel};
    return reference(&args);
}

void gf_sample_rows(const gf_problem *problem, size_t first_row, size_t rows, uint32_t *work) {
    uint64_t items[256];
    const size_t cols = problem->buffers[problem->result].cols;
    const size_t count = rows * cols, at_once = GF_COUNT_OF(items);
    for (size_t done = 0; done < count; done += at_once) {
        const size_t next = count - done < at_once ? count - done : at_once;
        for (size_t i = 0; i < next; i++)
            items[i] = (uint64_t)first_row * cols + done + i;
        problem->workload->sample_work(problem, items, next, UINT32_MAX, work + done);
    }
}
