/* A flaw: an error in the code of a user that a simulator or a sanitizer found. */
#pragma once

#include "gpufare.h"

typedef struct gf_flaw {
    const char *kind;  /* one word, static: "bounds", "race", "uninitialised", "undefined" ... */
    char what[200];    /* "it writes 4 bytes outside of every buffer" */
    char function[64]; /* the kernel, or the C function; "": not known */
    char file[160];    /* as the manifest or an #include writes it; "": not known */
    uint32_t line;     /* 0: not known */
    uint64_t count;    /* how often it was seen */
} gf_flaw;

/* Takes flaws; the same one may come several times. */
typedef struct gf_flaw_sink {
    void *context;
    gf_status (*add)(void *context, const gf_flaw *finding, gf_error *error);
} gf_flaw_sink;
