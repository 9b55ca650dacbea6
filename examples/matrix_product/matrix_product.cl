/* c = a * b. A group computes a tile of c. It goes along k: it takes DEPTH columns of a and DEPTH
 * rows of b into local memory, and each work-item adds their products to its ROWS x COLUMNS
 * elements of c, which stay in registers. So each element that is read from memory is used by a
 * whole group, and each one that is read from local memory by several sums. */

kernel void matrix_product(const uint m, const uint n, const uint k, global const float *a,
                           global const float *b, global float *c, local float *a_tile,
                           local float *b_tile) {
    const uint x = get_local_id(0), y = get_local_id(1);
    const uint width = get_local_size(0), height = get_local_size(1);
    const uint lane = y * width + x, lanes = width * height;
    const uint tile_rows = height * ROWS, tile_columns = width * COLUMNS;
    const uint first_row = get_group_id(1) * tile_rows;
    const uint first_column = get_group_id(0) * tile_columns;
    float sums[ROWS][COLUMNS];
    for (uint i = 0; i < ROWS; i++)
        for (uint j = 0; j < COLUMNS; j++)
            sums[i][j] = 0;

    for (uint at = 0; at < k; at += DEPTH) {
        /* Zeros beyond the matrices add nothing. */
        for (uint i = lane; i < tile_rows * DEPTH; i += lanes) {
            const uint row = first_row + i / DEPTH, column = at + i % DEPTH;
            a_tile[i] = row < m && column < k ? a[(size_t)row * k + column] : 0;
        }
        for (uint i = lane; i < DEPTH * tile_columns; i += lanes) {
            const uint row = at + i / tile_columns, column = first_column + i % tile_columns;
            b_tile[i] = row < k && column < n ? b[(size_t)row * n + column] : 0;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint d = 0; d < DEPTH; d++) {
            float from_b[COLUMNS];
            for (uint j = 0; j < COLUMNS; j++)
                from_b[j] = b_tile[d * tile_columns + j * width + x];
            for (uint i = 0; i < ROWS; i++) {
                const float from_a = a_tile[(i * height + y) * DEPTH + d];
                for (uint j = 0; j < COLUMNS; j++)
                    sums[i][j] = mad(from_a, from_b[j], sums[i][j]);
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }

    for (uint i = 0; i < ROWS; i++)
        for (uint j = 0; j < COLUMNS; j++) {
            const uint row = first_row + i * height + y, column = first_column + j * width + x;
            if (row < m && column < n)
                c[(size_t)row * n + column] = sums[i][j];
        }
}
