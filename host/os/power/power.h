/* Energy and utilisation while something computes, as far as the system tells them. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "gpufare.h"
#include "os/power/source.h"

#define GF_POWER_MOST    3 /* sensors: one source of each kind */
#define GF_POWER_ALL_WHY (GF_POWER_MOST * (GF_POWER_WHY + 16))

typedef struct gf_power_sensor {
    const gf_power_source *source;
    void *state;
    char name[GF_POWER_NAME];
    gf_power_reading latest;
    double busy_sum; /* of the readings that told it */
    uint32_t busy_count;
    bool lost; /* it can't be read any more */
} gf_power_sensor;

/* The sensors of one device, and of the host that feeds it. */
typedef struct gf_power {
    gf_power_sensor sensors[GF_POWER_MOST];
    size_t count;
    char why[GF_POWER_ALL_WHY]; /* why one of its kinds can't be read here; "": all can */
    pthread_t reader;           /* reads them now and then, since some have to be added up */
    pthread_mutex_t lock;
    bool running;
    atomic_bool stop;
} gf_power;

/* Opens what there is. Closed by gf_power_close in any case. */
void gf_power_open(const gf_power_place *place, gf_power *power);
void gf_power_close(gf_power *power);
/* The same for a device of this machine, whose root is $GPUFARE_SYS_ROOT if that is set. */
gf_power_place gf_power_place_of(const gf_device_info *info);
/* Whether something tells the device's own energy, beside that of the host. */
bool gf_power_has_device(const gf_power *power, const gf_power_place *place);

/* The longest interval of the sensors. */
uint64_t gf_power_interval_ns(const gf_power *power);

/* What a piece of work took, by each sensor. */
typedef struct gf_power_span {
    double joules[GF_POWER_MOST]; /* below 0: it could not be read to the end */
    double busy[GF_POWER_MOST];   /* below 0: not told */
    double seconds;
} gf_power_span;

/* Begins a piece of work. false: no thread could be started. */
bool gf_power_begin(gf_power *power, gf_power_span *span);
void gf_power_end(gf_power *power, gf_power_span *span);
