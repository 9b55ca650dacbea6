#include "whatif/model_device.h"

#include <stdio.h>

#include "bound/transfer_bound.h"

static gf_cost_range cost_of(const gf_transfer_bound *bound) {
    return (gf_cost_range){true,
                           {bound->best.latency_ns, bound->best.byte_ns},
                           {bound->worst.latency_ns, bound->worst.byte_ns}};
}

/* A copy reads and writes each byte. At best its last cache holds all. */
static gf_cost_range copy_of(const gf_tables *tables, const gf_model *model) {
    const double share = tables->shares[GF_SHARE_MEMORY][GF_KERNEL_COPY];
    return (gf_cost_range){true,
                           {gf_model_low(model, GF_MODEL_LAUNCH_TIME, 0), 0},
                           {gf_model_high(model, GF_MODEL_TRANSFER_LATENCY, 0),
                            2e9 / (gf_model_low(model, GF_MODEL_MEMORY_RATE, 1) * share)}};
}

void gf_other_device_of_model(const gf_tables *tables, const gf_model *model,
                              gf_other_device *device) {
    const gf_transfer_bound pageable = gf_transfer_bound_of(tables, model, true),
                            pinned = gf_transfer_bound_of(tables, model, false);
    const double cached_rate = gf_model_high(model, GF_MODEL_L2_RATE, 0);
    *device = (gf_other_device){.basis = "data sheet",
                                .bounded = true,
                                .shared = model->bus == GF_BUS_SHARED,
                                .memory_bytes = (uint64_t)gf_model_high(model, GF_MODEL_MEMORY, 0),
                                .up = {cost_of(&pageable), cost_of(&pinned)},
                                .down = {cost_of(&pageable), cost_of(&pinned)},
                                .copy = copy_of(tables, model),
                                .launch = {true,
                                           {gf_model_low(model, GF_MODEL_LAUNCH_TIME, 0), 0},
                                           {gf_model_high(model, GF_MODEL_LAUNCH_TIME, 0), 0}},
                                .touch_ns = 1e9 / gf_model_high(model, GF_MODEL_MEMORY_RATE, 1),
                                .cached_bytes = gf_model_high(model, GF_MODEL_L2, 0),
                                .cached_ns = cached_rate > 0 ? 1e9 / cached_rate : 0};
    snprintf(device->name, sizeof device->name, "%s", model->name);
}
