/* The compatibility libraries, loaded as clients load them, against plain loops. */
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "python/compat/diffusion.h"
#include "python/compat/julia.h"
#include "python/compat/prime.h"
#include "python/compat/sum.h"
#include "stats/random.h"

TestSuite(compat_libraries, .timeout = 300);

#define SIDE  GF_EVOLVE_SIDE
#define CELLS ((size_t)SIDE * SIDE)

/* Instruction sets are chosen once in a process; each test has its own. "": the best one. */
static void *load(const char *library, const char *function, const char *isa) {
    char path[4096];
    if (isa[0] != '\0')
        setenv("GPUFARE_ISA", isa, 1);
    snprintf(path, sizeof path, "%s/%s", COMPAT_DIR, library);
    void *const handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    cr_assert_not_null(handle, "%s", dlerror());
    void *const found = dlsym(handle, function);
    cr_assert_not_null(found, "%s has no %s", library, function);
    return found;
}

/* A pointer to a function out of dlsym's pointer to an object, as POSIX has it. */
#define LOAD(library, function, isa)                                                               \
    __typeof__(&(function)) const loaded =                                                         \
        __extension__(__typeof__(&(function))) load(library, #function, isa)

/* ---- diffusion.so ------------------------------------------------------ */

/* What `evolve` promises; the volatile keeps operations apart. */
static double plain_update(const double *at, double D, double dt) {
    volatile double sum = at[SIDE] + at[-SIDE];
    sum = sum + at[1];
    sum = sum + at[-1];
    volatile double product = 4 * at[0];
    volatile double laplacian = sum - product;
    volatile double rate = D * dt;
    product = rate * laplacian;
    return at[0] + product;
}

/* Values of very different sizes, so that every other order of the additions shows; some subnormal
 * ones and zeros of both signs. */
static void fill(double *values, uint64_t seed) {
    for (size_t i = 0; i < CELLS; i++) {
        const uint64_t bits = gf_random_at(seed * CELLS + i);
        const double value = (double)(int64_t)bits * 0x1p-63;
        values[i] = bits % 97 == 0   ? copysign(0, value)
                    : bits % 89 == 0 ? value * 0x1p-1030
                                     : ldexp(value, (int)(bits % 64) - 32);
    }
}

/* Two arrays with a guard before and after, `shift` bytes from where malloc would put them. */
typedef struct arrays {
    unsigned char *memory[2];
    double *in, *out;
} arrays;

enum { GUARD = 512, ROOM = CELLS * sizeof(double) + 2 * GUARD + 64 };

static arrays make_arrays(size_t shift) {
    arrays a;
    for (int k = 0; k < 2; k++) {
        a.memory[k] = aligned_alloc(64, ROOM);
        cr_assert_not_null(a.memory[k]);
        memset(a.memory[k], 0xa5, ROOM);
    }
    a.in = (void *)(a.memory[0] + GUARD + shift);
    a.out = (void *)(a.memory[1] + GUARD + shift);
    return a;
}

static void free_arrays(const arrays *a) {
    free(a->memory[0]);
    free(a->memory[1]);
}

/* Everything in the block of `out` but the inner cells, and all of `in`, must be as it was. */
static void expect_step(const arrays *a, const double *in, double D, double dt, const char *what) {
    unsigned char *const expected = malloc(ROOM);
    cr_assert_not_null(expected);
    memset(expected, 0xa5, ROOM);
    unsigned char *const to = expected + ((unsigned char *)a->out - a->memory[1]);
    for (size_t i = 1; i < SIDE - 1; i++) {
        for (size_t j = 1; j < SIDE - 1; j++) {
            const double value = plain_update(in + i * SIDE + j, D, dt);
            memcpy(to + (i * SIDE + j) * sizeof value, &value, sizeof value);
        }
    }
    cr_expect_arr_eq(a->memory[1], expected, ROOM, "%s: out is wrong", what);
    cr_expect_arr_eq(a->in, in, CELLS * sizeof(double), "%s: in was changed", what);
    free(expected);
}

static void check_evolve(const char *isa, size_t shift) {
    LOAD("diffusion.so", evolve, isa);
    double *const in = malloc(CELLS * sizeof *in);
    cr_assert_not_null(in);
    const double rates[][2] = {{1, 0.1}, {0.3, 0.7}, {-2.5, 1e300}};
    for (size_t k = 0; k < sizeof rates / sizeof rates[0]; k++) {
        arrays a = make_arrays(shift);
        char what[80];
        snprintf(what, sizeof what, "%s, %zu bytes off, D = %g", isa, shift, rates[k][0]);
        fill(in, k);
        memcpy(a.in, in, CELLS * sizeof *in);
        loaded(a.in, a.out, rates[k][0], rates[k][1]);
        expect_step(&a, in, rates[k][0], rates[k][1], what);
        free_arrays(&a);
    }
    free(in);
}

Test(compat_libraries, evolve_computes_what_plain_loops_do) {
    check_evolve("", 0);
}

Test(compat_libraries, evolve_does_so_on_arrays_that_begin_anywhere) {
    for (size_t shift = 8; shift < 64; shift += 8)
        check_evolve("", shift);
}

Test(compat_libraries, evolve_does_so_with_avx2) {
    check_evolve("avx2", 0);
    check_evolve("avx2", 24);
}

Test(compat_libraries, evolve_does_so_without_vectors) {
    check_evolve("scalar", 8);
}

Test(compat_libraries, evolve_takes_what_is_no_instruction_set_for_unset) {
    check_evolve("fastest", 0);
}

/* Redirects stderr to a file until it is read. */
static FILE *capture_stderr(int *kept) {
    FILE *const file = tmpfile();
    cr_assert_not_null(file);
    fflush(stderr);
    *kept = dup(STDERR_FILENO);
    cr_assert_geq(dup2(fileno(file), STDERR_FILENO), 0);
    return file;
}

static size_t read_captured(FILE *file, int kept, char *text, size_t size) {
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(file);
    const size_t length = fread(text, 1, size - 1, file);
    text[length] = '\0';
    fclose(file);
    return length;
}

Test(compat_libraries, evolve_refuses_what_it_cannot_do_and_says_so_once) {
    LOAD("diffusion.so", evolve, "");
    arrays a = make_arrays(0);
    fill(a.in, 1);
    fill(a.out, 2);
    arrays before = make_arrays(0);
    memcpy(before.memory[0], a.memory[0], ROOM);
    memcpy(before.memory[1], a.memory[1], ROOM);
    int kept;
    FILE *const file = capture_stderr(&kept);
    loaded(NULL, a.out, 1, 0.1);
    loaded(a.in, NULL, 1, 0.1);
    loaded(NULL, NULL, 1, 0.1);
    loaded(a.out, a.out, 1, 0.1);
    loaded(a.out + 1, a.out, 1, 0.1);
    loaded(a.out, a.out + SIDE, 1, 0.1);
    char text[1024];
    const size_t length = read_captured(file, kept, text, sizeof text);
    cr_expect_arr_eq(a.memory[0], before.memory[0], ROOM);
    cr_expect_arr_eq(a.memory[1], before.memory[1], ROOM);
    cr_expect_eq(strchr(text, '\n'), text + length - 1, "not one line: '%s'", text);
    cr_expect_not_null(strstr(text, "evolve writes nothing"), "%s", text);
    free_arrays(&a);
    free_arrays(&before);
}

/* ---- julia.so ---------------------------------------------------------- */

static uint32_t plain_count(uint32_t maxiter, const double *z, const double *c) {
    volatile double re = z[0], im = z[1];
    uint32_t n = 0;
    for (; n < maxiter; n++) {
        volatile double a = re * re, b = im * im, p = re * im;
        if (!(a + b < 4))
            break;
        re = a - b;
        re = re + c[0];
        im = p + p;
        im = im + c[1];
    }
    return n;
}

/* Points inside and outside, some of whose c let orbits come back. */
static double *make_points(size_t count, uint64_t seed, double extent) {
    double *const points = malloc(2 * count * sizeof *points);
    cr_assert_not_null(points);
    for (size_t i = 0; i < 2 * count; i++)
        points[i] = extent * (double)(int64_t)gf_random_at(seed + i) * 0x1p-63;
    return points;
}

static void check_counts(uint32_t maxiter, size_t count, uint32_t threads) {
    LOAD("julia.so", calculate_z, "");
    double *const zs = make_points(count, 1, 2.1), *const cs = make_points(count, 1u << 20, 1.2);
    uint32_t *const counts = malloc((count + 1) * sizeof *counts);
    cr_assert_not_null(counts);
    memset(counts, 0xa5, (count + 1) * sizeof *counts);
    cr_expect_eq(loaded(maxiter, zs, cs, count, counts, threads), 0);
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(counts[i], plain_count(maxiter, zs + 2 * i, cs + 2 * i),
                     "%zu of %zu, at most %u: %u", i, count, maxiter, counts[i]);
    cr_expect_eq(counts[count], 0xa5a5a5a5, "written beyond the end");
    free(zs);
    free(cs);
    free(counts);
}

Test(compat_libraries, calculate_z_counts_what_a_plain_loop_does) {
    const size_t sizes[] = {1, 7, 255, 256, 257, 10000};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        check_counts(300, sizes[k], 0);
        check_counts(300, sizes[k], 1);
        check_counts(0, sizes[k], 0);
        check_counts(1, sizes[k], 0);
    }
    check_counts(65535, 300, 0);
    check_counts(65536, 300, 0); /* counts of 32 bits */
}

Test(compat_libraries, calculate_z_refuses_arrays_that_are_not_there) {
    LOAD("julia.so", calculate_z, "");
    const double point[2] = {0, 0};
    uint32_t count = 5;
    cr_expect_eq(loaded(10, NULL, point, 1, &count, 0), -1);
    cr_expect_eq(loaded(10, point, NULL, 1, &count, 0), -1);
    cr_expect_eq(loaded(10, point, point, 1, NULL, 0), -1);
    cr_expect_eq(loaded(10, NULL, NULL, 0, NULL, 0), 0);
    cr_expect_eq(count, 5);
}

/* ---- prime.so ---------------------------------------------------------- */

static uint64_t plain_divisor(uint64_t number) {
    for (uint64_t d = 2; d * d <= number; d++) {
        if (number % d == 0)
            return d;
    }
    return number;
}

Test(compat_libraries, smallest_divisor_is_that_of_trial_division) {
    LOAD("prime.so", smallest_divisor, "");
    for (uint64_t n = 2; n < 20000; n++)
        cr_assert_eq(loaded(n, (uint32_t)(n % 3)), plain_divisor(n), "%" PRIu64, n);
    for (uint64_t n = UINT64_C(1000000000000); n < UINT64_C(1000000000050); n++)
        cr_assert_eq(loaded(n, 0), plain_divisor(n), "%" PRIu64, n);
}

/* Products of two primes, whose divisor is among the last candidates, and three primes. */
Test(compat_libraries, smallest_divisor_is_the_same_with_any_number_of_threads) {
    LOAD("prime.so", smallest_divisor, "");
    const struct {
        uint64_t number, divisor;
    } cases[] = {
        {99995579513017, 9999047},
        {220000573000081, 11000027},
        {94011000595403, 31337},
        {100000000000031, 100000000000031},
        {200000000012359, 200000000012359},
        {500000000000057, 500000000000057},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (uint32_t threads = 0; threads < 4; threads++)
            cr_expect_eq(loaded(cases[i].number, threads), cases[i].divisor, "%" PRIu64 ", %u",
                         cases[i].number, threads);
    }
}

Test(compat_libraries, smallest_divisor_knows_its_limits) {
    LOAD("prime.so", smallest_divisor, "");
    cr_expect_eq(loaded(0, 0), 0);
    cr_expect_eq(loaded(1, 0), 0);
    cr_expect_eq(loaded(UINT64_C(1) << 63, 0), 0);
    cr_expect_eq(loaded(UINT64_MAX, 0), 0);
    cr_expect_eq(loaded((UINT64_C(1) << 63) - 1, 0), 7);
}

Test(compat_libraries, check_prime_answers_yes_no_or_too_large) {
    LOAD("prime.so", check_prime, "");
    const uint64_t primes[] = {2, 3, 5, 65537, 1000003, 999999999989};
    const uint64_t others[] = {0, 1, 4, 9, 25, 65537 * UINT64_C(65537), 999999999990};
    for (size_t i = 0; i < sizeof primes / sizeof primes[0]; i++)
        cr_expect_eq(loaded(primes[i]), 1, "%" PRIu64, primes[i]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        cr_expect_eq(loaded(others[i]), 0, "%" PRIu64, others[i]);
    cr_expect_eq(loaded(UINT64_C(1) << 63), -1);
}

/* ---- sum.so ------------------------------------------------------------ */

Test(compat_libraries, sum_values_adds_whole_numbers_exactly) {
    LOAD("sum.so", sum_values, "");
    const size_t most = 70 * 16384 + 5; /* more than a part, which is 64 blocks */
    double *const values = malloc(most * sizeof *values);
    cr_assert_not_null(values);
    for (size_t i = 0; i < most; i++)
        values[i] = (double)(i % 2 == 0 ? i : 3 * i);
    const size_t counts[] = {0, 1, 2, 16383, 16384, 16385, most};
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
        uint64_t sum = 0;
        for (size_t i = 0; i < counts[k]; i++)
            sum += (uint64_t)values[i];
        cr_expect_eq(loaded(values, counts[k], 0), (double)sum, "%zu values", counts[k]);
        cr_expect_eq(loaded(values, counts[k], 1), (double)sum, "%zu values", counts[k]);
    }
    cr_expect(isnan(loaded(NULL, 1, 0)));
    cr_expect_eq(loaded(NULL, 0, 0), 0);
    free(values);
}

/* ---- Clients that fork ------------------------------------------------- */

/* OpenMP's team of the parent is not there in the child, which would wait for it for ever. */
Test(compat_libraries, children_of_fork_compute_as_well, .timeout = 120) {
    LOAD("prime.so", smallest_divisor, "");
    const uint64_t prime = 999999999989;
    cr_expect_eq(loaded(prime, 0), prime);
    const pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        alarm(60);
        _exit(loaded(prime, 0) == prime && loaded(prime, 1) == prime ? 0 : 1);
    }
    int status = 0;
    cr_expect_eq(waitpid(child, &status, 0), child);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
}

static void *find_divisor(void *argument) {
    uint64_t *const number = argument;
    LOAD("prime.so", smallest_divisor, "");
    for (int i = 0; i < 50; i++) {
        if (loaded(*number, 0) != *number)
            *number = 0;
    }
    return NULL;
}

Test(compat_libraries, several_threads_may_call_at_the_same_time) {
    pthread_t threads[4];
    uint64_t numbers[4] = {1000003, 10000019, 100000007, 1000000007};
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, find_divisor, &numbers[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        cr_expect_neq(numbers[i], 0, "thread %d", i);
    }
}
