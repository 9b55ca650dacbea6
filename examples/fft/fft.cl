/* One butterfly of a stage in each work-item. `span` is the length of the transforms that are done:
 * 1 in the first stage. 0 stands for the stage of radix 2, which is the first one then. */

inline float2 times(float2 a, float2 b) {
    return (float2)(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

kernel void fft(const uint log2_n, const uint span, global const float2 *signal,
                global float2 *spare) {
    const uint quarter = 1u << (log2_n - 2), i = get_global_id(0);
    if (i >= quarter)
        return;
    const float2 a = signal[i], b = signal[i + quarter];
    const float2 c = signal[i + 2 * quarter], d = signal[i + 3 * quarter];
    if (span == 0) {
        spare[2 * i] = a + c;
        spare[2 * i + 1] = a - c;
        spare[2 * (i + quarter)] = b + d;
        spare[2 * (i + quarter) + 1] = b - d;
        return;
    }
    const uint k = i & (span - 1);
    const float turns = -0.5f * (float)k / (float)span; /* exact: span is a power of two */
    const float2 w = (float2)(cospi(turns), sinpi(turns)), w2 = times(w, w);
    const float2 u = times(b, w), v = times(c, w2), t = times(d, times(w, w2));
    const float2 even = a + v, odd = a - v, sum = u + t, difference = u - t;
    const float2 turned = (float2)(difference.y, -difference.x); /* times -i */
    global float2 *to = spare + ((i - k) << 2) + k;
    to[0] = even + sum;
    to[span] = odd + turned;
    to[2 * span] = even - sum;
    to[3 * span] = odd - turned;
}
