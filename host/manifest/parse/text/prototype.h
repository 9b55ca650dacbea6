/* What a function takes, read from its text without a compiler. */
#pragma once

#include "manifest/expression/c_type.h"
#include "manifest/parse/text/source.h"

/* Buffers, scalars and local arrays together. */
#define GF_PROTOTYPE_ARGUMENTS 40

typedef enum gf_prototype_kind {
    GF_PROTOTYPE_SCALAR,
    GF_PROTOTYPE_POINTER, /* to global or constant memory, or of C */
    GF_PROTOTYPE_LOCAL,   /* a pointer to local memory */
    GF_PROTOTYPE_IMAGE    /* an image, a sampler, a pipe or a queue */
} gf_prototype_kind;

typedef struct gf_prototype_argument {
    const char *name;
    gf_prototype_kind kind;
    bool is_const;         /* of a pointer: what it points to is only read */
    const char *type_text; /* "unsigned int", without qualifiers */
    bool has_type;         /* the type is one of c_type.h */
    gf_c_type type;
} gf_prototype_argument;

typedef struct gf_prototype {
    bool is_readable;                 /* false: macros hide the arguments */
    gf_prototype_argument *arguments; /* of the pool */
    uint32_t count;
} gf_prototype;

typedef enum gf_language { GF_OPENCL_C, GF_C } gf_language;

/* Finds a kernel or a function of C. false, and the name of one that is there, or NULL, if it is
 * missing: the nearest one, else the first. Without memory it is not readable. */
bool gf_prototype_find(const gf_source *source, gf_language language, const char *function,
                       gf_pool *pool, gf_prototype *prototype, const char **other);
