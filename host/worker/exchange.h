/* What messages carry: errors, devices, problems, tunables. */
#pragma once

#include "device/backend.h"
#include "os/cores.h"
#include "worker/wire.h"

/* Cuts a long log, whose end is dropped. */
void gf_exchange_put_error(gf_wire *wire, const gf_error *error);
/* Reads a failure into *error; a status that is none becomes GF_FAILED. */
void gf_exchange_get_error(gf_wire *wire, gf_error *error);

/* A device's facts, with its own copies of the texts. */
typedef struct gf_device_facts {
    gf_device_info info; /* texts point to the array below */
    char texts[10][GF_LIMITS_TEXT];
    gf_fact measured[GF_FACT_COUNT];
} gf_device_facts;

void gf_exchange_put_device(gf_wire *wire, const gf_device_info *info);
/* The facts must not move afterwards. */
void gf_exchange_get_device(gf_wire *wire, gf_device_facts *facts);
/* The part that is found out when a device is first used: facts, and the limits that follow. */
void gf_exchange_put_found(gf_wire *wire, const gf_device_info *info);
void gf_exchange_get_found(gf_wire *wire, gf_device_facts *facts);

/* The values of tunables, and their names. */
void gf_exchange_put_tuning(gf_wire *wire, const gf_tuning *tuning);
/* `known` has the tunables of the variant, whose values are replaced. Bad: it has others. */
void gf_exchange_get_tuning(gf_wire *wire, gf_tuning *known);

/* Bytes of the name of a buffer or a scalar. */
#define GF_MOST_NAME 128

/* A problem as another process sees it: what backends and NDRange plans read. `set_up` is not
 * called again, because it may read files. */
typedef struct gf_problem_copy {
    gf_problem problem;
    char names[GF_MAX_BUFFERS + GF_MAX_SCALARS][GF_MOST_NAME];
} gf_problem_copy;

void gf_exchange_put_problem(gf_wire *wire, const gf_problem *problem);
gf_status gf_exchange_get_problem(gf_wire *wire, gf_problem_copy **copy, gf_error *error);
void gf_problem_copy_destroy(gf_problem_copy *copy); /* accepts NULL */
