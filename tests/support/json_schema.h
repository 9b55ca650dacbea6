/* The schema of the reports gpufare.compare/1 and gpufare.run/1: the required keys, their types,
 * and relations between them. Other keys are allowed. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The type of a key: 's' text, 'i' integer, 'n' number, 'b' boolean, 'o' object, 'a' array. In
 * upper case it may be null as well. */
typedef struct json_rule {
    const char *key;
    char type;
} json_rule;

typedef struct json_verdict {
    char text[256]; /* the first complaint, or "" */
} json_verdict;

#define JSON_COMPLAIN(verdict, ...)                                                                \
    ((verdict)->text[0] == '\0'                                                                    \
         ? (void)snprintf((verdict)->text, sizeof(verdict)->text, __VA_ARGS__)                     \
         : (void)0)

static inline bool json_is(const json_t *value, char type) {
    switch (type) {
    case 's':
        return json_is_string(value);
    case 'i':
        return json_is_integer(value);
    case 'n':
        return json_is_number(value);
    case 'b':
        return json_is_boolean(value);
    case 'o':
        return json_is_object(value);
    case 'a':
        return json_is_array(value);
    default:
        return json_is_null(value) || json_is(value, (char)(type - 'A' + 'a'));
    }
}

static inline void json_check_rules(const json_t *object, const json_rule *rules, size_t count,
                                    const char *place, json_verdict *verdict) {
    if (!json_is_object(object)) {
        JSON_COMPLAIN(verdict, "%s is no object", place);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, rules[i].key);
        if (value == NULL)
            JSON_COMPLAIN(verdict, "%s lacks \"%s\"", place, rules[i].key);
        else if (!json_is(value, rules[i].type))
            JSON_COMPLAIN(verdict, "%s: \"%s\" is not of type '%c'", place, rules[i].key,
                          rules[i].type);
    }
}

#define JSON_CHECK(object, rules, place, verdict)                                                  \
    json_check_rules((object), (rules), sizeof(rules) / sizeof(rules)[0], (place), (verdict))

static inline void json_check_word(const json_t *object, const char *key, const char *const *words,
                                   const char *place, json_verdict *verdict) {
    const char *text = json_string_value(json_object_get(object, key));
    for (; text != NULL && *words != NULL; words++) {
        if (strcmp(text, *words) == 0)
            return;
    }
    JSON_COMPLAIN(verdict, "%s: \"%s\" is \"%s\"", place, key, text == NULL ? "(no text)" : text);
}

static inline json_int_t json_int_of(const json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}

/* ---- Phases ------------------------------------------------------------ */

static inline void json_check_phase(const json_t *phase, const char *name, json_verdict *verdict) {
    static const json_rule rules[] = {
        {"median_ns", 'i'}, {"min_ns", 'i'}, {"max_ns", 'i'}, {"samples_ns", 'a'}, {"clock", 's'}};
    JSON_CHECK(phase, rules, name, verdict);
    const json_int_t low = json_int_of(phase, "min_ns"), high = json_int_of(phase, "max_ns");
    const json_int_t median = json_int_of(phase, "median_ns");
    if (low > median || median > high)
        JSON_COMPLAIN(verdict, "%s: min <= median <= max does not hold", name);
    const json_t *samples = json_object_get(phase, "samples_ns");
    if (json_array_size(samples) == 0)
        JSON_COMPLAIN(verdict, "%s has no samples", name);
    for (size_t i = 0; i < json_array_size(samples); i++) {
        const json_t *sample = json_array_get(samples, i);
        const json_int_t ns = json_integer_value(sample);
        if (!json_is_integer(sample) || ns < low || ns > high)
            JSON_COMPLAIN(verdict, "%s: sample %zu is no time between min and max", name, i);
    }
}

static inline json_int_t json_sample(const json_t *phases, const char *name, size_t index) {
    const json_t *samples = json_object_get(json_object_get(phases, name), "samples_ns");
    return json_integer_value(json_array_get(samples, index));
}

static inline void json_check_phases(const json_t *phases, json_verdict *verdict) {
    static const char *const names[] = {"build",  "alloc", "h2d",         "launch",
                                        "kernel", "d2h",   "unexplained", "total"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const json_t *phase = json_object_get(phases, names[i]);
        if (phase == NULL)
            JSON_COMPLAIN(verdict, "phases lacks \"%s\"", names[i]);
        else
            json_check_phase(phase, names[i], verdict);
    }
    const json_t *totals = json_object_get(json_object_get(phases, "total"), "samples_ns");
    for (size_t i = 0; i < json_array_size(totals); i++) {
        json_int_t sum = 0;
        for (size_t k = 2; k < 7; k++)
            sum += json_sample(phases, names[k], i);
        if (sum != json_sample(phases, "total", i))
            JSON_COMPLAIN(verdict, "sample %zu does not add up to its total", i);
    }
}

/* ---- Results ----------------------------------------------------------- */

static inline void json_check_pipelined(const json_t *pipelined, json_verdict *verdict) {
    static const json_rule rules[] = {{"longest_ns", 'i'}, {"ratio", 'N'}};
    if (json_is_null(pipelined))
        return;
    json_check_phase(pipelined, "pipelined", verdict);
    JSON_CHECK(pipelined, rules, "pipelined", verdict);
}

/* A result that was not verified has no numbers. */
static inline void json_check_bad_result(const json_t *result, const char *status,
                                         json_verdict *verdict) {
    static const char *const absent[] = {"phases",   "pipelined", "throughput", "schedule",
                                         "checksum", "answer",    "memory"};
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
        if (!json_is_null(json_object_get(result, absent[i])))
            JSON_COMPLAIN(verdict, "a result that is %s has \"%s\"", status, absent[i]);
    }
    if (json_string_length(json_object_get(result, "reason")) == 0)
        JSON_COMPLAIN(verdict, "a result that is %s has no reason", status);
    const bool verified = json_is_object(json_object_get(result, "verification"));
    if (verified != (strcmp(status, "mismatch") == 0))
        JSON_COMPLAIN(verdict, "the verification of a result that is %s", status);
}

static inline void json_check_good_result(const json_t *result, json_verdict *verdict) {
    static const json_rule rules[] = {{"phases", 'o'}, {"checksum", 'n'}, {"verification", 'o'}};
    static const json_rule verification[] = {
        {"reference", 's'}, {"mismatches", 'i'}, {"max_abs_error", 'n'}};
    static const json_rule throughput[] = {{"value", 'n'}, {"unit", 's'}};
    static const json_rule traffic[] = {
        {"bytes_up", 'i'}, {"bytes_down", 'i'}, {"in_place", 'b'}, {"host_memory", 's'}};
    static const json_rule memory[] = {
        {"device_bytes", 'i'}, {"host_bytes", 'i'}, {"host_peak_bytes", 'I'}};
    JSON_CHECK(result, rules, "an ok result", verdict);
    JSON_CHECK(json_object_get(result, "traffic"), traffic, "traffic", verdict);
    JSON_CHECK(json_object_get(result, "memory"), memory, "memory", verdict);
    JSON_CHECK(json_object_get(result, "verification"), verification, "verification", verdict);
    if (!json_is_null(json_object_get(result, "throughput")))
        JSON_CHECK(json_object_get(result, "throughput"), throughput, "throughput", verdict);
    if (!json_is_null(json_object_get(result, "reason")))
        JSON_COMPLAIN(verdict, "an ok result has a reason");
    json_check_phases(json_object_get(result, "phases"), verdict);
    json_check_pipelined(json_object_get(result, "pipelined"), verdict);
}

static inline void json_check_tuning(const json_t *tuning, json_verdict *verdict) {
    static const json_rule rules[] = {{"values", 'o'}, {"basis", 's'}};
    const char *name = NULL;
    json_t *value = NULL;
    JSON_CHECK(tuning, rules, "tuning", verdict);
    json_object_foreach(json_object_get(tuning, "values"), name, value) {
        if (!json_is_integer(value))
            JSON_COMPLAIN(verdict, "tuning: %s is no whole number", name);
    }
}

/* The device never holds more than was announced. */
static inline void json_check_visits(const json_t *visits, json_verdict *verdict) {
    static const json_rule rules[] = {
        {"bands", 'i'},        {"steps_per_visit", 'I'}, {"visits", 'i'},
        {"overlapped", 'b'},   {"bytes_up", 'i'},        {"bytes_down", 'i'},
        {"needed_bytes", 'i'}, {"planned_bytes", 'i'},   {"reached_bytes", 'I'}};
    JSON_CHECK(visits, rules, "visits", verdict);
    if (json_integer_value(json_object_get(visits, "reached_bytes")) >
        json_integer_value(json_object_get(visits, "planned_bytes")))
        JSON_COMPLAIN(verdict, "%s", "visits reached more memory than was planned");
}

/* Every unit is some device's. */
static inline void json_check_set(const json_t *set, json_verdict *verdict) {
    static const json_rule rules[] = {
        {"forecast", 's'}, {"ceiling_ns", 'n'}, {"of_ceiling", 'n'},         {"best_alone", 's'},
        {"divided", 'b'},  {"units", 'i'},      {"steps_per_exchange", 'I'}, {"devices", 'a'}};
    static const json_rule device[] = {{"device", 's'}, {"variant", 's'},   {"alone_ns", 'n'},
                                       {"h2d_ns", 'i'}, {"launch_ns", 'i'}, {"kernel_ns", 'i'},
                                       {"d2h_ns", 'i'}, {"halo_ns", 'i'},   {"idle_ns", 'i'},
                                       {"units", 'i'},  {"launches", 'i'}};
    const json_t *devices = json_object_get(set, "devices");
    json_int_t units = 0;
    JSON_CHECK(set, rules, "a set", verdict);
    for (size_t i = 0; i < json_array_size(devices); i++) {
        JSON_CHECK(json_array_get(devices, i), device, "a device of a set", verdict);
        units += json_integer_value(json_object_get(json_array_get(devices, i), "units"));
    }
    if (units != json_integer_value(json_object_get(set, "units")))
        JSON_COMPLAIN(verdict, "the devices of a set have %lld units in all", (long long)units);
}

static inline void json_check_result(const json_t *result, json_verdict *verdict) {
    static const json_rule rules[] = {{"device", 'o'},
                                      {"variant", 's'},
                                      {"precision", 's'},
                                      {"math", 's'},
                                      {"status", 's'},
                                      {"reason", 'S'},
                                      {"phases", 'O'},
                                      {"throughput", 'O'},
                                      {"files", 'o'},
                                      {"checksum", 'N'},
                                      {"verification", 'O'},
                                      {"tuning", 'O'},
                                      {"pipelined", 'O'},
                                      {"schedule", 'S'},
                                      {"answer", 'S'},
                                      {"detour_ns", 'N'},
                                      {"ahead_after_calls", 'I'},
                                      {"set", 'O'},
                                      {"visits", 'O'}};
    static const json_rule device[] = {
        {"id", 's'}, {"name", 's'}, {"kind", 's'}, {"platform", 's'}, {"driver", 's'}};
    static const json_rule files[] = {{"png", 'S'}, {"npy", 'S'}};
    static const char *const kinds[] = {"native",  "opencl-gpu", "opencl-cpu", "opencl-accel",
                                        "set-cpu", "set-gpu",    "set-accel",  NULL};
    static const char *const statuses[] = {"ok", "unsupported", "failed", "mismatch", NULL};
    static const char *const precisions[] = {"f32", "f64", "integer", NULL};
    static const char *const maths[] = {"strict", "relaxed", NULL};
    JSON_CHECK(result, rules, "a result", verdict);
    JSON_CHECK(json_object_get(result, "device"), device, "device", verdict);
    JSON_CHECK(json_object_get(result, "files"), files, "files", verdict);
    json_check_word(json_object_get(result, "device"), "kind", kinds, "device", verdict);
    json_check_word(result, "status", statuses, "a result", verdict);
    json_check_word(result, "precision", precisions, "a result", verdict);
    json_check_word(result, "math", maths, "a result", verdict);
    if (!json_is_null(json_object_get(result, "set")))
        json_check_set(json_object_get(result, "set"), verdict);
    if (!json_is_null(json_object_get(result, "visits")))
        json_check_visits(json_object_get(result, "visits"), verdict);
    if (!json_is_null(json_object_get(result, "tuning")))
        json_check_tuning(json_object_get(result, "tuning"), verdict);
    if (verdict->text[0] != '\0')
        return;
    const char *status = json_string_value(json_object_get(result, "status"));
    if (strcmp(status, "ok") == 0)
        json_check_good_result(result, verdict);
    else
        json_check_bad_result(result, status, verdict);
}

/* ---- The report -------------------------------------------------------- */

static inline void json_check_checklist(const json_t *checklist, size_t results,
                                        json_verdict *verdict) {
    static const json_rule rules[] = {{"device", 's'},    {"point", 's'}, {"evidence", 's'},
                                      {"value", 'N'},     {"limit", 'N'}, {"status", 's'},
                                      {"flips_when", 'S'}};
    static const char *const points[] = {"memory", "branching", "movement", "operations"};
    static const char *const grades[] = {"pass", "marginal", "fail", "unknown", NULL};
    if (json_array_size(checklist) != 4 * results)
        JSON_COMPLAIN(verdict, "%zu checklist entries for %zu results", json_array_size(checklist),
                      results);
    for (size_t i = 0; i < json_array_size(checklist); i++) {
        const json_t *entry = json_array_get(checklist, i);
        const char *const point[] = {points[i % 4], NULL};
        JSON_CHECK(entry, rules, "a checklist entry", verdict);
        json_check_word(entry, "point", point, "a checklist entry", verdict);
        json_check_word(entry, "status", grades, "a checklist entry", verdict);
    }
}

static inline void json_check_report(const json_t *root, const char *schema,
                                     json_verdict *verdict) {
    static const json_rule rules[] = {{"schema", 's'},   {"watched", 'b'}, {"machine", 'o'},
                                      {"workload", 'o'}, {"results", 'a'}, {"checklist", 'a'},
                                      {"baseline", 'S'}, {"verdict", 'o'}, {"not_used", 'a'}};
    static const json_rule machine[] = {{"cpu", 's'},    {"os", 's'},      {"compiler", 's'},
                                        {"cores", 'i'},  {"threads", 'i'}, {"memory_bytes", 'n'},
                                        {"gpufare", 's'}};
    static const json_rule workload[] = {{"name", 's'}, {"parameters", 'o'}};
    static const json_rule conclusion[] = {{"winner_schedule", 'S'},
                                           {"runner_up_schedule", 'S'},
                                           {"winner", 'S'},
                                           {"runner_up", 'S'},
                                           {"ratio", 'N'},
                                           {"reason", 'S'},
                                           {"too_close", 'b'},
                                           {"gpu_evidence", 'b'},
                                           {"text", 's'},
                                           {"flips_when", 'S'},
                                           {"payback_trips", 'I'},
                                           {"ahead_after_calls", 'I'}};
    const char *const expected[] = {schema, NULL};
    JSON_CHECK(root, rules, "the report", verdict);
    json_check_word(root, "schema", expected, "the report", verdict);
    JSON_CHECK(json_object_get(root, "machine"), machine, "machine", verdict);
    JSON_CHECK(json_object_get(root, "workload"), workload, "workload", verdict);
    JSON_CHECK(json_object_get(root, "verdict"), conclusion, "verdict", verdict);
    const json_t *results = json_object_get(root, "results");
    if (strcmp(schema, "gpufare.run/1") == 0 && json_array_size(results) != 1)
        JSON_COMPLAIN(verdict, "a run has %zu results", json_array_size(results));
    for (size_t i = 0; i < json_array_size(results); i++)
        json_check_result(json_array_get(results, i), verdict);
    json_check_checklist(json_object_get(root, "checklist"), json_array_size(results), verdict);
}
