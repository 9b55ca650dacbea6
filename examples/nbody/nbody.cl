/* One time step of BODIES bodies in each work-item. A group takes the others in tiles into local
 * memory, so that each is read once for the whole group. */

kernel void nbody(const uint n, const float dt, const float gravity, const float softening2,
                  global const float4 *bodies, global float4 *moved, global float4 *velocity,
                  local float4 *tile) {
    const uint lane = get_local_id(0), lanes = get_local_size(0);
    const uint own = get_group_id(0) * lanes * BODIES + lane;
    float4 body[BODIES];
    float3 force[BODIES];
    for (uint b = 0; b < BODIES; b++) {
        body[b] = bodies[min(own + b * lanes, n - 1)];
        force[b] = 0;
    }
    for (uint first = 0; first < n; first += lanes) {
        /* A body without mass attracts nothing. */
        tile[lane] = first + lane < n ? bodies[first + lane] : (float4)0;
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint j = 0; j < lanes; j++) {
            const float4 other = tile[j];
            for (uint b = 0; b < BODIES; b++) {
                const float3 to = other.xyz - body[b].xyz;
                const float inverse = rsqrt(dot(to, to) + softening2);
                force[b] += to * (other.w * inverse * inverse * inverse);
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    for (uint b = 0; b < BODIES; b++) {
        const uint i = own + b * lanes;
        if (i < n) {
            const float3 speed = velocity[i].xyz + force[b] * (gravity * dt);
            velocity[i] = (float4)(speed, 0);
            moved[i] = (float4)(body[b].xyz + speed * dt, body[b].w);
        }
    }
}
