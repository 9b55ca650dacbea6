/* A call that is no command: its time on the host. */
#pragma once

#include "layer/loader.h"
#include "layer/trace_format.h"

typedef struct gf_timed_call {
    gf_trace_call record;
} gf_timed_call;

/* Before the call. */
gf_timed_call gf_call_begin(gf_trace_call_kind kind);
/* After it. `object`: the number of what it was about; 0: none. */
void gf_call_end(gf_timed_call *call, uint64_t object, cl_int code);
