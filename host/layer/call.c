#include "layer/call.h"

#include "layer/writer.h"

gf_timed_call gf_call_begin(gf_trace_call_kind kind) {
    return (gf_timed_call){{.kind = (uint32_t)kind, .start_ns = gf_now_ns()}};
}

void gf_call_end(gf_timed_call *call, uint64_t object, cl_int code) {
    call->record.end_ns = gf_now_ns();
    call->record.thread = gf_thread_number();
    call->record.object = object;
    call->record.status = code;
    gf_writer_add(GF_TRACE_CALL, &call->record, sizeof call->record, NULL, 0);
}
