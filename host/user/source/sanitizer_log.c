#define _DEFAULT_SOURCE 1 /* strsep */

#include "user/source/sanitizer_log.h"

#include <stdlib.h>
#include <string.h>

#include "problem/workload.h"

typedef struct buffer {
    char name[64];
    unsigned long long address;
} buffer;

typedef struct reader {
    const gf_flaw_sink *sink;
    buffer buffers[GF_MAX_BUFFERS];
    size_t buffer_count;
    gf_flaw finding;    /* of AddressSanitizer; kind NULL: none is under way */
    char fault[48];     /* its name of it: "heap-buffer-overflow" */
    char access[16];    /* "WRITE", "READ"; "" */
    unsigned long size; /* of the access */
    bool stack_over;    /* what follows is the stack of another event */
    bool ended;
} reader;

/* ---- Places ------------------------------------------------------------ */

/* The compiler may put the folder before the name. */
static void take_file(const char *file, gf_flaw *finding) {
    const char *slash = file[0] == '/' ? strrchr(file, '/') : NULL;
    snprintf(finding->file, sizeof finding->file, "%.159s", slash == NULL ? file : slash + 1);
}

/* "    #0 0x55e in saxpy saxpy.c:7:3": the first one that is no part of the sanitizer or of a
 * library. */
static void take_frame(reader *r, const char *line) {
    char function[64], place[300];
    if (r->stack_over || r->finding.line > 0 ||
        sscanf(line, " #%*u 0x%*x in %63s %299s", function, place) != 2 ||
        strstr(place, "sanitizer") != NULL || strstr(place, "run_twin.c") != NULL ||
        place[0] == '(')
        return;
    char *colon = strchr(place, ':');
    if (colon == NULL)
        return;
    *colon = '\0';
    r->finding.line = (uint32_t)strtoul(colon + 1, NULL, 10);
    take_file(place, &r->finding);
    memcpy(r->finding.function, function, sizeof function);
}

/* ---- AddressSanitizer -------------------------------------------------- */

static const buffer *buffer_at(const reader *r, unsigned long long address) {
    for (size_t i = 0; i < r->buffer_count; i++) {
        if (r->buffers[i].address == address)
            return &r->buffers[i];
    }
    return NULL;
}

/* "0x602 is located 4 bytes to the right of 400-byte region [0x602,0x603)", or "after", "before",
 * "to the left of", "inside of". */
static void take_region(reader *r, const char *line) {
    const char *located = strstr(line, " is located "), *region = strstr(line, "-byte region [0x");
    unsigned long away = 0;
    if (located == NULL || region == NULL || r->access[0] == '\0' ||
        sscanf(located, " is located %lu bytes", &away) != 1)
        return;
    const buffer *found = buffer_at(r, strtoull(strchr(region, '[') + 1, NULL, 16));
    const bool before = strstr(located, "left of") != NULL || strstr(located, "before") != NULL;
    const bool inside = strstr(located, "inside") != NULL;
    char whose[96] = "memory that it allocated itself";
    if (found != NULL)
        snprintf(whose, sizeof whose, "buffer %s", found->name);
    if (inside)
        snprintf(r->finding.what, sizeof r->finding.what, "%s %lu bytes of %s that it has freed",
                 r->access[0] == 'W' ? "writes" : "reads", r->size, whose);
    else
        snprintf(r->finding.what, sizeof r->finding.what, "%s %lu bytes, %lu bytes %s %s",
                 r->access[0] == 'W' ? "writes" : "reads", r->size, away,
                 before ? "before the beginning of" : "behind the end of", whose);
}

static void begin_fault(reader *r, const char *fault) {
    r->finding = (gf_flaw){.kind = "memory", .count = 1};
    r->access[0] = '\0';
    r->stack_over = false;
    snprintf(r->fault, sizeof r->fault, "%.*s",
             (int)(strstr(fault, " on ") != NULL ? strstr(fault, " on ") - fault
                                                 : (ptrdiff_t)strcspn(fault, ":")),
             fault);
    if (strstr(r->fault, "overflow") != NULL || strstr(r->fault, "underflow") != NULL ||
        strcmp(r->fault, "SEGV") == 0)
        r->finding.kind = "bounds";
}

/* Where no line said of which memory. */
static void describe(reader *r) {
    gf_flaw *finding = &r->finding;
    const char *does = r->access[0] == 'W' ? "writes" : "reads";
    if (finding->what[0] != '\0')
        return;
    if (strcmp(r->fault, "SEGV") == 0)
        snprintf(finding->what, sizeof finding->what,
                 "uses memory at an address that is not its own, and crashes (SIGSEGV)");
    else if (strncmp(r->fault, "stack-buffer", 12) == 0 ||
             strncmp(r->fault, "global-buffer", 13) == 0)
        snprintf(finding->what, sizeof finding->what, "%s %lu bytes outside of an array of its own",
                 does, r->size);
    else
        snprintf(finding->what, sizeof finding->what, "%s", r->fault);
}

static void take_detail(reader *r, const char *line) {
    char access[16];
    unsigned long size = 0;
    if (sscanf(line, "%15[A-Z] of size %lu", access, &size) == 2) {
        memcpy(r->access, access, sizeof access);
        r->size = size;
    }
    r->stack_over = r->stack_over || strstr(line, " is located ") != NULL ||
                    strncmp(line, "allocated by", 12) == 0 || strncmp(line, "freed by", 8) == 0;
    take_frame(r, line);
    take_region(r, line);
}

static gf_status end_fault(reader *r, gf_error *error) {
    if (r->finding.kind == NULL)
        return GF_OK;
    describe(r);
    const gf_status status = r->sink->add(r->sink->context, &r->finding, error);
    r->finding.kind = NULL;
    return status;
}

/* ---- UndefinedBehaviorSanitizer ---------------------------------------- */

/* Addresses mean nothing to the user, and make equal findings differ. */
static void drop_addresses(char *text) {
    for (char *at; (at = strstr(text, " 0x")) != NULL;) {
        const char *end = at + 3 + strspn(at + 3, "0123456789abcdef");
        memmove(at, end, strlen(end) + 1);
    }
}

/* "saxpy.c:7:3: runtime error: signed integer overflow: ..." */
static gf_status take_runtime_error(reader *r, char *line, char *text, gf_error *error) {
    gf_flaw finding = {.kind = "undefined", .count = 1};
    char *colon = strchr(line, ':');
    if (colon == NULL || colon >= text)
        return GF_OK;
    *colon = '\0';
    take_file(line, &finding);
    finding.line = (uint32_t)strtoul(colon + 1, NULL, 10);
    snprintf(finding.what, sizeof finding.what, "%s", text);
    drop_addresses(finding.what);
    return r->sink->add(r->sink->context, &finding, error);
}

/* ---- Lines ------------------------------------------------------------- */

static gf_status take_line(reader *r, char *line, gf_error *error) {
    static const char fault[] = "ERROR: AddressSanitizer: ", undefined[] = ": runtime error: ";
    char *at;
    if ((at = strstr(line, undefined)) != NULL)
        return take_runtime_error(r, line, at + sizeof undefined - 1, error);
    if ((at = strstr(line, fault)) != NULL) {
        const gf_status status = end_fault(r, error);
        begin_fault(r, at + sizeof fault - 1);
        return status;
    }
    if (strncmp(line, "SUMMARY: ", 9) == 0)
        return end_fault(r, error);
    if (r->finding.kind != NULL) {
        take_detail(r, line);
        return GF_OK;
    }
    buffer *next = &r->buffers[r->buffer_count];
    if (r->buffer_count < GF_MAX_BUFFERS &&
        sscanf(line, "gpufare: buffer %63s %llx", next->name, &next->address) == 2)
        r->buffer_count++;
    r->ended = r->ended || strcmp(line, "gpufare: done") == 0;
    return GF_OK;
}

gf_status gf_sanitizer_log_read(char *text, const gf_flaw_sink *sink, bool *ended,
                                gf_error *error) {
    reader r = {.sink = sink};
    gf_status status = GF_OK;
    for (char *line; status == GF_OK && (line = strsep(&text, "\n")) != NULL;)
        status = take_line(&r, line, error);
    if (status == GF_OK)
        status = end_fault(&r, error);
    *ended = r.ended;
    return status;
}
