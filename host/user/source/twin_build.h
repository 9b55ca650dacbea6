/* The CPU twin of a user's kernel: a C function, compiled by the user's compiler when it is first
 * needed, kept in the store by its content, and loaded into this process. */
#pragma once

#include "manifest/manifest.h"
#include "user/source/source_text.h"

/* A scalar argument; the entry converts it to the type of the function's parameter. */
typedef union gf_twin_value {
    uint64_t u64;
    int64_t i64;
    double f64;
} gf_twin_value;

/* Calls the function. `begin` and `end` are passed if it computes a range; `buffers` and `values`
 * have one place for each of its arguments. */
typedef void (*gf_twin_entry)(size_t begin, size_t end, void *const *buffers,
                              const gf_twin_value *values);

typedef struct gf_twin {
    gf_twin_entry entry; /* NULL: not loaded */
    bool compiled;       /* by this process */
    uint64_t compile_ns; /* what that took, now or before; 0: not known */
    char note[320];      /* "cc -O3 -march=native ...; compiled now" */
} gf_twin;

#define GF_TWIN_ENTRY 4096

/* Writes the function that the library calls, for behind the user's text. Errors in it are errors
 * of the manifest's section. `key` lets a library be told from another one of the same hash. */
gf_status gf_twin_write_entry(const gf_manifest *manifest, const char *key, char *buffer,
                              size_t size, gf_error *error);

/* Compiles unless it is in the store, and loads. `source`: the twin's file. GF_FAILED with the
 * compiler's first error, and all that it said as the log; or when it can't be loaded. */
gf_status gf_twin_build(const gf_manifest *manifest, const gf_source_text *source, gf_twin *twin,
                        gf_error *error);
