#include "trace/finding_search.h"

#define LEAST_SAVING_NS 1000000

const char *gf_trace_finding_name(gf_trace_finding_kind kind) {
    static const char *const names[GF_FOUND_KINDS] = {
        "resent-bytes",     "small-transfers",         "idle-device",
        "repeated-builds",  "short-kernels",           "idle-lanes",
        "unseen-downloads", "copies-in-shared-memory", "pageable-memory"};
    return names[kind];
}

void gf_finding_add(const gf_finding_search *in, gf_trace_finding_kind kind, double saving_ns,
                    const char *text) {
    const double least = GF_TRACE_FINDING_SHARE * (double)in->ledger->total_ns;
    gf_trace_findings *findings = in->findings;
    if (saving_ns < least || saving_ns < LEAST_SAVING_NS ||
        findings->count == GF_MOST_TRACE_FINDINGS)
        return;
    /* No more than there was, and than a number holds, whatever a file says. */
    double most = (double)in->ledger->total_ns;
    most = most < 1e18 ? most : 1e18;
    gf_trace_finding *item = &findings->items[findings->count++];
    *item = (gf_trace_finding){.kind = kind,
                               .saving_ns = (uint64_t)(saving_ns < most ? saving_ns : most)};
    snprintf(item->text, sizeof item->text, "%s", text);
}

bool gf_finding_is_of(const gf_finding_search *in, const gf_traced_command *command) {
    return command->process == in->process && command->record.status == 0;
}
