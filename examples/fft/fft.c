/* The whole transform. The factors are computed once and kept for the next call, as those who call
 * often do. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct number {
    float re, im;
} number;

/* For each span, from 1 or 2: the three factors of each of its butterflies. */
static number *factors;
static unsigned factors_for;

static number times(number a, number b) {
    return (number){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

static number plus(number a, number b) {
    return (number){a.re + b.re, a.im + b.im};
}

static number minus(number a, number b) {
    return (number){a.re - b.re, a.im - b.im};
}

static number factor(size_t k, size_t span, int power) {
    const double angle = -1.5707963267948966 * power * (double)k / (double)span;
    return (number){(float)cos(angle), (float)sin(angle)};
}

static void make_factors(unsigned log2_n) {
    const size_t n = (size_t)1 << log2_n;
    free(factors);
    factors = malloc(n * sizeof *factors);
    if (factors == NULL)
        abort();
    number *at = factors;
    for (size_t span = (size_t)1 << log2_n % 2; span < n; at += 3 * span, span *= 4) {
#pragma omp parallel for
        for (size_t k = 0; k < span; k++) {
            at[k] = factor(k, span, 1);
            at[span + k] = factor(k, span, 2);
            at[2 * span + k] = factor(k, span, 3);
        }
    }
    factors_for = log2_n;
}

static void radix_2(size_t n, const number *restrict from, number *restrict to) {
#pragma omp for
    for (size_t i = 0; i < n / 2; i++) {
        to[2 * i] = plus(from[i], from[i + n / 2]);
        to[2 * i + 1] = minus(from[i], from[i + n / 2]);
    }
}

/* `count` butterflies that lie side by side. */
static void butterflies(size_t count, size_t quarter, size_t span, const number *restrict w,
                        const number *restrict from, number *restrict to) {
    for (size_t i = 0; i < count; i++) {
        const number a = from[i], u = times(from[quarter + i], w[i]);
        const number v = times(from[2 * quarter + i], w[span + i]);
        const number t = times(from[3 * quarter + i], w[2 * span + i]);
        const number even = plus(a, v), odd = minus(a, v), sum = plus(u, t);
        const number turned = {u.im - t.im, t.re - u.re};
        to[i] = plus(even, sum);
        to[span + i] = plus(odd, turned);
        to[2 * span + i] = minus(even, sum);
        to[3 * span + i] = minus(odd, turned);
    }
}

static void radix_4(size_t n, size_t span, const number *restrict w, const number *restrict from,
                    number *restrict to) {
    const size_t quarter = n / 4, run = span < 256 ? span : 256;
#pragma omp for
    for (size_t i = 0; i < quarter; i += run) {
        const size_t k = i & (span - 1);
        butterflies(run, quarter, span, w + k, from + i, to + 4 * (i - k) + k);
    }
}

void fft(unsigned log2_n, void *signal, void *spare) {
    const size_t n = (size_t)1 << log2_n;
    if (factors_for != log2_n)
        make_factors(log2_n);
#pragma omp parallel
    {
        number *from = signal, *to = spare, *held;
        const number *w = factors;
        if (log2_n % 2 == 1) {
            radix_2(n, from, to);
            held = from, from = to, to = held;
        }
        for (size_t span = (size_t)1 << log2_n % 2; span < n; span *= 4) {
            radix_4(n, span, w, from, to);
            held = from, from = to, to = held;
            w += 3 * span;
        }
        if (from != (number *)signal) {
#pragma omp for
            for (size_t i = 0; i < n; i++)
                to[i] = from[i];
        }
    }
}
