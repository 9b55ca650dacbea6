#include "measure/energy/energy.h"

const char *gf_energy_part_name(gf_energy_part part) {
    static const char *const names[] = {"idle", "total", "h2d", "compute", "d2h"};
    return names[part];
}

double gf_energy_joules(const gf_energy *energy, size_t sensor, gf_energy_part part) {
    const gf_energy_span *of = &energy->parts[part];
    if (of->repeats == 0 || of->span.joules[sensor] < 0)
        return -1;
    return of->span.joules[sensor] / (double)of->repeats;
}

double gf_energy_watts(const gf_energy *energy, size_t sensor, gf_energy_part part) {
    const gf_energy_span *of = &energy->parts[part];
    if (of->repeats == 0 || of->span.joules[sensor] < 0 || of->span.seconds <= 0)
        return -1;
    return of->span.joules[sensor] / of->span.seconds;
}

double gf_energy_of_result(const gf_energy *energy) {
    double sum = 0;
    for (size_t i = 0; i < energy->sensor_count; i++) {
        const double joules = gf_energy_joules(energy, i, GF_ENERGY_TOTAL);
        if (joules < 0)
            return -1;
        sum += joules;
    }
    return energy->sensor_count == 0 ? -1 : sum;
}
