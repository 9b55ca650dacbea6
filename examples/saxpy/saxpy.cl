/* y = a * x + y, one element in each work-item: neighbours in a group read neighbours in memory. */

/* a * x + y is rounded twice, as in saxpy.c, and not once, as an fma would be. */
#pragma OPENCL FP_CONTRACT OFF

kernel void saxpy(const ulong n, const float a, global const float *x, global float *y) {
    const size_t i = get_global_id(0);
    if (i < n)
        y[i] = a * x[i] + y[i];
}
