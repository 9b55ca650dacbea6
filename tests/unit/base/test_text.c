/* Numbers as text, and what is told of a text. */
#include <criterion/criterion.h>

#include <string.h>

#include "base/text.h"

/* Near 1 what counts is by how much a factor differs from 1. */
Test(text, factors_have_digits_enough_and_no_exponent) {
    static const struct {
        double factor;
        const char *text;
    } cases[] = {{0.0025, "0.0025"}, {0.25, "0.25"},   {0.4444, "0.44"},  {0.995, "0.995"},
                 {1, "1"},           {1.015, "1.015"}, {1.0634, "1.063"}, {1.36, "1.36"},
                 {4, "4"},           {5.71, "5.7"},    {9, "9"},          {110.2, "110"},
                 {99.7, "99.7"},     {396, "396"},     {999.7, "1000"},   {123456, "123000"}};
    char text[24];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gf_format_factor(cases[i].factor, text, sizeof text);
        cr_expect_str_eq(text, cases[i].text, "%g: %s, not %s", cases[i].factor, text,
                         cases[i].text);
    }
}

Test(text, a_speedup_of_1_is_none) {
    char text[48];
    gf_format_speedup(1.0000001, text, sizeof text);
    cr_expect_str_eq(text, "no faster");
    gf_format_speedup(1.0634, text, sizeof text);
    cr_expect_str_eq(text, "1.063 times as fast");
}

/* The lines after the message are what the compiler worked on; the one that counts speaks of an
 * error. */
Test(text, last_words_name_the_cause) {
    static const struct {
        const char *output, *words;
    } cases[] = {
        {"", NULL},
        {"\n \n\t\n", NULL},
        {"\f\n", NULL},
        {"\v\x01one\f\n", "one"},
        {"one\ntwo\n\n", "two"},
        {"  two words \r\n", "two words"},
        {"21 warnings generated.\nLLVM ERROR: Cannot select: i64 = fma\n  0x1: i64\nIn function: f\n",
         "LLVM ERROR: Cannot select: i64 = fma"},
        {"k.cl:1: error: first\nk.cl:2: error: second\n2 errors generated.\n",
         "k.cl:2: error: second"},
        {"noise\nx: f: Assertion `number < 7' failed.\nmore",
         "x: f: Assertion `number < 7' failed."},
        {"terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n",
         "terminate called after throwing an instance of 'std::bad_alloc'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t length = 0;
        const char *found = gf_find_last_words(cases[i].output, &length);
        if (cases[i].words == NULL) {
            cr_expect_null(found, "case %zu", i);
            continue;
        }
        cr_assert_not_null(found, "case %zu", i);
        cr_expect(length == strlen(cases[i].words) && memcmp(found, cases[i].words, length) == 0,
                  "case %zu: '%.*s'", i, (int)length, found);
    }
}
