#include "problem/facts/fact.h"

#include <inttypes.h>

#include "base/text.h"

const char *gf_fact_name(gf_fact_kind kind) {
    static const char *const names[GF_FACT_COUNT] = {"f32 separate by default",
                                                     "f32 separate",
                                                     "f32 add",
                                                     "f32 add denormals",
                                                     "f32 multiply",
                                                     "f32 multiply denormals",
                                                     "f32 fma",
                                                     "f32 fma denormals",
                                                     "f32 divide",
                                                     "f32 square root",
                                                     "f64 separate by default",
                                                     "f64 separate",
                                                     "f64 add",
                                                     "f64 add denormals",
                                                     "f64 multiply",
                                                     "f64 multiply denormals",
                                                     "f64 fma",
                                                     "f64 fma denormals",
                                                     "f64 divide",
                                                     "f64 square root",
                                                     "rounds of loops",
                                                     "local memory",
                                                     "work-group"};
    return (size_t)kind < GF_FACT_COUNT ? names[kind] : "";
}

static void add_value(gf_text *text, gf_fact_kind kind, uint64_t value) {
    if (kind < GF_FACT_ROUNDS)
        gf_text_add(text, "%s", value != 0 ? "yes" : "no");
    else if (value == GF_NO_LIMIT)
        gf_text_add(text, "no limit found");
    else
        gf_text_add(text, "%" PRIu64 "%s", value, kind == GF_FACT_LOCAL_MEMORY ? " bytes" : "");
}

void gf_fact_format(const gf_fact *fact, gf_fact_kind kind, char *out, size_t size) {
    gf_text text = gf_text_in(out, size);
    if (fact->state == GF_FACT_KNOWN) {
        add_value(&text, kind, fact->value);
        if (fact->why[0] != '\0')
            gf_text_add(&text, ", %s", fact->why);
    } else if (fact->state == GF_FACT_UNKNOWN) {
        gf_text_add(&text, "unknown: %s", fact->why);
    } else {
        gf_text_add(&text, "not tried");
    }
    if (!fact->claimed || (fact->state == GF_FACT_KNOWN && fact->claim == fact->value))
        return;
    gf_text_add(&text, " (claimed: ");
    add_value(&text, kind, fact->claim);
    gf_text_add(&text, ")");
}

bool gf_fact_is_plain(const gf_fact *fact, gf_fact_kind kind) {
    return fact->state == GF_FACT_KNOWN && kind < GF_FACT_ROUNDS && fact->value != 0 &&
           fact->why[0] == '\0' && (!fact->claimed || fact->claim == fact->value);
}

bool gf_fact_is_without_object(const gf_fact *fact) {
    return fact->state == GF_FACT_UNTRIED && !fact->claimed;
}

bool gf_facts_are_tried(const gf_fact *facts) {
    for (int i = 0; facts != NULL && i < GF_FACT_COUNT; i++) {
        if (facts[i].state != GF_FACT_UNTRIED)
            return true;
    }
    return false;
}

uint64_t gf_fact_most_tried(const gf_fact *fact, gf_fact_kind kind) {
    enum { WORD = 4, MOST_ITEMS = 65536 };
    if (kind == GF_FACT_LOCAL_MEMORY)
        return fact->claim / WORD * WORD;
    return fact->claim < MOST_ITEMS ? fact->claim : MOST_ITEMS;
}

static bool is_lacking(const gf_fact *fact, gf_fact_kind kind) {
    if (fact->state != GF_FACT_KNOWN)
        return fact->state == GF_FACT_UNKNOWN;
    if (kind == GF_FACT_ROUNDS)
        return fact->value != GF_NO_LIMIT;
    if (kind > GF_FACT_ROUNDS)
        return fact->value < gf_fact_most_tried(fact, kind);
    return fact->value == 0 && kind % GF_FACT_F64 != GF_FACT_SEPARATE_BY_DEFAULT;
}

void gf_facts_format_lacks(const gf_fact *facts, char *out, size_t size) {
    gf_text text = gf_text_in(out, size);
    for (int i = 0; i < GF_FACT_COUNT; i++) {
        char one[240];
        if (!is_lacking(&facts[i], (gf_fact_kind)i))
            continue;
        gf_fact_format(&facts[i], (gf_fact_kind)i, one, sizeof one);
        gf_text_add(&text, "%s%s: %s", text.used == 0 ? "" : "; ", gf_fact_name((gf_fact_kind)i),
                    one);
    }
}

bool gf_facts_hold(const gf_fact *facts, uint32_t kinds) {
    for (uint32_t i = 0; i < GF_FACT_F64; i++) {
        if ((kinds >> i & 1) != 0 && (facts[i].state != GF_FACT_KNOWN || facts[i].value == 0))
            return false;
    }
    return true;
}
