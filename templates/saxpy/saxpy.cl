/* y = a * x + y, one element in each work-item. saxpy.ini gives the arguments by their names. */

/* a * x + y is rounded twice, as in saxpy.c, and not once, as an fma would be. */
#pragma OPENCL FP_CONTRACT OFF

kernel void saxpy(const uint n, const float a, global const float *x, global float *y) {
    const size_t i = get_global_id(0);
    if (i < n) /* there are more work-items than elements if n is no multiple of a work-group */
        y[i] = a * x[i] + y[i];
}
