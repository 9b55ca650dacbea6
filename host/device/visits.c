#include "device/visits.h"

#include <inttypes.h>

static void add_bytes(gf_text *text, const char *before, uint64_t bytes) {
    char amount[32];
    gf_format_bytes((double)bytes, amount, sizeof amount);
    gf_text_add(text, "%s%s", before, amount);
}

void gf_visits_add(gf_text *text, const gf_visits *visits) {
    gf_text_add(text, "it goes through it in %" PRIu64 " band%s", visits->bands,
                visits->bands == 1 ? "" : "s");
    if (visits->steps > 0)
        gf_text_add(text, ", up to %" PRIu64 " step%s a visit, %" PRIu64 " visit%s in all",
                    visits->steps, visits->steps == 1 ? "" : "s", visits->visits,
                    visits->visits == 1 ? "" : "s");
    if (visits->overlapped)
        gf_text_add(text, ", moved while others are computed");
    add_bytes(text, "; up ", visits->bytes_up);
    add_bytes(text, ", down ", visits->bytes_down);
    add_bytes(text, ", with ", visits->planned_bytes);
    gf_text_add(text, " of device memory");
}

void gf_visits_format(const gf_visits *visits, char *buffer, size_t size) {
    gf_text text = gf_text_in(buffer, size);
    add_bytes(&text, "the problem needs ", visits->needed_bytes);
    gf_text_add(&text, ", more than the device has room for: ");
    gf_visits_add(&text, visits);
}
