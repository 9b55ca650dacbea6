#include "python/compat/julia.h"

/* The build reads this line. */
#define KERNEL "julia"

/* A part is a picture of this width, the width of the kernel's own parts, and a row of the rest. */
#define WIDTH       256
#define PART_POINTS ((size_t)4096)

/* Points in the order of the lists. */
typedef struct points {
    uint32_t maxiter;
    const double *zs, *cs;
    size_t count;
    uint32_t *counts;
} points;

/* Counts are u16 where `maxiter` is, else u32; `counts` has room for u32. The scalars of
 * coordinates are not used where there are lists. */
static void count_rows(const points *p, size_t first, uint32_t width, uint32_t rows, void *counts) {
    static const char *const unused[] = {"x1",     "x_extent", "y2",   "y_extent",
                                         "x_step", "y_step",   "c_re", "c_im"};
    enum { REALS = sizeof unused / sizeof unused[0], SCALARS = REALS + 5 };
    gf_scalar scalars[SCALARS] = {[REALS] = {"width", GF_TYPE_U32, {.u32 = width}},
                                  {"height", GF_TYPE_U32, {.u32 = rows}},
                                  {"first_row", GF_TYPE_U32, {.u32 = 0}},
                                  {"rows", GF_TYPE_U32, {.u32 = rows}},
                                  {"max_iter", GF_TYPE_U32, {.u32 = p->maxiter}}};
    for (uint32_t i = 0; i < REALS; i++)
        scalars[i] = (gf_scalar){unused[i], GF_TYPE_F64, {.f64 = 0}};
    /* The kernel only reads the lists; the ABI has one pointer type for all buffers. */
    void *const buffers[] = {(void *)(uintptr_t)(p->zs + 2 * first),
                             (void *)(uintptr_t)(p->cs + 2 * first), counts};
    gf_compat_call(KERNEL, (gf_kernel_args){.buffers = buffers,
                                            .buffer_count = 3,
                                            .scalars = scalars,
                                            .scalar_count = SCALARS});
}

/* The kernel's counts of 16 bits take the upper half of the room; each is read before a count of 32
 * bits is written over it. */
static void count_points(const points *p, size_t first, uint32_t width, uint32_t rows) {
    const size_t count = (size_t)width * rows;
    const bool narrow = p->maxiter <= UINT16_MAX;
    uint32_t *const counts = p->counts + first;
    unsigned char *const upper = (unsigned char *)counts + count * sizeof(uint16_t);
    count_rows(p, first, width, rows, narrow ? (void *)upper : (void *)counts);
    for (size_t i = 0; narrow && i < count; i++) {
        uint16_t n;
        memcpy(&n, upper + i * sizeof n, sizeof n);
        counts[i] = n;
    }
}

static void count_part(void *call, size_t part) {
    const points *const p = call;
    const size_t first = part * PART_POINTS, rest = p->count - first;
    const uint32_t size = (uint32_t)(rest < PART_POINTS ? rest : PART_POINTS);
    const uint32_t rows = size / WIDTH;
    if (rows > 0)
        count_points(p, first, WIDTH, rows);
    if (size % WIDTH > 0)
        count_points(p, first + (size_t)rows * WIDTH, size % WIDTH, 1);
}

int calculate_z(uint32_t maxiter, const double *zs, const double *cs, size_t count,
                uint32_t *counts, uint32_t threads) {
    if (count == 0)
        return 0;
    if (zs == NULL || cs == NULL || counts == NULL)
        return -1;
    points p = {maxiter, zs, cs, count, counts};
    gf_compat_share(threads, (count - 1) / PART_POINTS + 1, count_part, &p);
    return 0;
}
