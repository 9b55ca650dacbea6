/* What is saved between runs: the first byte picks which file, the rest is its content. */
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backends/opencl/cl/build_history.h"
#include "backends/opencl/cl/cl_audition.h"
#include "backends/opencl/drivers/driver_failure.h"
#include "backends/opencl/drivers/probe_cache.h"
#include "backends/opencl/facts/fact_store.h"
#include "base/array.h"
#include "base/error.h"
#include "measure/tuning.h"
#include "memory_files.h"
#include "os/store.h"
#include "predict/prediction_log.h"
#include "problem/facts/fact.h"

static const uint8_t *content;
static size_t content_size;

/* ---- In place of the store, and of OpenCL ------------------------------ */

__typeof__(gf_store_read) __wrap_gf_store_read;
json_t *__wrap_gf_store_read(const char *kind, uint64_t hash) {
    (void)kind;
    (void)hash;
    return json_loadb((const char *)content, content_size, JSON_REJECT_DUPLICATES, NULL);
}

__typeof__(gf_store_has) __wrap_gf_store_has;
bool __wrap_gf_store_has(const char *kind, uint64_t hash) {
    (void)kind;
    (void)hash;
    return true;
}

__typeof__(gf_store_write) __wrap_gf_store_write;
bool __wrap_gf_store_write(const char *kind, uint64_t hash, const json_t *document) {
    (void)kind;
    (void)hash;
    return document != NULL;
}

__typeof__(gf_store_remove) __wrap_gf_store_remove;
void __wrap_gf_store_remove(const char *kind, uint64_t hash) {
    (void)kind;
    (void)hash;
}

cl_program __wrap_clCreateProgramWithSource(cl_context context, cl_uint count, const char **texts,
                                            const size_t *lengths, cl_int *code);
cl_program __wrap_clCreateProgramWithSource(cl_context context, cl_uint count, const char **texts,
                                            const size_t *lengths, cl_int *code) {
    (void)context;
    (void)count;
    (void)texts;
    (void)lengths;
    *code = CL_OUT_OF_RESOURCES;
    return NULL;
}

/* Shortly after what the corpus has was saved. */
time_t __wrap_time(time_t *now);
time_t __wrap_time(time_t *now) {
    const time_t always = 1795000100;
    if (now != NULL)
        *now = always;
    return always;
}

/* ---- Each kind --------------------------------------------------------- */

static void load_predictions(void) {
    static const char *const labels[] = {"0:0:vector", "native"};
    gf_prediction_log *log = NULL;
    gf_error error = GF_ERROR_INIT;
    if (gf_prediction_log_load("machine", &log, &error) != GF_OK)
        fuzz_fail("a log that can't be read is an error");
    const gf_past_errors errors = gf_prediction_log_errors(log, "sum", labels, 2);
    if (errors.count > 0 &&
        (!isfinite(errors.median) || errors.median < 0 || errors.ninth_decile < errors.median))
        fuzz_fail("errors of the past that can't be");
    if (!gf_prediction_log_save(log))
        fuzz_fail("a log that was read can't be written");
    gf_prediction_log_destroy(log);
}

static void load_tuning(void) {
    gf_tuning tuning = {.tunables = {{"tile-cols", "", 1, 8192, NULL}, {"steps", "", 2, 64, NULL}},
                        .count = 2,
                        .values = {7, 8}};
    (void)gf_tuning_load("name", &tuning);
    for (uint32_t i = 0; i < tuning.count; i++) {
        if (tuning.values[i] < tuning.tunables[i].min || tuning.values[i] > tuning.tunables[i].max)
            fuzz_fail("a saved value is out of range");
    }
}

static void load_variant(void) {
    char variant[16];
    if (gf_tuning_load_variant("name", variant, sizeof variant) &&
        strlen(variant) >= sizeof variant)
        fuzz_fail("a variant's name has no end");
}

static void load_build(void) {
    const gf_build_id id = {"device", "driver", "options", 1};
    gf_build_history history;
    gf_build_history_update(&id, 1000, &history);
    if (history.cold_ns > INT64_MAX)
        fuzz_fail("a build that took too long");
}

static void load_probe(void) {
    char complaint[GF_PROBE_PROBLEM];
    (void)gf_probe_cache_load("key", complaint);
}

static void load_facts(void) {
    static const gf_fact_key key = {"name"};
    gf_fact facts[GF_FACT_COUNT] = {{.state = GF_FACT_UNTRIED}};
    char attempted[8], text[400];
    (void)gf_fact_load(&key, facts, attempted, sizeof attempted);
    if (strlen(attempted) >= sizeof attempted)
        fuzz_fail("an attempt's name has no end");
    gf_facts_format_lacks(facts, text, sizeof text);
    gf_fact_save(&key, facts, "", true);
}

static void load_failure(void) {
    char path[] = "path", library[] = "library";
    const gf_icd_driver driver = {.path = path, .library = library};
    gf_driver_failure failure;
    const time_t now = time(NULL);
    if (gf_driver_failure_load(&driver, "", &failure) &&
        (failure.when <= 0 || failure.when > now || failure.reason[0] == '\0'))
        fuzz_fail("a failure that can't be");
}

static void load_clock(void) {
    const gf_cl_auditioned device = {
        .name = "name", .platform = "platform", .driver = "driver", .number = "0:0"};
    gf_cl_clock clock = {.known = false};
    gf_error error = GF_ERROR_INIT;
    if (gf_cl_audition(&device, &clock, &error) == GF_OK) {
        if (!isfinite(clock.operations_per_ns))
            fuzz_fail("a rate that is not finite");
        (void)gf_cl_clock_doubts(&clock, 1e9, 1000);
    }
    gf_error_clear(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static void (*const loads[])(void) = {load_predictions, load_tuning, load_variant,
                                          load_build,       load_probe,  load_clock,
                                          load_facts,       load_failure};
    if (size < 1)
        return 0;
    content = bytes + 1;
    content_size = size - 1;
    loads[bytes[0] % GF_COUNT_OF(loads)]();
    return 0;
}
