#define _GNU_SOURCE 1 /* environ */

#include "backends/opencl/facts/fact_store.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backends/opencl/drivers/steering.h"
#include "base/json.h"
#include "base/text.h"
#include "os/store.h"

#define SCHEMA "gpufare.facts/1"
#define KIND   "facts"
/* Nothing but another driver, which has another key, changes them. */
#define GOOD_SECONDS 2592000
/* What could not be found out, perhaps because of something that passes. */
#define TROUBLE_SECONDS 600

/* ---- The key ----------------------------------------------------------- */

/* The order of the variables does not count. */
static uint64_t hash_steering(void) {
    uint64_t sum = 0;
    for (char **entry = environ; *entry != NULL; entry++) {
        const bool where = strncmp(*entry, "OCL_ICD_VENDORS=", 16) == 0; /* of a worker: its own */
        if (!where && gf_steers_drivers(*entry))
            sum += gf_hash_text(GF_HASH_START, *entry);
    }
    return sum;
}

gf_fact_key gf_fact_key_of(const gf_device_info *device, const gf_fact *facts) {
    gf_fact_key key;
    gf_text text = gf_text_in(key.text, sizeof key.text);
    gf_text_add(&text, "%.300s; %.200s; %.200s; claims", device->name, device->platform,
                device->driver);
    for (int i = 0; i < GF_FACT_COUNT; i++) {
        if (facts[i].claimed)
            gf_text_add(&text, " %" PRIu64, facts[i].claim);
    }
    gf_text_add(&text, "; %s; variables %016" PRIx64 "; gpufare %s", device->f64 ? "f64" : "no f64",
                hash_steering(), gf_version());
    return key;
}

static uint64_t hash_key(const gf_fact_key *key) {
    return gf_hash_text(GF_HASH_START, key->text);
}

/* ---- Loading ----------------------------------------------------------- */

static bool read_fact(const json_t *row, json_int_t age, gf_fact *fact) {
    const char *value = NULL, *why = NULL;
    int known = 0;
    gf_fact read = *fact;
    if (json_unpack((json_t *)(uintptr_t)row, "{s:b, s:s, s:s}", "known", &known, "value", &value,
                    "why", &why) != 0 ||
        age < 0 || age > (known ? GOOD_SECONDS : TROUBLE_SECONDS) ||
        sscanf(value, "%" SCNu64, &read.value) != 1)
        return false;
    read.state = known ? GF_FACT_KNOWN : GF_FACT_UNKNOWN;
    snprintf(read.why, sizeof read.why, "%s", why);
    *fact = read;
    return true;
}

/* Whether the process that wrote the file is gone. */
static bool is_gone(json_int_t process) {
    return process > 0 && process != getpid() && kill((pid_t)process, 0) != 0 && errno == ESRCH;
}

bool gf_fact_load(const gf_fact_key *key, gf_fact *facts, char *attempted, size_t size) {
    json_t *saved = gf_store_read(KIND, hash_key(key)), *rows = NULL;
    const char *schema = NULL, *about = NULL, *attempt = NULL;
    json_int_t at = 0, process = 0;
    bool complete = false;
    attempted[0] = '\0';
    if (json_unpack(saved, "{s:s, s:s, s:I, s:s, s:I, s:o}", "schema", &schema, "about", &about,
                    "saved", &at, "attempt", &attempt, "process", &process, "facts", &rows) == 0 &&
        strcmp(schema, SCHEMA) == 0 && strcmp(about, key->text) == 0) {
        complete = attempt[0] == '\0';
        for (int i = 0; i < GF_FACT_COUNT; i++) {
            const json_t *row = json_object_get(rows, gf_fact_name((gf_fact_kind)i));
            if (row != NULL && !read_fact(row, time(NULL) - at, &facts[i]))
                complete = false;
        }
        if (attempt[0] != '\0' && is_gone(process))
            snprintf(attempted, size, "%s", attempt);
    }
    json_decref(saved);
    return complete;
}

/* ---- Saving ------------------------------------------------------------ */

static json_t *make_row(const gf_fact *fact) {
    char value[24];
    snprintf(value, sizeof value, "%" PRIu64, fact->value); /* JSON's integers have a sign */
    return json_pack("{s:b, s:s, s:o}", "known", fact->state == GF_FACT_KNOWN, "value", value,
                     "why", gf_json_text(fact->why));
}

void gf_fact_save(const gf_fact_key *key, const gf_fact *facts, const char *attempt) {
    bool bad = false;
    json_t *rows = json_object(), *root = json_object();
    for (int i = 0; i < GF_FACT_COUNT; i++) {
        if (facts[i].state != GF_FACT_UNTRIED)
            gf_json_put(rows, gf_fact_name((gf_fact_kind)i), make_row(&facts[i]), &bad);
    }
    gf_json_put_text(root, "schema", SCHEMA, &bad);
    gf_json_put_text(root, "about", key->text, &bad);
    gf_json_put(root, "saved", json_integer((json_int_t)time(NULL)), &bad);
    gf_json_put_text(root, "attempt", attempt, &bad);
    gf_json_put(root, "process", json_integer(getpid()), &bad);
    gf_json_put(root, "facts", rows, &bad);
    if (!bad)
        (void)gf_store_write(KIND, hash_key(key), root);
    json_decref(root);
}
