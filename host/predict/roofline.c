#include "predict/roofline.h"

#include <math.h>

#include "base/array.h"
#include "problem/problem.h"

gf_roofline gf_roofline_place(const gf_ceilings *ceilings, const gf_case *asked,
                              double compute_ns) {
    const double rates[] = {[GF_PRECISION_F32] = ceilings->f32,
                            [GF_PRECISION_F64] = ceilings->f64,
                            [GF_PRECISION_INTEGER] = ceilings->integer};
    const double rate = rates[asked->precision];
    const bool cached = ceilings->cached_bytes > 0 && asked->footprint <= ceilings->cached_bytes;
    const double bandwidth = cached ? ceilings->copy_cached : ceilings->copy_memory;
    const struct {
        const char *name;
        double ns;
    } all[] = {{gf_precision_name(asked->precision), rate > 0 ? asked->operations / rate * 1e9 : 0},
               {cached ? "cache" : "memory", bandwidth > 0 ? asked->bytes / bandwidth * 1e9 : 0},
               {"launch", ceilings->launch_ns * asked->segments}};
    gf_roofline roofline = {.intensity =
                                asked->bytes > 0 ? asked->operations / asked->bytes : HUGE_VAL};
    for (size_t i = 0; i < GF_COUNT_OF(all); i++) {
        if (all[i].ns > roofline.ceiling_ns) {
            roofline.ceiling_ns = all[i].ns;
            roofline.ceiling = all[i].name;
        }
    }
    roofline.share = compute_ns > 0 ? roofline.ceiling_ns / compute_ns : 0;
    return roofline;
}
