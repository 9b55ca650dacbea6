#include "predict/roofline.h"

#include <math.h>

#include "base/array.h"
#include "problem/problem.h"

static double rate_of(const gf_ceilings *ceilings, gf_precision precision) {
    switch (precision) {
    case GF_PRECISION_F32:
        return ceilings->f32;
    case GF_PRECISION_F64:
        return ceilings->f64;
    case GF_PRECISION_INTEGER:
        break;
    }
    return ceilings->integer;
}

gf_roofline gf_roofline_place(const gf_ceilings *ceilings, gf_precision precision,
                              const gf_estimate *estimate, double compute_ns) {
    const double rate = rate_of(ceilings, precision);
    const bool cached = ceilings->cached_bytes > 0 && estimate->footprint <= ceilings->cached_bytes;
    const double bandwidth = cached ? ceilings->copy_cached : ceilings->copy_memory;
    const struct {
        const char *name;
        double ns;
    } all[] = {{gf_precision_name(precision), rate > 0 ? estimate->operations / rate * 1e9 : 0},
               {cached ? "cache" : "memory", bandwidth > 0 ? estimate->bytes / bandwidth * 1e9 : 0},
               {"launch", ceilings->launch_ns * estimate->segments}};
    gf_roofline roofline = {
        .intensity = estimate->bytes > 0 ? estimate->operations / estimate->bytes : HUGE_VAL};
    for (size_t i = 0; i < GF_COUNT_OF(all); i++) {
        if (all[i].ns > roofline.ceiling_ns) {
            roofline.ceiling_ns = all[i].ns;
            roofline.ceiling = all[i].name;
        }
    }
    roofline.share = compute_ns > 0 ? roofline.ceiling_ns / compute_ns : 0;
    return roofline;
}
