#include "bound/transfer_bound.h"

static gf_transfer_bound in_shared_memory(const gf_tables *tables, const gf_model *model) {
    const double usual = tables->shares[GF_SHARE_MEMORY][GF_KERNEL_COPY] / 2;
    const double share = gf_model_low(model, GF_MODEL_BUS_SHARE_PAGEABLE, usual);
    const double rate = gf_model_low(model, GF_MODEL_MEMORY_RATE, 1) * share;
    return (gf_transfer_bound){
        .worst = {gf_model_high(model, GF_MODEL_TRANSFER_LATENCY, 0), 1e9 / rate}};
}

gf_transfer_bound gf_transfer_bound_of(const gf_tables *tables, const gf_model *model,
                                       bool pageable) {
    const gf_model_field share = pageable ? GF_MODEL_BUS_SHARE_PAGEABLE : GF_MODEL_BUS_SHARE_PINNED;
    if (model->bus != GF_BUS_PCIE)
        return in_shared_memory(tables, model);
    return (gf_transfer_bound){
        {gf_model_low(model, GF_MODEL_TRANSFER_LATENCY, 0),
         1e9 / (gf_model_bus_rate(model, true) * gf_model_high(model, share, 1))},
        {gf_model_high(model, GF_MODEL_TRANSFER_LATENCY, 0),
         1e9 / (gf_model_bus_rate(model, false) * gf_model_low(model, share, 1))}};
}

double gf_transfer_line_ns(const gf_transfer_line *line, double bytes, double transfers) {
    return line->latency_ns * transfers + line->byte_ns * bytes;
}
