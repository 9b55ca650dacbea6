/* The shuffle without a table: every number once, in an order that keeps no neighbours together. */
#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdlib.h>

#include "stats/permutation.h"

TestSuite(permutation, .timeout = 60);

#define SEED 20260521

static void expect_every_number_once(uint64_t count, uint64_t seed) {
    const gf_permutation p = gf_permutation_shuffle(count, seed);
    bool *seen = calloc(count, sizeof *seen);
    cr_assert_not_null(seen);
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t number = gf_permutation_at(&p, i);
        cr_assert_lt(number, count, "%ju of %ju is %ju", (uintmax_t)i, (uintmax_t)count,
                     (uintmax_t)number);
        cr_assert_not(seen[number], "%ju of %ju comes twice", (uintmax_t)number, (uintmax_t)count);
        seen[number] = true;
    }
    free(seen);
}

Test(permutation, every_number_stands_at_one_index) {
    for (uint64_t count = 1; count <= 300; count++)
        expect_every_number_once(count, count);
    static const uint64_t around_powers[] = {1023, 1024, 1025, 4095, 4096, 4097, 65537, 1000000};
    for (size_t k = 0; k < sizeof around_powers / sizeof around_powers[0]; k++)
        expect_every_number_once(around_powers[k], SEED);
}

/* Computed from the definition by another program. */
Test(permutation, is_the_same_on_every_machine) {
    static const struct {
        uint64_t count, seed, numbers[4];
    } known[] = {
        {10, 1, {3, 0, 4, 9}},
        {1000000, SEED, {403703, 871901, 816737, 221936}},
        {UINT64_C(1) << 40,
         7,
         {UINT64_C(748302867265), UINT64_C(381131123820), UINT64_C(667660227987),
          UINT64_C(54567164069)}},
    };
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        const gf_permutation p = gf_permutation_shuffle(known[k].count, known[k].seed);
        for (uint64_t i = 0; i < 4; i++)
            cr_expect_eq(gf_permutation_at(&p, i), known[k].numbers[i], "%zu: number %ju is %ju", k,
                         (uintmax_t)i, (uintmax_t)gf_permutation_at(&p, i));
    }
}

Test(permutation, the_identity_moves_nothing) {
    const gf_permutation p = gf_permutation_identity(1000);
    for (uint64_t i = 0; i < 1000; i++)
        cr_assert_eq(gf_permutation_at(&p, i), i);
}

/* Two random numbers below n lie less than n / 10 apart with the probability 0.19; so do neighbours
 * in a good shuffle, and a number and its place. 0.002 is 5 standard deviations of 10^6 tries. */
Test(permutation, neighbours_and_places_are_as_far_apart_as_chance_has_it) {
    const uint64_t count = 1000000;
    const gf_permutation p = gf_permutation_shuffle(count, SEED);
    uint64_t near_next = 0, near_place = 0;
    uint64_t before = gf_permutation_at(&p, count - 1);
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t number = gf_permutation_at(&p, i);
        near_next += (number > before ? number - before : before - number) < count / 10 ? 1 : 0;
        near_place += (number > i ? number - i : i - number) < count / 10 ? 1 : 0;
        before = number;
    }
    cr_expect_float_eq((double)near_next / (double)count, 0.19, 0.002);
    cr_expect_float_eq((double)near_place / (double)count, 0.19, 0.002);
}

Test(permutation, seeds_give_orders_that_have_little_in_common) {
    const uint64_t count = 100000;
    const gf_permutation p = gf_permutation_shuffle(count, 1), q = gf_permutation_shuffle(count, 2);
    uint64_t same = 0;
    for (uint64_t i = 0; i < count; i++)
        same += gf_permutation_at(&p, i) == gf_permutation_at(&q, i) ? 1 : 0;
    cr_expect_lt(same, 10, "%ju numbers at the same place; 1 is expected", (uintmax_t)same);
}
