/* y = a x + y, one work-item per element. Every multiplication and addition is rounded once. */
kernel void saxpy_naive(global const real *restrict x, global real *restrict y, real_arg a,
                        uint count) {
    const uint i = (uint)get_global_id(0);
    if (i < count)
        y[i] = GF_VALUE(a) * x[i] + y[i];
}
