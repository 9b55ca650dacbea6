#include "user/twin_call.h"

gf_status gf_twin_call_begin(const gf_problem *problem, int threads, gf_twin_call *call,
                             gf_error *error) {
    const gf_user_workload *user = gf_user_of(problem->workload);
    *call =
        (gf_twin_call){.manifest = user->manifest, .entry = user->twin.entry, .threads = threads};
    gf_user_set_values(problem, &call->values);
    return call->manifest->twin.over_range
               ? gf_manifest_range(call->manifest, &call->values, &call->length, error)
               : GF_OK;
}

gf_status gf_twin_call_set(gf_twin_call *c, uint64_t step, void *const *buffers, gf_error *error) {
    const gf_argument_list *list = &c->manifest->twin.arguments;
    c->values.numbers[GF_PLACE_STEP] = gf_number_whole((int64_t)step);
    for (uint32_t i = 0; i < list->count; i++) {
        const gf_argument *argument = &list->items[i];
        if (argument->kind == GF_ARGUMENT_BUFFER)
            c->buffers[i] = buffers[argument->buffer];
        if (argument->kind != GF_ARGUMENT_SCALAR)
            continue;
        gf_scalar_bytes scalar;
        const gf_status status =
            gf_manifest_scalar(c->manifest, argument, &c->values, &scalar, error);
        if (status != GF_OK)
            return status;
        if (scalar.type == GF_TYPE_F64)
            c->scalars[i].f64 = scalar.value.f64;
        else
            c->scalars[i].u64 = scalar.value.u64;
    }
    return GF_OK;
}

void gf_twin_swap(const gf_problem *problem, void **buffers) {
    void *held = buffers[problem->result];
    buffers[problem->result] = buffers[problem->partner];
    buffers[problem->partner] = held;
}
