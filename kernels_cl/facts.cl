/* Small kernels that find out what a device does, whatever its driver says. Operands come in
 * buffers, so that no compiler knows them. What a driver can't compile must not take the others
 * along: kernels that are compiled together are compiled alone if that fails.
 *
 * Definitions, from host/backends/opencl/facts/:
 *   GF_ARITHMETIC   32 or 64: of this type
 *   GF_OPERATIONS   a set of the operations below, by their bits
 *   GF_DEFAULT_CONTRACTION: without the pragma that forbids a fused a * b + c
 *   GF_LOOPS, GF_LOCAL_MEMORY, GF_WORK_GROUP: each the kernel of that name
 */
#ifdef GF_ARITHMETIC
#ifndef GF_DEFAULT_CONTRACTION
#pragma OPENCL FP_CONTRACT OFF
#endif
#if GF_ARITHMETIC == 64
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
typedef double real;
#define FROM_WORD(word) as_double(word)
#define TO_WORD(value)  as_ulong(value)
#else
typedef float real;
#define FROM_WORD(word) as_float((uint)(word))
#define TO_WORD(value)  as_uint(value)
#endif

/* One work-item per case: the number of the operation and three operands. */
kernel void gf_fact_arithmetic(global const ulong *in, global ulong *out) {
    const size_t i = get_global_id(0);
    const real a = FROM_WORD(in[4 * i + 1]);
    const real b = FROM_WORD(in[4 * i + 2]);
    const real c = FROM_WORD(in[4 * i + 3]);
    real result = 0;
    switch ((uint)in[4 * i]) {
#if GF_OPERATIONS & 1
    case 0:
        result = a * b + c;
        break;
#endif
#if GF_OPERATIONS & 2
    case 1: {
        const real product = a * b;
        result = product + c;
        break;
    }
#endif
#if GF_OPERATIONS & 4
    case 2:
        result = c - a * b;
        break;
#endif
#if GF_OPERATIONS & 8
    case 3:
        result = a * a - b * b;
        break;
#endif
#if GF_OPERATIONS & 16
    case 4:
        result = a + b;
        break;
#endif
#if GF_OPERATIONS & 32
    case 5:
        result = a * b;
        break;
#endif
#if GF_OPERATIONS & 64
    case 6:
        result = a / b;
        break;
#endif
#if GF_OPERATIONS & 128
    case 7:
        result = sqrt(a);
        break;
#endif
#if GF_OPERATIONS & 256
    case 8:
        result = fma(a, b, c);
        break;
#endif
    }
    out[i] = TO_WORD(result);
}
#endif

#ifdef GF_LOOPS
/* The host does the same and so finds after how many rounds the loops have ended. No compiler knows
 * the number after n rounds without making them. */
kernel void gf_fact_loops(global const ulong *in, global ulong *out) {
    uint x = (uint)in[0];
    const uint outer = (uint)in[1], inner = (uint)in[2], last = (uint)in[3];
    for (uint i = 0; i < outer; i++) {
        for (uint j = 0; j < inner; j++)
            x = (x ^ (x >> 15)) * 0x2c1b3c6du + 0x9e3779b9u;
    }
    for (uint k = 0; k < last; k++)
        x = (x ^ (x >> 15)) * 0x2c1b3c6du + 0x9e3779b9u;
    out[get_global_id(0)] = x;
}
#endif

#ifdef GF_LOCAL_MEMORY
#define PATTERN(i) ((uint)(i)*0x9e3779b9u + seed)

/* Each work-item counts the wrong words among those that its neighbour has written. */
kernel void gf_fact_local_memory(global const ulong *in, global ulong *out, local uint *words) {
    const uint count = (uint)in[0], items = (uint)get_local_size(0);
    const uint seed = (uint)in[1] + (uint)get_group_id(0);
    const uint me = (uint)get_local_id(0), neighbour = (me + 1) % items;
    uint wrong = 0;
    for (uint i = me; i < count; i += items)
        words[i] = PATTERN(i);
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint i = neighbour; i < count; i += items)
        wrong += words[i] == PATTERN(i) ? 0 : 1;
    out[get_global_id(0)] = wrong;
}
#endif

#ifdef GF_WORK_GROUP
/* Each work-item passes on what its neighbour has written before the barrier; `in` has a word for
 * each, and `out` two. */
kernel void gf_fact_work_group(global const ulong *in, global ulong *out) {
    const size_t i = get_global_id(0), first = i - get_local_id(0);
    global ulong *const mine = out + get_global_size(0);
    mine[i] = in[i];
    barrier(CLK_GLOBAL_MEM_FENCE);
    out[i] = mine[first + (get_local_id(0) + 1) % get_local_size(0)];
}
#endif
