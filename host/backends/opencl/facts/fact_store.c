
#include "backends/opencl/facts/fact_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backends/opencl/drivers/steering_hash.h"
#include "base/json.h"
#include "base/text.h"
#include "os/store.h"

#define SCHEMA     "gpufare.facts/3"
#define KIND       "facts"
#define END_SCHEMA "gpufare.facts-end/1"
#define END_KIND   "facts-end"
/* Nothing but another driver, which has another key, changes them. */
#define GOOD_SECONDS 2592000
/* What could not be found out, perhaps because of something that passes. */
#define TROUBLE_SECONDS 600

/* ---- The key ----------------------------------------------------------- */

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
                gf_hash_steering(), gf_version());
    return key;
}

static uint64_t hash_key(const gf_fact_key *key) {
    return gf_hash_text(GF_HASH_START, key->text);
}

/* ---- Ends of processes ------------------------------------------------- */

static uint64_t hash_process(json_int_t process) {
    return gf_hash_bytes(GF_HASH_START, &process, sizeof process);
}

void gf_fact_note_end(pid_t process) {
    json_t *root = json_pack("{s:s, s:I, s:I}", "schema", END_SCHEMA, "process",
                             (json_int_t)process, "when", (json_int_t)time(NULL));
    if (root != NULL)
        (void)gf_store_write(END_KIND, hash_process(process), root);
    json_decref(root);
}

/* Whether the process that made an attempt at this time was ended by its driver. An older end is
 * that of another process with the same number. */
static bool was_ended(json_int_t process, json_int_t at) {
    json_t *saved = gf_store_read(END_KIND, hash_process(process));
    const char *schema = NULL;
    json_int_t of = 0, when = 0;
    const bool ended = json_unpack(saved, "{s:s, s:I, s:I}", "schema", &schema, "process", &of,
                                   "when", &when) == 0 &&
                       strcmp(schema, END_SCHEMA) == 0 && of == process && when >= at;
    json_decref(saved);
    return ended;
}

/* ---- Loading ----------------------------------------------------------- */

static bool is_recent(json_int_t at, bool known) {
    const json_int_t now = time(NULL);
    return at <= now && at >= now - (known ? GOOD_SECONDS : TROUBLE_SECONDS);
}

static bool read_fact(const json_t *row, gf_fact *fact) {
    const char *value = NULL, *why = NULL;
    int known = 0;
    json_int_t at = 0;
    gf_fact read = *fact;
    if (json_unpack((json_t *)(uintptr_t)row, "{s:b, s:s, s:s, s:I}", "known", &known, "value",
                    &value, "why", &why, "saved", &at) != 0 ||
        !is_recent(at, known != 0) || sscanf(value, "%" SCNu64, &read.value) != 1)
        return false;
    read.state = known ? GF_FACT_KNOWN : GF_FACT_UNKNOWN;
    snprintf(read.why, sizeof read.why, "%s", why);
    *fact = read;
    return true;
}

/* The file of a device. The pointers are into `root`. */
typedef struct file {
    json_t *root, *rows;
    const char *attempt;
    json_int_t at, process;
    bool complete;
} file;

/* False: there is none; `root` is to be released all the same. */
static bool read_file(const gf_fact_key *key, file *read) {
    const char *schema = NULL, *about = NULL;
    int complete = 0;
    *read = (file){.root = gf_store_read(KIND, hash_key(key))};
    const bool whole =
        json_unpack(read->root, "{s:s, s:s, s:I, s:s, s:I, s:b, s:o}", "schema", &schema, "about",
                    &about, "saved", &read->at, "attempt", &read->attempt, "process",
                    &read->process, "complete", &complete, "facts", &read->rows) == 0;
    read->complete = complete != 0;
    return whole && strcmp(schema, SCHEMA) == 0 && strcmp(about, key->text) == 0;
}

bool gf_fact_load(const gf_fact_key *key, gf_fact *facts, char *attempted, size_t size) {
    file read;
    bool complete = false;
    attempted[0] = '\0';
    if (read_file(key, &read)) {
        complete = read.complete;
        for (int i = 0; i < GF_FACT_COUNT; i++) {
            const json_t *row = json_object_get(read.rows, gf_fact_name((gf_fact_kind)i));
            if (row != NULL && !read_fact(row, &facts[i]))
                complete = false;
        }
        if (read.attempt[0] != '\0' && was_ended(read.process, read.at))
            snprintf(attempted, size, "%s", read.attempt);
    }
    json_decref(read.root);
    return complete;
}

/* ---- Saving ------------------------------------------------------------ */

/* When a fact was found out: what was known before and still counts keeps its time. */
static json_int_t time_of(const json_t *before, const gf_fact *fact) {
    const json_int_t at = json_integer_value(json_object_get(before, "saved"));
    gf_fact old = {.state = GF_FACT_UNTRIED};
    const bool same = before != NULL && read_fact(before, &old) && old.state == fact->state &&
                      old.value == fact->value && strcmp(old.why, fact->why) == 0;
    return same ? at : (json_int_t)time(NULL);
}

static json_t *make_row(const gf_fact *fact, const json_t *before) {
    char value[24];
    snprintf(value, sizeof value, "%" PRIu64, fact->value); /* JSON's integers have a sign */
    return json_pack("{s:b, s:s, s:o, s:I}", "known", fact->state == GF_FACT_KNOWN, "value", value,
                     "why", gf_json_text(fact->why), "saved", time_of(before, fact));
}

static json_t *make_rows(const gf_fact *facts, const json_t *before, bool *bad) {
    json_t *rows = json_object();
    for (int i = 0; i < GF_FACT_COUNT; i++) {
        const char *name = gf_fact_name((gf_fact_kind)i);
        if (facts[i].state != GF_FACT_UNTRIED)
            gf_json_put(rows, name, make_row(&facts[i], json_object_get(before, name)), bad);
    }
    return rows;
}

void gf_fact_save(const gf_fact_key *key, const gf_fact *facts, const char *attempt,
                  bool complete) {
    file before;
    bool bad = false;
    const bool replaces = read_file(key, &before);
    json_t *root = json_object();
    gf_json_put_text(root, "schema", SCHEMA, &bad);
    gf_json_put_text(root, "about", key->text, &bad);
    gf_json_put(root, "saved", json_integer((json_int_t)time(NULL)), &bad);
    gf_json_put_text(root, "attempt", attempt, &bad);
    gf_json_put(root, "process", json_integer(getpid()), &bad);
    gf_json_put(root, "complete", json_boolean(complete), &bad);
    gf_json_put(root, "facts", make_rows(facts, replaces ? before.rows : NULL, &bad), &bad);
    if (!bad && gf_store_write(KIND, hash_key(key), root) && replaces &&
        before.attempt[0] != '\0' && before.process != getpid())
        gf_store_remove(END_KIND, hash_process(before.process)); /* its facts say it now */
    json_decref(root);
    json_decref(before.root);
}
