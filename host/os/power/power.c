#include "os/power/power.h"

#include <stdlib.h>
#include <time.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/text.h"

/* So that readings of power are added up in steps that are short beside those of the sensor. */
#define READ_EVERY_NS 10000000

static const gf_power_source *const sources[GF_POWER_MOST] = {&gf_power_nvml, &gf_power_amdgpu,
                                                              &gf_power_rapl};

static uint64_t now_ns(void) {
    const gf_clock clock = gf_clock_monotonic();
    return gf_clock_now(&clock);
}

/* A device that is the host's processor has no sensor besides the host's. */
void gf_power_open(const gf_power_place *place, gf_power *power) {
    *power = (gf_power){.count = 0};
    gf_text why = gf_text_in(power->why, sizeof power->why);
    pthread_mutex_init(&power->lock, NULL);
    for (size_t i = 0; i < GF_COUNT_OF(sources); i++) {
        char reason[GF_POWER_WHY] = "";
        gf_power_sensor *sensor = &power->sensors[power->count];
        if (place->is_host && !sources[i]->of_host)
            continue;
        sensor->source = sources[i];
        sensor->state = sources[i]->open(place, sensor->name, reason);
        if (sensor->state != NULL)
            power->count++;
        else
            gf_text_add(&why, "%s%s: %s", why.used == 0 ? "" : "; ", sources[i]->name, reason);
    }
}

void gf_power_close(gf_power *power) {
    for (size_t i = 0; i < power->count; i++)
        power->sensors[i].source->close(power->sensors[i].state);
    power->count = 0;
    pthread_mutex_destroy(&power->lock);
}

gf_power_place gf_power_place_of(const gf_device_info *info) {
    const char *root = getenv("GPUFARE_SYS_ROOT");
    return (gf_power_place){.root = root == NULL ? "" : root,
                            .chip = info->chip,
                            .is_host = info->device_class == GF_CLASS_NATIVE ||
                                       info->device_class == GF_CLASS_CPU};
}

bool gf_power_has_device(const gf_power *power, const gf_power_place *place) {
    for (size_t i = 0; i < power->count; i++) {
        if (place->is_host || !power->sensors[i].source->of_host)
            return true;
    }
    return false;
}

uint64_t gf_power_interval_ns(const gf_power *power) {
    uint64_t longest = 0;
    for (size_t i = 0; i < power->count; i++) {
        if (power->sensors[i].source->interval_ns > longest)
            longest = power->sensors[i].source->interval_ns;
    }
    return longest;
}

/* ---- Spans ------------------------------------------------------------- */

static void read_sensor(gf_power_sensor *sensor, bool counts) {
    gf_power_reading reading;
    if (sensor->lost || !sensor->source->read(sensor->state, now_ns(), &reading)) {
        sensor->lost = true;
        return;
    }
    sensor->latest = reading;
    if (!counts || reading.busy < 0)
        return;
    sensor->busy_sum += reading.busy;
    sensor->busy_count++;
}

static void read_all(gf_power *power, bool counts) {
    pthread_mutex_lock(&power->lock);
    for (size_t i = 0; i < power->count; i++)
        read_sensor(&power->sensors[i], counts);
    pthread_mutex_unlock(&power->lock);
}

static void *keep_reading(void *context) {
    gf_power *power = context;
    const struct timespec pause = {0, READ_EVERY_NS};
    while (!power->stop) {
        nanosleep(&pause, NULL);
        read_all(power, true);
    }
    return NULL;
}

bool gf_power_begin(gf_power *power, gf_power_span *span) {
    *span = (gf_power_span){.seconds = 0};
    read_all(power, false);
    for (size_t i = 0; i < power->count; i++) {
        span->joules[i] = power->sensors[i].latest.joules;
        power->sensors[i].busy_sum = 0;
        power->sensors[i].busy_count = 0;
    }
    span->seconds = (double)now_ns() * 1e-9;
    power->stop = false;
    power->running = pthread_create(&power->reader, NULL, keep_reading, power) == 0;
    return power->running;
}

void gf_power_end(gf_power *power, gf_power_span *span) {
    power->stop = true;
    if (power->running)
        pthread_join(power->reader, NULL);
    power->running = false;
    read_all(power, true);
    span->seconds = (double)now_ns() * 1e-9 - span->seconds;
    for (size_t i = 0; i < power->count; i++) {
        const gf_power_sensor *sensor = &power->sensors[i];
        span->joules[i] = sensor->lost ? -1 : sensor->latest.joules - span->joules[i];
        span->busy[i] =
            sensor->busy_count == 0 ? -1 : sensor->busy_sum / (double)sensor->busy_count;
    }
}
