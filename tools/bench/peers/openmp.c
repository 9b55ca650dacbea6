/* A peer that anyone could write: plain C and OpenMP, one step in each pass through memory, one
 * pixel after the other. Compiled twice by the benchmark: for the base instruction set and for
 * this machine; strict arithmetic (-ffp-contract=off) in both.
 *
 * It has what a careful author would do: one parallel region for all steps, restrict, dynamic
 * scheduling of rows whose work differs, each page first touched by the thread that will use it,
 * huge pages, no index arithmetic in the inner loop. The edge keeps its value, so it is copied into
 * both fields once and not in each step. Coordinates of the Julia grid are read from an array.
 *
 * Arguments and output: tools/bench/peers/common.py.
 */
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#if REAL_BITS == 32
typedef float real;
#else
typedef double real;
#endif

#define MAX_SAMPLES 10000
#define HUGE_PAGE   ((size_t)2 << 20)
/* Offset of the second field against the first, an odd number of cache lines: with equal offsets in
 * their pages, loads wait for stores to the other field (4 KiB aliasing), which costs up to 8 %. */
#define SHIFT 2112

typedef struct job {
    const char *input, *result;
    int is_julia; /* else diffusion */
    size_t width, height;
    uint32_t max_iter;
    uint64_t steps, warmup_steps;
    real c_re, c_im, rate;
    int threads, repeat;
    double min_time, limit;
    real *inputs; /* coordinates or first state */
    real *fields[2];
    uint16_t *counts;
    int last; /* the field that has the result */
} job;

static void fail(const char *what) {
    fprintf(stderr, "openmp: %s\n", what);
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *allocate(size_t bytes) {
    const size_t whole = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    void *memory = aligned_alloc(HUGE_PAGE, whole);
    if (memory == NULL)
        fail("not enough memory");
    madvise(memory, whole, MADV_HUGEPAGE); /* advice, which may be ignored */
    return memory;
}

/* ---- Julia ------------------------------------------------------------- */

static uint32_t escape_count(real zr, real zi, real cr, real ci, uint32_t max_iter) {
    uint32_t n = 0;
    real a = zr * zr, b = zi * zi;
    while (n < max_iter && a + b < 4) {
        const real p = zr * zi;
        zr = (a - b) + cr;
        zi = (p + p) + ci;
        n++;
        a = zr * zr;
        b = zi * zi;
    }
    return n;
}

static void run_julia(job *w) {
    const real *xs = w->inputs, *ys = w->inputs + w->width;
#pragma omp parallel for num_threads(w->threads) schedule(dynamic)
    for (size_t j = 0; j < w->height; j++) {
        for (size_t i = 0; i < w->width; i++)
            w->counts[j * w->width + i] =
                (uint16_t)escape_count(xs[i], ys[j], w->c_re, w->c_im, w->max_iter);
    }
}

/* ---- Diffusion --------------------------------------------------------- */

static void update_row(const real *restrict up, const real *restrict u, const real *restrict down,
                       real *restrict to, size_t cols, real rate) {
    for (size_t j = 1; j + 1 < cols; j++) {
        const real lap = (((down[j] + up[j]) + u[j + 1]) + u[j - 1]) - 4 * u[j];
        to[j] = u[j] + rate * lap;
    }
}

static void run_diffusion(job *w, uint64_t steps) {
    const size_t rows = w->height, cols = w->width;
#pragma omp parallel num_threads(w->threads)
    for (uint64_t step = 0; step < steps; step++) {
        const real *from = w->fields[step % 2];
        real *to = w->fields[(step + 1) % 2];
#pragma omp for schedule(static)
        for (size_t i = 1; i < rows - 1; i++)
            update_row(from + (i - 1) * cols, from + i * cols, from + (i + 1) * cols, to + i * cols,
                       cols, w->rate);
    }
    w->last = (int)(steps % 2);
}

/* Puts the first state into both fields, which sets the edge of both once. */
static void reset_diffusion(job *w) {
    const size_t rows = w->height, cols = w->width;
#pragma omp parallel for num_threads(w->threads) schedule(static)
    for (size_t i = 0; i < rows; i++) {
        memcpy(w->fields[0] + i * cols, w->inputs + i * cols, cols * sizeof(real));
        memcpy(w->fields[1] + i * cols, w->inputs + i * cols, cols * sizeof(real));
    }
}

/* ---- Measuring --------------------------------------------------------- */

static double sample(job *w, uint64_t steps) {
    if (!w->is_julia)
        reset_diffusion(w);
    const double start = now();
    if (w->is_julia)
        run_julia(w);
    else
        run_diffusion(w, steps);
    return now() - start;
}

static void measure(job *w) {
    static double samples[MAX_SAMPLES];
    sample(w, w->warmup_steps);
    const double warm = sample(w, w->warmup_steps);
    const double expected = w->is_julia ? warm : warm * (double)w->steps / (double)w->warmup_steps;
    if (expected > w->limit) {
        printf("{\"status\": \"skipped\", \"reason\": \"one sample would take about %.0f s, the "
               "limit is %.0f s\"}\n",
               expected, w->limit);
        exit(0);
    }
    int count = 0;
    for (double sum = 0; count < MAX_SAMPLES && (count < w->repeat || sum < w->min_time); count++) {
        samples[count] = sample(w, w->steps);
        sum += samples[count];
    }
    printf("{\"status\": \"ok\", \"threads\": %d, \"versions\": {\"compiler\": \"%s\"}, "
           "\"samples_ns\": [",
           w->threads, __VERSION__);
    for (int i = 0; i < count; i++)
        printf("%s%.0f", i == 0 ? "" : ", ", 1e9 * samples[i]);
    printf("]}\n");
}

/* ---- Arguments and files ----------------------------------------------- */

/* The value of --name=value. */
static const char *option(int argc, char **argv, const char *name) {
    const size_t length = strlen(name);
    for (int i = 1; i < argc; i++) {
        const char *given = argv[i];
        if (strncmp(given, "--", 2) == 0 && strncmp(given + 2, name, length) == 0 &&
            given[2 + length] == '=')
            return given + 2 + length + 1;
    }
    fprintf(stderr, "openmp: --%s is missing\n", name);
    exit(2);
}

static double number(int argc, char **argv, const char *name) {
    return strtod(option(argc, argv, name), NULL);
}

static void read_inputs(job *w, size_t count) {
    w->inputs = allocate(count * sizeof(real));
    FILE *file = fopen(w->input, "rb");
    if (file == NULL || fread(w->inputs, sizeof(real), count, file) != count)
        fail("can't read the input file");
    fclose(file);
}

static void write_result(const job *w) {
    const size_t count = w->width * w->height;
    const void *data = w->is_julia ? (const void *)w->counts : (const void *)w->fields[w->last];
    const size_t size = w->is_julia ? sizeof *w->counts : sizeof(real);
    FILE *file = fopen(w->result, "wb");
    if (file == NULL || fwrite(data, size, count, file) != count || fclose(file) != 0)
        fail("can't write the result file");
}

int main(int argc, char **argv) {
    job w = {
        .is_julia = strcmp(option(argc, argv, "workload"), "julia") == 0,
        .input = option(argc, argv, "input"),
        .result = option(argc, argv, "result"),
        .width = (size_t)number(argc, argv, "width"),
        .height = (size_t)number(argc, argv, "height"),
        .max_iter = (uint32_t)number(argc, argv, "max-iter"),
        .steps = (uint64_t)number(argc, argv, "steps"),
        .warmup_steps = (uint64_t)number(argc, argv, "warmup-steps"),
        .c_re = (real)number(argc, argv, "c-re"),
        .c_im = (real)number(argc, argv, "c-im"),
        .rate = (real)number(argc, argv, "rate"),
        .threads = (int)number(argc, argv, "threads"),
        .repeat = (int)number(argc, argv, "repeat"),
        .min_time = number(argc, argv, "min-time"),
        .limit = number(argc, argv, "limit"),
    };
    if (w.is_julia) {
        read_inputs(&w, w.width + w.height);
        w.counts = allocate(w.width * w.height * sizeof *w.counts);
    } else {
        read_inputs(&w, w.width * w.height);
        w.fields[0] = allocate(w.width * w.height * sizeof(real));
        char *second = allocate(w.width * w.height * sizeof(real) + SHIFT);
        w.fields[1] = (real *)(void *)(second + SHIFT);
    }
    measure(&w);
    write_result(&w);
    return 0;
}
