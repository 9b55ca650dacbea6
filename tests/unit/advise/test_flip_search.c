/* Flips on scales where the winner is known. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "advise/flip_search.h"
#include "base/error.h"

TestSuite(flip_search, .timeout = 120);

typedef struct scale {
    uint64_t first, last; /* 1 wins in between, 0 elsewhere */
    uint64_t end;         /* no values beyond; 0: none is missing */
    uint32_t evaluations;
    gf_status failure; /* of every evaluation */
} scale;

static gf_status winner_of(void *context, uint64_t value, size_t *winner, gf_error *error) {
    scale *s = context;
    s->evaluations++;
    if (s->failure != GF_OK)
        return gf_error_set(error, s->failure, "as asked");
    if (s->end > 0 && value > s->end)
        return gf_error_set(error, GF_UNSUPPORTED, "too large");
    *winner = value >= s->first && value <= s->last ? 1 : 0;
    return GF_OK;
}

Test(flip_search, flips_are_exact_below_200_and_within_1_per_cent_above) {
    for (uint64_t first = 2; first < 900; first += first < 250 ? 1 : 37) {
        scale s = {.first = first, .last = UINT64_MAX};
        gf_flip_search point;
        gf_error error = GF_ERROR_INIT;
        cr_assert_eq(gf_flip_search_find(winner_of, &s, 1, 0, 1000000, &point, &error), GF_OK);
        cr_assert(point.found, "%" PRIu64, first);
        cr_expect_eq(point.winner, 1);
        cr_expect(point.value >= first && point.value - first <= first / 100,
                  "%" PRIu64 " for %" PRIu64, point.value, first);
        cr_expect(first >= 200 || point.value == first, "%" PRIu64 " for %" PRIu64, point.value,
                  first);
        cr_expect_leq(s.evaluations, 18, "%u for %" PRIu64, s.evaluations, first);
    }
}

Test(flip_search, flips_downwards) {
    for (uint64_t last = 1; last < 1000; last += 13) {
        scale s = {.first = 0, .last = last};
        gf_flip_search point;
        gf_error error = GF_ERROR_INIT;
        cr_assert_eq(gf_flip_search_find(winner_of, &s, 1000, 0, 1, &point, &error), GF_OK);
        cr_assert(point.found, "%" PRIu64, last);
        cr_expect(point.value <= last && last - point.value <= last / 100 + 1,
                  "%" PRIu64 " for %" PRIu64, point.value, last);
    }
}

Test(flip_search, what_does_not_flip_or_not_for_long_is_no_flip) {
    const struct {
        scale scale;
        uint64_t limit, reached;
        bool found;
        const char *name;
    } cases[] = {
        {{.first = 100000, .last = UINT64_MAX}, 1 << 20, 1024, false, "too far away"},
        {{.first = 50, .last = UINT64_MAX}, 40, 40, false, "beyond the limit"},
        {{.first = 50, .last = UINT64_MAX, .end = 40}, 1000, 32, false, "beyond the end"},
        {{.first = 9, .last = 20}, 1000, 1000, false, "gone an octave further"},
        {{.first = 9, .last = 20}, 16, 16, true, "there is no further octave"},
        {{.first = 9, .last = 100}, 1000, 32, true, "for three octaves"},
        {{.first = 1, .last = UINT64_MAX}, 1, 1, false, "nowhere to go"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scale s = cases[i].scale;
        gf_flip_search point;
        gf_error error = GF_ERROR_INIT;
        cr_assert_eq(gf_flip_search_find(winner_of, &s, 1, 0, cases[i].limit, &point, &error),
                     GF_OK, "%s", cases[i].name);
        cr_expect_eq(point.found, cases[i].found, "%s", cases[i].name);
        cr_expect_eq(point.reached, cases[i].reached, "%s: %" PRIu64, cases[i].name, point.reached);
        cr_expect(!point.found || point.value == s.first, "%s: %" PRIu64, cases[i].name,
                  point.value);
    }
}

Test(flip_search, a_search_that_fails_says_so) {
    scale s = {.failure = GF_INTERRUPTED};
    gf_flip_search point;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_flip_search_find(winner_of, &s, 1, 0, 100, &point, &error), GF_INTERRUPTED);
    cr_expect_str_eq(error.text, "as asked");
}
