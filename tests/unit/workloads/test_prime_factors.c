/* Primes and smallest factors: against a sieve, against tables, and against the numbers that weaker
 * tests take for primes. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/array.h"
#include "workloads/prime/prime_factors.h"

TestSuite(prime_factors, .timeout = 120);

Test(prime_factors, small_numbers_agree_with_a_sieve) {
    enum { MOST = 1200000 };
    uint32_t *smallest = calloc(MOST, sizeof *smallest);
    cr_assert_not_null(smallest);
    for (uint32_t p = 2; p < MOST; p++) {
        for (uint64_t m = smallest[p] == 0 ? (uint64_t)p * p : MOST; m < MOST; m += p)
            smallest[m] = smallest[m] == 0 ? p : smallest[m];
    }
    uint64_t prime = 2;
    for (uint32_t n = 2; n < MOST - 200; n++) {
        while (prime < n || smallest[prime] != 0)
            prime++;
        if (gf_is_prime(n) != (smallest[n] == 0) || gf_smallest_factor(n) != smallest[n] ||
            gf_prime_from(n) != prime)
            cr_assert_fail("%u: %d, %llu, %llu", n, gf_is_prime(n),
                           (unsigned long long)gf_smallest_factor(n),
                           (unsigned long long)gf_prime_from(n));
    }
    cr_expect_not(gf_is_prime(0));
    cr_expect_not(gf_is_prime(1));
    free(smallest);
}

/* The largest primes below powers of ten and of two (OEIS A033874, A014234), Mersenne primes, and
 * the least above powers of ten (A033873). */
Test(prime_factors, large_primes_are_primes) {
    static const uint64_t primes[] = {999999999989,     999999999999989,     999999999999999989,
                                      2147483647,       2305843009213693951, 4294967291,
                                      9007199254740881, 9223372036854775783, 10657331232548839};
    for (size_t i = 0; i < GF_COUNT_OF(primes); i++) {
        cr_expect(gf_is_prime(primes[i]), "%llu", (unsigned long long)primes[i]);
        cr_expect_eq(gf_smallest_factor(primes[i]), 0, "%llu", (unsigned long long)primes[i]);
    }
    cr_expect_eq(gf_prime_from(UINT64_C(1000000000)), 1000000007);
    cr_expect_eq(gf_prime_from(UINT64_C(1000000000000)), UINT64_C(1000000000039));
    cr_expect_eq(gf_prime_from(UINT64_C(1000000000000000)), UINT64_C(1000000000000037));
    cr_expect_eq(gf_prime_from(UINT64_C(1000000000000000000)), UINT64_C(1000000000000000003));
    cr_expect_eq(gf_prime_from(UINT64_C(9223372036854775783)), UINT64_C(9223372036854775783));
    for (uint64_t n = UINT64_C(9223372036854775784); n <= INT64_MAX; n++) {
        cr_expect_not(gf_is_prime(n), "%llu", (unsigned long long)n);
        cr_expect_eq(gf_prime_from(n), UINT64_C(9223372036854775783), "%llu",
                     (unsigned long long)n);
    }
}

/* The smallest numbers that pass the strong test for the first 1 to 9 primes (OEIS A014233), and
 * Carmichael numbers, which pass Fermat's test for nearly all bases. */
Test(prime_factors, pseudoprimes_are_not_primes) {
    static const struct {
        uint64_t number, smallest;
    } pseudoprimes[] = {{2047, 23},
                        {1373653, 829},
                        {25326001, 2251},
                        {3215031751, 151},
                        {2152302898747, 6763},
                        {3474749660383, 1303},
                        {341550071728321, 10670053},
                        {3825123056546413051, 149491},
                        {561, 3},
                        {294409, 37},
                        {172947529, 307},
                        {4294967297, 641}};
    for (size_t i = 0; i < GF_COUNT_OF(pseudoprimes); i++) {
        cr_expect_not(gf_is_prime(pseudoprimes[i].number), "%llu",
                      (unsigned long long)pseudoprimes[i].number);
        cr_expect_eq(gf_smallest_factor(pseudoprimes[i].number), pseudoprimes[i].smallest,
                     "%llu: %llu", (unsigned long long)pseudoprimes[i].number,
                     (unsigned long long)gf_smallest_factor(pseudoprimes[i].number));
    }
}

/* All products below 2^63 of up to four primes from tables, from the smallest that is not found by
 * trial division to the largest that can be a smallest factor. */
Test(prime_factors, products_have_their_smallest_factor) {
    static const uint64_t primes[] = {1,        997,        1009,       1013,       7919,
                                      104729,   999983,     1000003,    31622743,   31622777,
                                      94906249, 2147483629, 2147483647, 3037000453, 3037000493};
    const size_t count = GF_COUNT_OF(primes);
    int tried = 0;
    for (size_t i = 0; i < count * count * count * count; i++) {
        const size_t at[] = {i % count, i / count % count, i / count / count % count,
                             i / count / count / count};
        if (at[0] == 0 || at[0] < at[1] || at[1] < at[2] || at[2] < at[3])
            continue;
        uint64_t number = 1, smallest = UINT64_MAX;
        int factors = 0;
        bool fits = true;
        for (int k = 0; k < 4 && fits; k++) {
            fits = !__builtin_mul_overflow(number, primes[at[k]], &number) && number <= INT64_MAX;
            factors += at[k] > 0;
            if (at[k] > 0 && primes[at[k]] < smallest)
                smallest = primes[at[k]];
        }
        if (!fits)
            continue;
        tried++;
        cr_expect_eq(gf_smallest_factor(number), factors == 1 ? 0 : smallest, "%llu: %llu",
                     (unsigned long long)number, (unsigned long long)gf_smallest_factor(number));
    }
    cr_expect_gt(tried, 200, "%d", tried);
}
