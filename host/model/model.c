#include "model/model.h"

#define KIB 1024.0
#define GIB 1073741824.0

const char *gf_model_type_name(gf_model_type type) {
    return type == GF_MODEL_GPU ? "gpu" : "cpu";
}

const char *gf_model_bus_name(gf_model_bus bus) {
    return bus == GF_BUS_PCIE ? "pcie" : "shared";
}

const char *gf_model_family_name(gf_model_family family) {
    static const char *const names[GF_FAMILIES] = {"nvidia", "amd", "intel", "cpu"};
    return family < GF_FAMILIES ? names[family] : "";
}

/* The limits only catch slips of the pen, such as a clock in Hz. */
const gf_field_info gf_field_infos[GF_MODEL_FIELDS] = {
    [GF_MODEL_PCIE_GENERATION] = {"pcie-generation", "", 1, 1, 6, true, GF_FIELD_PCIE,
                                  "generation of PCI Express"},
    [GF_MODEL_PCIE_LANES] = {"pcie-lanes", "", 1, 1, 32, true, GF_FIELD_PCIE,
                             "lanes of PCI Express"},
    [GF_MODEL_BUS_SHARE_PINNED] = {"bus-share-pinned", "", 1, 0.01, 1, false, GF_FIELD_PCIE,
                                   "share of the bus that copies of pinned memory reach"},
    [GF_MODEL_BUS_SHARE_PAGEABLE] = {"bus-share-pageable", "", 1, 0.01, 1, false, GF_FIELD_PCIE,
                                     "share of the bus that copies of pageable memory reach"},
    [GF_MODEL_TRANSFER_LATENCY] = {"transfer-latency", "us", 1e3, 0, 1e4, false, GF_FIELD_PCIE,
                                   "time of an empty transfer"},
    [GF_MODEL_LAUNCH_TIME] = {"launch-time", "us", 1e3, 0, 1e4, false, GF_FIELD_REQUIRED,
                              "time of an empty launch"},
    [GF_MODEL_MEMORY] = {"memory", "GiB", GIB, 0.25, 65536, false, GF_FIELD_REQUIRED, "memory"},
    [GF_MODEL_MEMORY_RATE] = {"memory-rate", "GB/s", 1e9, 1, 1e5, false, GF_FIELD_REQUIRED,
                              "rate of the memory"},
    [GF_MODEL_UNITS] = {"units", "", 1, 1, 1e5, true, GF_FIELD_REQUIRED,
                        "multiprocessors, compute units or cores"},
    [GF_MODEL_CLOCK_BASE] = {"clock-base", "MHz", 1e6, 50, 1e4, false, GF_FIELD_REQUIRED,
                             "clock that it keeps"},
    [GF_MODEL_CLOCK_BOOST] = {"clock-boost", "MHz", 1e6, 50, 1e4, false, GF_FIELD_REQUIRED,
                              "highest clock"},
    [GF_MODEL_LANES] = {"lanes", "", 1, 1, 128, true, GF_FIELD_REQUIRED, "items that run in step"},
    [GF_MODEL_ISSUE] = {"issue", "", 1, 0.25, 4096, false, GF_FIELD_REQUIRED,
                        "instructions of lanes, a clock and unit"},
    [GF_MODEL_F32_ADD] = {"f32-add", "", 1, 0.01, 4096, false, GF_FIELD_REQUIRED,
                          "f32 additions, a clock and unit"},
    [GF_MODEL_F32_MULTIPLY] = {"f32-multiply", "", 1, 0.01, 4096, false, GF_FIELD_REQUIRED,
                               "f32 multiplications, a clock and unit"},
    [GF_MODEL_F32_FMA] = {"f32-fma", "", 1, 0, 4096, false, GF_FIELD_REQUIRED,
                          "f32 fused multiply-adds, a clock and unit"},
    [GF_MODEL_F64_ADD] = {"f64-add", "", 1, 0, 4096, false, GF_FIELD_REQUIRED,
                          "f64 additions, a clock and unit"},
    [GF_MODEL_F64_MULTIPLY] = {"f64-multiply", "", 1, 0, 4096, false, GF_FIELD_REQUIRED,
                               "f64 multiplications, a clock and unit"},
    [GF_MODEL_F64_FMA] = {"f64-fma", "", 1, 0, 4096, false, GF_FIELD_REQUIRED,
                          "f64 fused multiply-adds, a clock and unit"},
    [GF_MODEL_I32_ADD] = {"i32-add", "", 1, 0.1, 4096, false, GF_FIELD_REQUIRED,
                          "32-bit integer additions, a clock and unit"},
    [GF_MODEL_I32_MULTIPLY] = {"i32-multiply", "", 1, 0.1, 4096, false, GF_FIELD_REQUIRED,
                               "32-bit integer multiplications, a clock and unit"},
    [GF_MODEL_I64_REMAINDER] = {"i64-remainder", "", 1, 0.001, 4096, false, GF_FIELD_REQUIRED,
                                "64-bit remainders, a clock and unit"},
    [GF_MODEL_LOCAL_MEMORY] = {"local-memory", "KiB", KIB, 0, 65536, false, GF_FIELD_REQUIRED,
                               "local memory of a unit"},
    [GF_MODEL_REGISTERS] = {"registers", "KiB", KIB, 0.1, 65536, false, GF_FIELD_OPTIONAL,
                            "registers of a unit"},
    [GF_MODEL_L1] = {"l1", "KiB", KIB, 0, 65536, false, GF_FIELD_OPTIONAL,
                     "first-level cache of a unit"},
    [GF_MODEL_L2] = {"l2", "KiB", KIB, 0, 4194304, false, GF_FIELD_REQUIRED,
                     "last cache before the memory"},
    [GF_MODEL_L2_RATE] = {"l2-rate", "GB/s", 1e9, 1, 1e6, false, GF_FIELD_OPTIONAL,
                          "rate of that cache"},
};

double gf_model_low(const gf_model *model, gf_model_field field, double otherwise) {
    const gf_model_value *value = &model->values[field];
    return value->given ? value->low * gf_field_infos[field].scale : otherwise;
}

double gf_model_high(const gf_model *model, gf_model_field field, double otherwise) {
    const gf_model_value *value = &model->values[field];
    return value->given ? value->high * gf_field_infos[field].scale : otherwise;
}

/* Transfers a second of a lane, and the bits of data in what is sent: 8b/10b coding, then
 * 128b/130b; generation 6 sends frames of 256 bytes with 242 of payload (PCI Express Base
 * Specification). */
double gf_model_bus_rate(const gf_model *model, bool best) {
    static const struct {
        double transfers, coding;
    } generations[] = {{2.5e9, 0.8},        {5e9, 0.8},          {8e9, 128.0 / 130},
                       {16e9, 128.0 / 130}, {32e9, 128.0 / 130}, {64e9, 242.0 / 256}};
    if (model->bus != GF_BUS_PCIE)
        return 0;
    const gf_model_value *generation = &model->values[GF_MODEL_PCIE_GENERATION],
                         *lanes = &model->values[GF_MODEL_PCIE_LANES];
    const size_t index = (size_t)(best ? generation->high : generation->low) - 1;
    return generations[index].transfers * generations[index].coding / 8 *
           (best ? lanes->high : lanes->low);
}

void gf_model_destroy(gf_model *model) {
    if (model != NULL)
        gf_pool_destroy(model->pool);
}
