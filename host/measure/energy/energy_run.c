#include "measure/energy/energy_run.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "os/power/processors.h"

/* A sensor's own steps are then below 2 % of what it tells. */
#define LEAST_INTERVALS 50
#define LEAST_NS        UINT64_C(300000000)
#define MOST_NS         UINT64_C(5000000000)
#define IDLE_SLICE_NS   20000000

typedef struct work {
    gf_run *run;
    gf_power *power;
    uint64_t least_ns;
    bool swapped;
} work;

static uint64_t now_ns(void) {
    const gf_clock clock = gf_clock_monotonic();
    return gf_clock_now(&clock);
}

/* ---- What is repeated -------------------------------------------------- */

static gf_status do_nothing(work *of, gf_error *error) {
    const struct timespec slice = {0, IDLE_SLICE_NS};
    nanosleep(&slice, NULL);
    return gf_context_check_cancel(gf_run_context(of->run), error);
}

static gf_status do_total(work *of, gf_error *error) {
    gf_round_trip times = {0};
    gf_status status = gf_run_restore(of->run, error);
    if (status == GF_OK)
        status = gf_run_round_trip(of->run, &times, error);
    return status == GF_OK ? gf_context_check_cancel(gf_run_context(of->run), error) : status;
}

static gf_status do_upload(work *of, gf_error *error) {
    const gf_status status = gf_run_upload(of->run, true, false, error);
    return status == GF_OK ? gf_context_check_cancel(gf_run_context(of->run), error) : status;
}

static gf_status do_compute(work *of, gf_error *error) {
    gf_round_trip times = {.device_clock_ok = true};
    return gf_run_compute(of->run, 0, gf_run_problem(of->run)->steps, &of->swapped, &times, error);
}

static gf_status do_download(work *of, gf_error *error) {
    const gf_status status = gf_run_download(of->run, of->swapped, error);
    return status == GF_OK ? gf_context_check_cancel(gf_run_context(of->run), error) : status;
}

static gf_status (*const pieces[GF_ENERGY_PARTS])(work *,
                                                  gf_error *) = {[GF_ENERGY_IDLE] = do_nothing,
                                                                 [GF_ENERGY_TOTAL] = do_total,
                                                                 [GF_ENERGY_H2D] = do_upload,
                                                                 [GF_ENERGY_COMPUTE] = do_compute,
                                                                 [GF_ENERGY_D2H] = do_download};

/* ---- Repeating --------------------------------------------------------- */

static gf_status repeat(work *of, gf_energy_part part, gf_energy_span *span, gf_error *error) {
    gf_status status = GF_OK;
    if (!gf_power_begin(of->power, &span->span))
        return GF_OK;
    const gf_processor_times before = gf_processor_times_read();
    const uint64_t start = now_ns();
    uint64_t repeats = 0;
    do {
        status = pieces[part](of, error);
        repeats++;
    } while (status == GF_OK && now_ns() - start < of->least_ns);
    gf_power_end(of->power, &span->span);
    span->host_busy = gf_processors_busy(&before, now_ns() - start);
    span->repeats = part == GF_ENERGY_IDLE ? 1 : repeats;
    return status;
}

/* What moves nothing, or is handed over in place, takes nothing. */
static bool has_part(const gf_run *run, gf_energy_part part) {
    const gf_result *result = run->result;
    if (part == GF_ENERGY_H2D)
        return result->bytes_up > 0 && !result->in_place;
    return part != GF_ENERGY_D2H || (result->bytes_down > 0 && !result->in_place);
}

static void name_sensors(const gf_power *power, gf_energy *energy) {
    energy->sensor_count = power->count;
    for (size_t i = 0; i < power->count; i++) {
        memcpy(energy->sensors[i].name, power->sensors[i].name, sizeof energy->sensors[i].name);
        energy->sensors[i].of_host = power->sensors[i].source->of_host;
    }
    memcpy(energy->why, power->why, sizeof energy->why);
}

static uint64_t least_ns(const gf_power *power) {
    const uint64_t needed = LEAST_INTERVALS * gf_power_interval_ns(power);
    return needed < LEAST_NS ? LEAST_NS : needed > MOST_NS ? MOST_NS : needed;
}

gf_status gf_run_measure_energy(gf_run *run, gf_energy *energy, gf_error *error) {
    const gf_power_place place = gf_power_place_of(&run->device->info);
    gf_power power;
    gf_status status = GF_OK;
    gf_power_open(&place, &power);
    work of = {.run = run, .power = &power, .least_ns = least_ns(&power)};
    *energy = (gf_energy){.asked = true};
    name_sensors(&power, energy);
    if (power.count > 0)
        status = gf_run_reset(run, error);
    for (gf_energy_part part = 0; status == GF_OK && power.count > 0 && part < GF_ENERGY_PARTS;
         part++) {
        if (has_part(run, part))
            status = repeat(&of, part, &energy->parts[part], error);
    }
    gf_power_close(&power);
    return status;
}
