#include "predict/roofline.h"

#include <math.h>

#include "base/array.h"
#include "calibrate/ceilings.h"
#include "problem/problem.h"

static gf_demand demand_of(const gf_case *c) {
    return (gf_demand){.precision = c->precision,
                       .operations = c->operations,
                       .bytes = c->bytes,
                       .written = c->written,
                       .footprint = c->footprint,
                       .segments = c->segments,
                       .segment_steps = c->segment_steps};
}

double gf_roofline_least_ns(const gf_ceilings *ceilings, const gf_case *asked) {
    const gf_demand demand = demand_of(asked);
    double known = 0;
    for (int i = 0; i < GF_COPIED_SIZES; i++)
        known = fmax(known, ceilings->copies[i]);
    return known > 0 && asked->segment_steps <= 1 ? gf_ceilings_times(ceilings, &demand).moving : 0;
}

static double rate(double count, double ns) {
    return ns > 0 ? count / ns : 0;
}

gf_roofline gf_roofline_place(const gf_ceilings *ceilings, const gf_case *asked,
                              double compute_ns) {
    const gf_demand demand = demand_of(asked);
    const gf_ceiling_times times = gf_ceilings_times(ceilings, &demand);
    const struct {
        const char *name;
        double ns;
    } all[] = {{gf_precision_name(asked->precision), times.arithmetic},
               {gf_ceilings_cached(ceilings, asked->footprint) ? "cache" : "memory", times.moving},
               {"launch", times.launch}};
    gf_roofline roofline = {.intensity =
                                asked->bytes > 0 ? asked->operations / asked->bytes : HUGE_VAL};
    for (size_t i = 0; i < GF_COUNT_OF(all); i++) {
        if (all[i].ns > roofline.ceiling_ns) {
            roofline.ceiling_ns = all[i].ns;
            roofline.ceiling = all[i].name;
        }
    }
    roofline.operation_rate = rate(demand.operations, times.arithmetic);
    roofline.byte_rate = rate(demand.bytes, times.moving);
    roofline.predicted_rate = rate(demand.operations, compute_ns);
    roofline.share = compute_ns > 0 ? roofline.ceiling_ns / compute_ns : 0;
    return roofline;
}
