/* Text inside of HTML: nothing in it is markup, and any bytes are UTF-8 afterwards. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "base/markup.h"
#include "base/text.h"

typedef void (*writer)(const char *text, FILE *stream);

static void expect(writer write, const char *text, const char *want) {
    char *got = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&got, &size);
    cr_assert_not_null(stream);
    write(text, stream);
    fclose(stream);
    cr_expect_str_eq(got, want, "%s: %s, not %s", text, got, want);
    free(got);
}

Test(markup, no_character_of_a_text_is_markup) {
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"},
        {"a & b", "a &amp; b"},
        {"\" onload=\"x", "&quot; onload=&quot;x"},
        {"&lt;", "&amp;lt;"},
        {"a\nb\tc\033[31m\177", "a b c [31m "},
        {"\302\265s", "\302\265s"},                               /* micro sign */
        {"\302\233", " "},                                        /* U+009B begins sequences */
        {"\360\237\230\200", "\360\237\230\200"},                 /* outside of the first plane */
        {"\303", "\357\277\275"},                                 /* cut */
        {"\303<b>", "\357\277\275&lt;b&gt;"},                     /* not swallowed */
        {"\300\274script", "\357\277\275\357\277\275script"},     /* '<' in two bytes */
        {"\355\240\200", "\357\277\275\357\277\275\357\277\275"}, /* a surrogate */
        {"\357\277\276", "\357\277\275\357\277\275\357\277\275"}, /* U+FFFE, which XML refuses */
        {"\377\376", "\357\277\275\357\277\275"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect(gf_markup_text, cases[i].text, cases[i].want);
}

Test(markup, commands_are_code) {
    expect(gf_markup_prose, "try `gpufare run <x>` or `y`",
           "try <code>gpufare run &lt;x&gt;</code> or <code>y</code>");
    expect(gf_markup_prose, "one ` alone", "one ` alone");
    expect(gf_markup_prose, "`a` and ` alone", "<code>a</code> and ` alone");
}

Test(markup, the_first_bytes_alone) {
    char *got = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&got, &size);
    cr_assert_not_null(stream);
    gf_markup_part("a\302\265", 2, stream); /* in the middle of a character */
    fclose(stream);
    cr_expect_str_eq(got, "a\357\277\275");
    free(got);
}

/* RFC 4648, section 10. */
Test(markup, base64) {
    static const struct {
        const char *bytes, *want;
    } cases[] = {{"", ""},
                 {"f", "Zg=="},
                 {"fo", "Zm8="},
                 {"foo", "Zm9v"},
                 {"foob", "Zm9vYg=="},
                 {"fooba", "Zm9vYmE="},
                 {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *got = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&got, &size);
        cr_assert_not_null(stream);
        gf_markup_base64(cases[i].bytes, strlen(cases[i].bytes), stream);
        fclose(stream);
        cr_expect_str_eq(got, cases[i].want);
        free(got);
    }
}

Test(markup, base64_of_all_bytes_has_no_sign_lost) {
    const unsigned char bytes[] = {0xfb, 0xff, 0xbf, 0x00, 0x10, 0x83};
    char *got = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&got, &size);
    cr_assert_not_null(stream);
    gf_markup_base64(bytes, sizeof bytes, stream);
    fclose(stream);
    cr_expect_str_eq(got, "+/+/ABCD");
    free(got);
}
