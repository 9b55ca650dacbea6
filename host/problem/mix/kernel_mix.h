/* What a problem's kernel does for a unit of work, as the best kernel of its kind does it: what
 * bounds from data sheets start from. */
#pragma once

/* Kinds of kernels: devices reach another share of their limits with each. */
typedef enum gf_kernel_kind {
    GF_KERNEL_OTHER,      /* nothing is known, as of a user's kernel */
    GF_KERNEL_COPY,       /* reads and writes arrays */
    GF_KERNEL_ARITHMETIC, /* chains of operations in registers */
    GF_KERNEL_STENCIL,    /* steps on a grid, several of which may share a pass over the memory */
    GF_KERNEL_ESCAPE,     /* iterates each item until it escapes: items differ in their work */
    GF_KERNEL_REDUCTION,  /* reads arrays and writes hardly anything */
    GF_KERNEL_INTEGER,    /* whole numbers, remainders among them */
    GF_KERNEL_KINDS
} gf_kernel_kind;

const char *gf_kernel_kind_name(gf_kernel_kind kind); /* "stencil" */

/* Operations for a unit of work that each need an instruction of their own, of the problem's
 * precision. A multiplication whose product is exact and the addition that follows may be one fma
 * in strict arithmetic, too: it has the same bits. */
typedef struct gf_kernel_mix {
    gf_kernel_kind kind;
    double adds, multiplies, fmas;
    double integer_adds, integer_multiplies; /* of 32 bits */
    double remainders;                       /* of 64 bits, by divisors of 32 */
    double items;    /* that may be computed at once; 0: as many as the result has elements */
    double launches; /* of each step, or of the whole without steps; 0 counts as 1 */
} gf_kernel_mix;
