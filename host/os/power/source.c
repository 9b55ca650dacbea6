#include "os/power/source.h"

void gf_power_integrate(gf_power_integral *integral, uint64_t now_ns, double watts) {
    if (integral->at_ns != 0)
        integral->joules +=
            (double)(now_ns - integral->at_ns) * 1e-9 * (integral->watts + watts) / 2;
    integral->watts = watts;
    integral->at_ns = now_ns;
}
