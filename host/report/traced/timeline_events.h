/* Timelines as Chrome's tracing and Perfetto read them (JSON, "trace event format"): spans on
 * tracks. */
#pragma once

#include <jansson.h>

#include "gpufare.h"

/* A timeline in the making; private. */
typedef struct gf_timeline {
    FILE *stream;
    uint64_t origin_ns;
    bool first, bad;
} gf_timeline;

/* `origin_ns`: the time that is 0 on the timeline; no span begins earlier. */
gf_timeline gf_timeline_begin(FILE *stream, uint64_t origin_ns);
/* Names a process, and a track of it. */
void gf_timeline_process(gf_timeline *to, uint32_t process, const char *name);
void gf_timeline_track(gf_timeline *to, uint32_t process, uint64_t track, const char *name);
/* One span. `more`: an object with what belongs to it, which this function owns. */
void gf_timeline_span(gf_timeline *to, uint32_t process, uint64_t track, const char *name,
                      uint64_t begin_ns, uint64_t end_ns, json_t *more);
/* GF_FAILED: no memory, or the stream reports an error. */
gf_status gf_timeline_end(gf_timeline *to, gf_error *error);
