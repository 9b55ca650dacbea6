#include "report/traced/timeline_events.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/json.h"
#include "base/stream.h"

gf_timeline gf_timeline_begin(FILE *stream, uint64_t origin_ns) {
    fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", stream);
    return (gf_timeline){.stream = stream, .origin_ns = origin_ns, .first = true};
}

/* A text in quotes; NULL: no memory. The caller frees it. */
static char *quote(gf_timeline *to, const char *text) {
    json_t *label = gf_json_text(text);
    char *quoted = label == NULL ? NULL : json_dumps(label, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    json_decref(label);
    to->bad = to->bad || quoted == NULL;
    return quoted;
}

static void put_name(gf_timeline *to, const char *what, uint32_t process, uint64_t track,
                     const char *name) {
    char *quoted = quote(to, name);
    if (quoted != NULL)
        fprintf(to->stream,
                "%s\n{\"ph\":\"M\",\"pid\":%" PRIu32 ",\"tid\":%" PRIu64
                ",\"name\":\"%s\",\"args\":{\"name\":%s}}",
                to->first ? "" : ",", process, track, what, quoted);
    to->first = false;
    free(quoted);
}

void gf_timeline_process(gf_timeline *to, uint32_t process, const char *name) {
    put_name(to, "process_name", process, 0, name);
}

void gf_timeline_track(gf_timeline *to, uint32_t process, uint64_t track, const char *name) {
    put_name(to, "thread_name", process, track, name);
}

void gf_timeline_span(gf_timeline *to, uint32_t process, uint64_t track, const char *name,
                      uint64_t begin_ns, uint64_t end_ns, json_t *more) {
    char *quoted = quote(to, name);
    char *details = more == NULL ? NULL : json_dumps(more, JSON_COMPACT | JSON_ENSURE_ASCII);
    if (quoted == NULL || details == NULL)
        to->bad = true;
    else
        fprintf(to->stream,
                "%s\n{\"ph\":\"X\",\"pid\":%" PRIu32 ",\"tid\":%" PRIu64
                ",\"ts\":%.3f,\"dur\":%.3f,\"name\":%s,\"args\":%s}",
                to->first ? "" : ",", process, track, (double)(begin_ns - to->origin_ns) / 1e3,
                (double)(end_ns - begin_ns) / 1e3, quoted, details);
    to->first = false;
    json_decref(more);
    free(quoted);
    free(details);
}

gf_status gf_timeline_end(gf_timeline *to, gf_error *error) {
    fputs("\n]}\n", to->stream);
    if (to->bad)
        return gf_error_no_memory(error, "a timeline", 0);
    return gf_check_stream(to->stream, error);
}
