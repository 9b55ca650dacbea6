/* The manifest of a user's own kernel: what an INI file says of it, as plain data. What the file
 * leaves out has its default here, so that a reader need not know where a value came from.
 * docs/your-own-kernel.md describes the file.
 *
 * The manifest owns all that it points to. Names are C identifiers, unique among parameters,
 * tunables, buffers, scalars and local arrays together. Paths of files are ready to open: those in
 * the file are relative to its folder.
 */
#pragma once

#include "manifest/expression.h"
#include "problem/workload.h"

#define GF_MANIFEST_KERNELS    8
#define GF_MANIFEST_PARAMS     16
#define GF_MANIFEST_DIMENSIONS 3

/* ---- The names that expressions use ----------------------------------- */

/* The places of the values that gf_expression_evaluate gets for an expression of a manifest. */
enum gf_manifest_place {
    GF_PLACE_STEP,    /* `step`: the index of the time step, from 0 */
    GF_PLACE_LOCAL_X, /* `local_x`, `local_y`, `local_z`: the sides of the work-group; 1 beyond */
    GF_PLACE_LOCAL_Y, /* the kernel's dimensions */
    GF_PLACE_LOCAL_Z,
    GF_PLACE_LOCAL_SIZE, /* `local_size`: their product */
    GF_PLACE_TUNABLES,   /* the tunables in their order: at most GF_MAX_TUNABLES */
    GF_PLACE_PARAMS = GF_PLACE_TUNABLES + GF_MAX_TUNABLES, /* the parameters in their order */
    GF_PLACE_COUNT = GF_PLACE_PARAMS + GF_MANIFEST_PARAMS
};

/* Sets of places, for gf_expression_uses and as what an expression may use. Expressions use
 * parameters only where a comment does not say more. */
#define GF_PLACES_LAUNCH   ((UINT64_C(1) << GF_PLACE_PARAMS) - 1) /* all but the parameters */
#define GF_PLACES_STEP     (UINT64_C(1) << GF_PLACE_STEP)
#define GF_PLACES_LOCAL    (UINT64_C(0x1e)) /* sides and size of the work-group */
#define GF_PLACES_TUNABLES ((UINT64_C(1) << GF_PLACE_PARAMS) - (UINT64_C(1) << GF_PLACE_TUNABLES))

/* ---- What is computed on ----------------------------------------------- */

/* One file of the manifest, for messages and for the caches that depend on it. */
typedef struct gf_manifest_file {
    char *path; /* "saxpy/saxpy.cl" */
    char *name; /* as the manifest writes it: "saxpy.cl" */
} gf_manifest_file;

typedef enum gf_beginning_kind {
    GF_BEGIN_NOTHING, /* out and scratch: whatever the core puts there */
    GF_BEGIN_ZEROS,
    GF_BEGIN_UNIFORM, /* reals in [a, b), whole numbers from a to b, independent */
    GF_BEGIN_NORMAL,  /* mean a, standard deviation b */
    GF_BEGIN_RAMP,    /* a + b * i, with i the element's index; components of one element alike */
    GF_BEGIN_INDEX,   /* i */
    GF_BEGIN_OFFSETS, /* whole numbers that never fall, from 0 in the first element to a in the
                         last, with random differences of about the same size */
    GF_BEGIN_FILE     /* a .npy array of the buffer's type and number of components */
} gf_beginning_kind;

typedef struct gf_beginning {
    gf_beginning_kind kind;
    gf_expression *a, *b;  /* of parameters; set for UNIFORM, NORMAL and RAMP, a alone for OFFSETS,
                              NULL otherwise */
    gf_manifest_file file; /* of FILE */
} gf_beginning;

typedef struct gf_manifest_buffer {
    char *name;
    gf_type type;
    uint32_t
        components;      /* scalars in one element: 1, 2, 3, 4, 8 or 16. An element of 3 is packed:
                            it takes 3 scalars, not 4 (a `float *` with vload3); `float3 *` gives 4 */
    uint32_t dimensions; /* 1 to GF_MANIFEST_DIMENSIONS */
    gf_expression *shape[GF_MANIFEST_DIMENSIONS]; /* elements, of parameters, in C order: the last
                                                     dimension is contiguous */
    gf_access access;
    gf_beginning beginning;
    uint32_t line; /* of its section, for messages; as below */
} gf_manifest_buffer;

/* ---- Kernels ----------------------------------------------------------- */

typedef enum gf_argument_kind {
    GF_ARGUMENT_BUFFER,
    GF_ARGUMENT_SCALAR,
    GF_ARGUMENT_LOCAL, /* local memory; kernels only */
    GF_ARGUMENT_BEGIN, /* `begin` and `end` of a twin that computes the range [begin, end); size_t
                        */
    GF_ARGUMENT_END
} gf_argument_kind;

typedef struct gf_argument {
    gf_argument_kind kind;
    const char *name; /* the manifest's name of it: "x" */
    uint32_t buffer;  /* BUFFER: its index. Of a ping-pong pair: as in the first step; the roles
                         swap after each step */
    gf_type type;     /* SCALAR: what the kernel takes. A twin's is not known (it is converted by
                         the compiler, like any argument of C): u64, i64 or f64, whichever holds it */
    const gf_expression *value; /* SCALAR: its value; LOCAL: bytes. May use all places in a kernel,
                                   `step` and parameters in a twin */
} gf_argument;

typedef struct gf_argument_list {
    gf_argument *items;
    uint32_t count;
    bool from_text; /* in the order of the prototype that was found in the text; false: in that of
                       `arguments` */
} gf_argument_list;

/* One launch of each step (or of the whole, without steps), in the order of the manifest. */
typedef struct gf_manifest_kernel {
    char *function;
    gf_manifest_file file;
    char *options; /* further build options, "" for none; `-I` of the manifest's folder is not among
                      them */
    gf_argument_list arguments;
    uint32_t dimensions; /* 1 to GF_MANIFEST_DIMENSIONS */
    /* Work-items in each dimension, x first, as clEnqueueNDRangeKernel takes them; may use all
     * places. Not rounded to whole groups: who launches rounds up, and kernels test their index. */
    gf_expression *global[GF_MANIFEST_DIMENSIONS];
    /* Candidates for the work-group, of parameters and tunables: local_count * dimensions of them,
     * candidate by candidate, x first; the first one is the default. local_count 0: the driver
     * chooses. */
    gf_expression **local;
    uint32_t local_count;
    uint32_t line;
} gf_manifest_kernel;

/* The C function that computes the same on the CPU. */
typedef struct gf_manifest_twin {
    char *function; /* NULL: there is no twin */
    gf_manifest_file file;
    char *flags; /* further flags of the compiler, "" for none */
    gf_argument_list arguments;
    bool over_range; /* true: it computes the range [begin, end) of `range` and is serial, so
                        that the tool cuts the range for its threads; false: the whole, with
                        threads of its own if it likes */
    bool all_steps;  /* false: it is called once for each step, with the roles of a pair swapped as
                        for  kernels; true: once, and leaves the result of all steps in `result` */
    gf_expression *range; /* of parameters; NULL unless over_range. Default: the first extent of the
                             result's shape, so that pieces of the range are rows of the result */
    uint32_t line;
} gf_manifest_twin;

/* ---- The rest ---------------------------------------------------------- */

typedef enum gf_tolerance_kind {
    GF_TOLERANCE_BITS,
    GF_TOLERANCE_ULP, /* units in the last place of the result's type */
    GF_TOLERANCE_ABSOLUTE,
    GF_TOLERANCE_RELATIVE, /* to the larger of both magnitudes */
} gf_tolerance_kind;

typedef struct gf_manifest_tolerance {
    gf_tolerance_kind kind; /* default: BITS for integers, 4 ULP for reals */
    gf_expression *limit;   /* of parameters; NULL for BITS */
    double share;           /* of the elements, 0 to 1, that may exceed the limit; default 0 */
} gf_manifest_tolerance;

#define GF_NO_BUFFER UINT32_MAX
#define GF_NO_PARAM  UINT32_MAX

typedef struct gf_manifest {
    char *path;      /* of the manifest: "saxpy/saxpy.ini" */
    char *directory; /* its folder, "." if the path has none */
    char *name;      /* a C identifier; default: the file's name without its ending */
    char *summary;   /* one line */
    gf_param
        *params; /* types UINT and REAL only; rows as the core takes them. A UINT is below 2^63 */
    uint32_t param_count;
    gf_tunable *tunables; /* become `-D NAME=VALUE`; the first candidate is the default */
    uint32_t tunable_count;
    gf_manifest_buffer *buffers;
    uint32_t buffer_count;                           /* 1 to GF_MAX_BUFFERS */
    gf_manifest_kernel kernels[GF_MANIFEST_KERNELS]; /* a pipeline */
    uint32_t kernel_count;                           /* at least 1 */
    gf_manifest_twin twin;
    uint32_t result; /* the buffer that is compared and shown: comes down. Default: the first of the
                        pair, else the first buffer that comes down */
    uint32_t partner; /* of the ping-pong pair with `result`: of one type and shape; it is scratch.
                         GF_NO_BUFFER: no pair */
    /* Of parameters. NULL: the kernels have no steps and run once. */
    gf_expression *steps, *steps_per_transfer; /* the latter defaults to all steps */
    /* Of parameters, of one whole run. NULL: not given. */
    gf_expression *operations; /* floating-point or integer operations */
    gf_expression *bytes;      /* between memory and the processor, without caches; NULL: each
                                  buffer that goes up or comes down once */
    gf_expression *work;       /* NULL: elements of the result times steps */
    char *work_unit;           /* in the plural: "elements" */
    gf_manifest_tolerance tolerance;
    uint32_t permutable;       /* an input whose rows may come in any order, with the rows of the
                                  result then in the same order. GF_NO_BUFFER: none */
    uint32_t independent_rows; /* of every buffer that goes up or comes down, each work-item i of
                                  the last dimension touches only these many rows (first dimension
                                  of shapes) from i times that on. 0: not declared */
    uint32_t divide_by;        /* the parameter that counts these rows. GF_NO_PARAM: not declared */
    uint32_t picture;          /* the buffer to draw; GF_NO_BUFFER: none. Of two dimensions */
    gf_expression *picture_low, *picture_high; /* values of the darkest and brightest colour; NULL:
                                                  the least and the greatest of the picture */
    struct gf_pool *pool;                      /* what owns all this */
} gf_manifest;

/* Accepts NULL, and one that was not finished. */
void gf_manifest_free(gf_manifest *manifest);
