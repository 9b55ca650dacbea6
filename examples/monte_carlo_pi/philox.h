/* Philox 4x32-10 (Salmon and others, 2011): the index-th four random numbers of a key, without a
 * state, so that work-items need not agree on anything. `four` has the index and zeros before. Both
 * languages include it; MULTIPLY_HIGH is the upper half of the product of two numbers of 32 bits.
 */
#define PHILOX(four, key)                                                                          \
    do {                                                                                           \
        unsigned key0 = (key), key1 = 0x1bd11bdau;                                                 \
        for (int round = 0; round < 10; round++) {                                                 \
            const unsigned high0 = MULTIPLY_HIGH(0xd2511f53u, four[0]);                            \
            const unsigned high1 = MULTIPLY_HIGH(0xcd9e8d57u, four[2]);                            \
            const unsigned low0 = 0xd2511f53u * four[0], low1 = 0xcd9e8d57u * four[2];             \
            four[0] = high1 ^ four[1] ^ key0;                                                      \
            four[1] = low1;                                                                        \
            four[2] = high0 ^ four[3] ^ key1;                                                      \
            four[3] = low0;                                                                        \
            key0 += 0x9e3779b9u;                                                                   \
            key1 += 0xbb67ae85u;                                                                   \
        }                                                                                          \
    } while (0)

/* Whether the point lies in the circle: squares of 31 bits, whose sum fits into 63. */
#define IS_INSIDE(x, y, wide)                                                                      \
    ((wide)((x) >> 1) * ((x) >> 1) + (wide)((y) >> 1) * ((y) >> 1) < (wide)1 << 62)
