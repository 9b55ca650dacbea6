/* Escape times of z = z^2 + c, the reference: for each pixel the number of updates while
 * n < max_iter and |z|^2 < 4.
 *
 * Arithmetic is strict: every operation is rounded once and in this order,
 *   a = zr zr; b = zi zi; p = zr zi; zr = (a - b) + cr; zi = (p + p) + ci; test a + b < 4
 * so that every ISA, thread count and device gives the same counts. Relaxed arithmetic may contract
 * but need not: the CPU kernels never do, and are not told which of the two the user chose.
 */
#include "julia/picture.h"

static uint32_t escape_count(gf_real zr, gf_real zi, gf_real cr, gf_real ci, uint32_t max_iter) {
    uint32_t n = 0;
    gf_real a = zr * zr;
    gf_real b = zi * zi;
    while (n < max_iter && a + b < 4) {
        const gf_real p = zr * zi;
        zr = (a - b) + cr;
        zi = (p + p) + ci;
        n++;
        a = zr * zr;
        b = zi * zi;
    }
    return n;
}

static void set_count(const job *w, size_t at, uint32_t n) {
    if (w->counts16 != NULL)
        w->counts16[at] = (uint16_t)n;
    else
        w->counts32[at] = n;
}

static void count_part(const job *w, const part *b) {
    gf_real x[PART_COLS];
    for (uint32_t i = 0; i < b->cols; i++)
        x[i] = w->zs == NULL ? column_x(w, b->col + i) : 0;
    for (uint32_t j = 0; j < b->rows; j++) {
        const gf_real y = row_y(w, b->row + j);
        for (uint32_t i = 0; i < b->cols && !gf_kernel_cancelled(w->args); i++) {
            const size_t at = pixel_index(w, b->row + j, b->col + i);
            uint32_t n;
            if (w->zs == NULL)
                n = escape_count(x[i], y, w->c_re, w->c_im, w->max_iter);
            else
                n = escape_count(w->zs[2 * at], w->zs[2 * at + 1], w->cs[2 * at], w->cs[2 * at + 1],
                                 w->max_iter);
            set_count(w, at, n);
        }
    }
}

uint32_t GF_KERNEL(julia)(const gf_kernel_args *args) {
    return count_picture(args, count_part);
}
