#include "workloads/prime/prime_factors.h"

#include "base/array.h"

__extension__ typedef unsigned __int128 wide;

static uint64_t multiply(uint64_t a, uint64_t b, uint64_t modulus) {
    return (uint64_t)((wide)a * b % modulus);
}

static uint64_t power(uint64_t base, uint64_t exponent, uint64_t modulus) {
    uint64_t result = 1;
    for (base %= modulus; exponent > 0; exponent /= 2) {
        if (exponent % 2 != 0)
            result = multiply(result, base, modulus);
        base = multiply(base, base, modulus);
    }
    return result;
}

/* ---- Primes ------------------------------------------------------------ */

/* The strong test of Miller and Rabin: whether number - 1 = odd * 2^twos and base are as Fermat's
 * theorem and the two square roots of 1 have them for primes. */
static bool passes(uint64_t number, uint64_t base) {
    uint64_t odd = number - 1;
    int twos = 0;
    for (; odd % 2 == 0; odd /= 2)
        twos++;
    uint64_t x = power(base, odd, number);
    if (x == 1 || x == number - 1)
        return true;
    for (int i = 1; i < twos; i++) {
        x = multiply(x, x, number);
        if (x == number - 1)
            return true;
    }
    return false;
}

/* No composite number below 3.18 * 10^23 passes for all of these bases (J. Sorenson, J. Webster,
 * "Strong pseudoprimes to twelve prime bases", Mathematics of Computation 86, 2017). */
static const uint64_t bases[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};

bool gf_is_prime(uint64_t number) {
    if (number < 2)
        return false;
    for (size_t i = 0; i < GF_COUNT_OF(bases); i++) {
        if (number % bases[i] == 0)
            return number == bases[i];
    }
    for (size_t i = 0; i < GF_COUNT_OF(bases); i++) {
        if (!passes(number, bases[i]))
            return false;
    }
    return true;
}

/* The largest prime below 2^63: 2^63 - 25. */
#define LARGEST_PRIME UINT64_C(9223372036854775783)

uint64_t gf_prime_from(uint64_t number) {
    for (uint64_t n = number; n < LARGEST_PRIME; n++) {
        if (gf_is_prime(n))
            return n;
    }
    return LARGEST_PRIME;
}

/* ---- Factors ----------------------------------------------------------- */

/* Divisors below this are found by trial division. */
#define SMALL 1000

static uint64_t distance(uint64_t a, uint64_t b) {
    return a > b ? a - b : b - a;
}

static uint64_t common_divisor(uint64_t a, uint64_t b) {
    while (b != 0) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The sequence x -> x^2 + c modulo a number whose factors are sought. */
typedef struct sequence {
    uint64_t number, c;
} sequence;

static uint64_t after(const sequence *s, uint64_t x) {
    return (uint64_t)(((wide)x * x + s->c) % s->number);
}

/* Follows the sequence until it repeats modulo a factor: the first common divisor of the number and
 * a difference from the value at the last power of two. The differences are multiplied and tested
 * many at once; if a product has all factors, they are tested again one by one, which may also
 * return the number itself. */
static uint64_t repetition(const sequence *s) {
    enum { AT_ONCE = 128 };
    uint64_t kept = 2, x = 2, start = 2, divisor = 1;
    for (uint64_t length = 1; divisor == 1; length *= 2) {
        kept = x;
        for (uint64_t i = 0; i < length; i++)
            x = after(s, x);
        for (uint64_t done = 0; done < length && divisor == 1; done += AT_ONCE) {
            uint64_t product = 1;
            start = x;
            for (uint64_t i = 0; i < AT_ONCE && done + i < length; i++) {
                x = after(s, x);
                product = multiply(product, distance(kept, x), s->number);
            }
            divisor = common_divisor(product, s->number);
        }
    }
    if (divisor != s->number)
        return divisor;
    for (x = start, divisor = 1; divisor == 1;) {
        x = after(s, x);
        divisor = common_divisor(distance(kept, x), s->number);
    }
    return divisor;
}

/* A factor of a composite number without small ones (R. P. Brent, "An improved Monte Carlo
 * factorization algorithm", BIT 20, 1980). */
static uint64_t any_factor(uint64_t number) {
    sequence s = {number, 1};
    uint64_t factor = repetition(&s);
    while (factor == number) {
        s.c++;
        factor = repetition(&s);
    }
    return factor;
}

static uint64_t smallest_prime_factor(uint64_t number) {
    if (gf_is_prime(number))
        return number;
    const uint64_t factor = any_factor(number);
    const uint64_t a = smallest_prime_factor(factor), b = smallest_prime_factor(number / factor);
    return a < b ? a : b;
}

uint64_t gf_smallest_factor(uint64_t number) {
    for (uint64_t divisor = 2; divisor < SMALL && divisor * divisor <= number; divisor++) {
        if (number % divisor == 0)
            return divisor;
    }
    if (number < SMALL * SMALL)
        return 0;
    const uint64_t smallest = smallest_prime_factor(number);
    return smallest == number ? 0 : smallest;
}
