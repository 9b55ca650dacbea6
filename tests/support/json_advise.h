/* The schema of the report gpufare.advise/1: the required keys, their types, and relations between
 * them. Other keys are allowed. */
#pragma once

#include "base/array.h"
#include "json_schema.h"

static inline double json_number_of(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

/* `suffix`: "_ns", or "". */
static inline void json_check_interval(const json_t *interval, const char *suffix,
                                       const char *place, json_verdict *verdict) {
    char value[16], low[16], high[16];
    snprintf(value, sizeof value, "value%s", suffix);
    snprintf(low, sizeof low, "low%s", suffix);
    snprintf(high, sizeof high, "high%s", suffix);
    const json_rule rules[] = {{value, 'n'}, {low, 'n'}, {high, 'n'}};
    JSON_CHECK(interval, rules, place, verdict);
    if (json_number_of(interval, low) > json_number_of(interval, value) ||
        json_number_of(interval, value) > json_number_of(interval, high))
        JSON_COMPLAIN(verdict, "%s: low <= value <= high does not hold", place);
}

/* The phases of a round trip must add up to the total. */
static inline void json_check_predicted(const json_t *phases, json_verdict *verdict) {
    static const char *const names[] = {"alloc", "h2d",         "launch", "kernel",
                                        "d2h",   "unexplained", "total"};
    double sum = 0;
    for (size_t i = 0; i < GF_COUNT_OF(names); i++) {
        const json_t *phase = json_object_get(phases, names[i]);
        if (i == 0 && json_is_null(phase)) /* allocation times that no line fits */
            continue;
        json_check_interval(phase, "_ns", names[i], verdict);
        sum += i >= 1 && i <= 5 ? json_number_of(phase, "value_ns") : 0;
    }
    const double total = json_number_of(json_object_get(phases, "total"), "value_ns");
    if (sum < total * 0.999999 || sum > total * 1.000001)
        JSON_COMPLAIN(verdict, "the predicted phases add up to %g, not %g", sum, total);
}

static inline void json_check_contender(const json_t *item, json_verdict *verdict) {
    static const json_rule rules[] = {
        {"device", 's'},    {"name", 's'},        {"kind", 'S'},
        {"variant", 's'},   {"modelled", 'b'},    {"possible", 'b'},
        {"pipelined", 'O'}, {"schedule", 'S'},    {"why_not", 'S'},
        {"phases", 'O'},    {"selected_by", 's'}, {"roofline", 'O'},
        {"speedup", 'O'},   {"cases", 'i'},       {"beyond_cases", 'b'},
        {"bound", 'b'},     {"build_ns", 'N'},    {"ahead_after_calls", 'I'}};
    static const json_rule roofline[] = {
        {"intensity", 'N'}, {"ceiling", 's'}, {"ceiling_ns", 'n'}, {"share", 'n'}};
    JSON_CHECK(item, rules, "a contender", verdict);
    const bool possible = json_is_true(json_object_get(item, "possible"));
    if (possible == json_is_null(json_object_get(item, "phases")) ||
        possible == json_is_string(json_object_get(item, "why_not")))
        JSON_COMPLAIN(verdict, "a candidate has either phases or a reason");
    if (possible)
        json_check_predicted(json_object_get(item, "phases"), verdict);
    if (!json_is_null(json_object_get(item, "roofline")))
        JSON_CHECK(json_object_get(item, "roofline"), roofline, "a roofline", verdict);
}

static inline void json_check_advice_verdict(const json_t *root, json_verdict *verdict) {
    static const json_rule rules[] = {
        {"winner_schedule", 'S'}, {"runner_up_schedule", 'S'}, {"kind", 's'},    {"winner", 'S'},
        {"runner_up", 'S'},       {"fastest_kernel", 'S'},     {"ratio", 'O'},   {"certainty", 'N'},
        {"gpu_evidence", 'b'},    {"gpu_note", 'S'},           {"caution", 'S'}, {"text", 's'},
        {"flips_when", 'a'},      {"unchanged_by", 'S'},       {"rival", 'S'},   {"doubt", 'S'},
        {"expected_loss", 'N'},   {"ahead_after_calls", 'I'}};
    static const json_rule flip[] = {{"parameter", 's'}, {"now", 's'},    {"value", 's'},
                                     {"direction", 's'}, {"winner", 's'}, {"too_close", 'b'},
                                     {"text", 's'}};
    static const char *const kinds[] = {"none",  "device",     "split", "too-close",
                                        "bound", "unmeasured", NULL};
    const json_t *conclusion = json_object_get(root, "verdict");
    JSON_CHECK(conclusion, rules, "verdict", verdict);
    json_check_word(conclusion, "kind", kinds, "verdict", verdict);
    if (!json_is_null(json_object_get(conclusion, "ratio")))
        json_check_interval(json_object_get(conclusion, "ratio"), "", "ratio", verdict);
    const json_t *flips = json_object_get(conclusion, "flips_when");
    for (size_t i = 0; i < json_array_size(flips); i++)
        JSON_CHECK(json_array_get(flips, i), flip, "a flip", verdict);
}

static inline void json_check_errors(const json_t *check, json_verdict *verdict) {
    static const json_rule rules[] = {{"device", 's'}, {"phases", 'o'}};
    static const json_rule phase_rules[] = {
        {"predicted_ns", 'n'}, {"measured_ns", 'n'}, {"error", 'n'}, {"inside", 'b'}};
    const char *name = NULL;
    json_t *phase = NULL;
    for (size_t i = 0; i < json_array_size(check); i++) {
        const json_t *item = json_array_get(check, i);
        JSON_CHECK(item, rules, "a check", verdict);
        json_object_foreach(json_object_get(item, "phases"), name, phase)
            JSON_CHECK(phase, phase_rules, name, verdict);
    }
}

static inline void json_check_advice(const json_t *root, json_verdict *verdict) {
    static const json_rule rules[] = {{"schema", 's'},     {"machine", 'o'},   {"workload", 'o'},
                                      {"contenders", 'a'}, {"checklist", 'a'}, {"baseline", 'S'},
                                      {"verdict", 'o'},    {"trust", 'o'},     {"notes", 'a'},
                                      {"profile", 'o'}};
    static const json_rule profile[] = {
        {"partial", 'b'}, {"cases", 'i'},         {"measured", 'i'},     {"in_one_turn", 'i'},
        {"missing", 'S'}, {"budget_s", 'N'},      {"budget_spent", 'b'}, {"turns_now", 'i'},
        {"took_s", 'n'},  {"longest_build", 'S'}, {"text", 'S'}};
    static const json_rule trust[] = {
        {"checks", 'i'}, {"median_error", 'N'}, {"ninth_decile_error", 'N'},
        {"text", 's'},   {"workload", 's'},     {"begun_anew", 'S'}};
    static const char *const expected[] = {"gpufare.advise/1", NULL};
    JSON_CHECK(root, rules, "the report", verdict);
    json_check_word(root, "schema", expected, "the report", verdict);
    JSON_CHECK(json_object_get(root, "trust"), trust, "trust", verdict);
    JSON_CHECK(json_object_get(root, "profile"), profile, "profile", verdict);
    const json_t *candidates = json_object_get(root, "contenders");
    for (size_t i = 0; i < json_array_size(candidates); i++)
        json_check_contender(json_array_get(candidates, i), verdict);
    json_check_checklist(json_object_get(root, "checklist"), json_array_size(candidates), verdict);
    json_check_advice_verdict(root, verdict);
    json_check_errors(json_object_get(root, "check"), verdict);
}
