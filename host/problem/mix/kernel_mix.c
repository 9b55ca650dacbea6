#include "problem/mix/kernel_mix.h"

const char *gf_kernel_kind_name(gf_kernel_kind kind) {
    static const char *const names[GF_KERNEL_KINDS] = {
        "other", "copy", "arithmetic", "stencil", "escape", "reduction", "integer"};
    return kind < GF_KERNEL_KINDS ? names[kind] : "";
}
