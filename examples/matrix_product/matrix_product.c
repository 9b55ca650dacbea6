/* Rows begin to end - 1 of c = a * b. Blocks of ROWS x COLUMNS elements of c stay in registers
 * while k goes by. */
#include <stddef.h>

#define ROWS    4
#define COLUMNS 32

/* A whole block. */
static void block(size_t n, size_t k, const float *restrict a, const float *restrict b,
                  float *restrict c) {
    float sums[ROWS][COLUMNS] = {{0}};
    for (size_t p = 0; p < k; p++)
        for (size_t i = 0; i < ROWS; i++)
            for (size_t j = 0; j < COLUMNS; j++)
                sums[i][j] += a[i * k + p] * b[p * n + j];
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < COLUMNS; j++)
            c[i * n + j] = sums[i][j];
}

/* What is left over at the edges. */
static void edge(size_t rows, size_t columns, size_t n, size_t k, const float *restrict a,
                 const float *restrict b, float *restrict c) {
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++)
            c[i * n + j] = 0;
        for (size_t p = 0; p < k; p++)
            for (size_t j = 0; j < columns; j++)
                c[i * n + j] += a[i * k + p] * b[p * n + j];
    }
}

void matrix_product(size_t begin, size_t end, size_t n, size_t k, const float *restrict a,
                    const float *restrict b, float *restrict c) {
    /* A strip of b stays in the cache while all rows of a go by. */
    for (size_t j = 0; j < n; j += COLUMNS) {
        const size_t columns = n - j < COLUMNS ? n - j : COLUMNS;
        for (size_t i = begin; i < end; i += ROWS) {
            const size_t rows = end - i < ROWS ? end - i : ROWS;
            if (rows == ROWS && columns == COLUMNS)
                block(n, k, a + i * k, b + j, c + i * n + j);
            else
                edge(rows, columns, n, k, a + i * k, b + j, c + i * n + j);
        }
    }
}
