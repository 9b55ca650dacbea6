/* Numbers as text. */
#include <criterion/criterion.h>

#include "base/text.h"

/* Near 1 what counts is by how much a factor differs from 1. */
Test(text, factors_have_digits_enough_and_no_exponent) {
    static const struct {
        double factor;
        const char *text;
    } cases[] = {{0.0025, "0.0025"}, {0.25, "0.25"},   {0.4444, "0.44"}, {0.995, "0.995"},
                 {1, "1"},           {1.015, "1.015"}, {1.0634, "1.063"}, {1.36, "1.36"},
                 {4, "4"},           {5.71, "5.7"},    {9, "9"},          {110.2, "110"},
                 {396, "396"},       {999.7, "1000"},  {123456, "123000"}};
    char text[24];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gf_format_factor(cases[i].factor, text, sizeof text);
        cr_expect_str_eq(text, cases[i].text, "%g: %s, not %s", cases[i].factor, text,
                         cases[i].text);
    }
}
