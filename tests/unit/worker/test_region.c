/* Shared memory lies between guards in every process that maps it. */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "worker/region.h"

/* Of one page and of huge ones. */
static const size_t sizes[] = {1, 4096, 5000, (size_t)5 << 20};

static void make(size_t bytes, gf_region *made, gf_region *mapped) {
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_region_create(bytes, made, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_region_map(dup(made->descriptor), made->bytes, mapped, &error), GF_OK, "%s",
                 error.text);
}

Test(region, both_sides_have_the_same_bytes) {
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        gf_region made, mapped;
        make(sizes[i], &made, &mapped);
        cr_assert_geq(made.bytes, sizes[i]);
        memset(made.memory, 0x37, made.bytes);
        const char *other = mapped.memory;
        cr_expect_eq(other[0], 0x37);
        cr_expect_eq(other[made.bytes - 1], 0x37);
        if (sizes[i] > (size_t)4 << 20)
            cr_expect_eq((uintptr_t)made.memory % ((size_t)2 << 20), 0);
        gf_region_release(&made);
        cr_expect_eq(other[0], 0x37);
        gf_region_release(&mapped);
        cr_expect_null(mapped.memory);
    }
}

/* Descriptor 0 is that of somebody else: of a program that has closed its standard input. */
Test(region, what_was_never_made_closes_nothing) {
    gf_region none = {.memory = NULL};
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(dup2(ends[0], 0), 0);
    gf_region_release(&none);
    cr_assert_eq(write(ends[1], "x", 1), 1);
    char byte = 0;
    cr_expect_eq(read(0, &byte, 1), 1);
    gf_region_release(&none);
}

#if !defined(__SANITIZE_ADDRESS__) /* which has handlers of its own */
static volatile char *edge(size_t size, bool end) {
    gf_region made, mapped;
    make(size, &made, &mapped);
    return (char *)mapped.memory + (end ? mapped.bytes : (size_t)0);
}

Test(region, nothing_is_behind_a_page, .signal = SIGSEGV) {
    edge(sizes[1], true)[0] = 1;
}

Test(region, nothing_is_before_a_page, .signal = SIGSEGV) {
    edge(sizes[1], false)[-1] = 1;
}

Test(region, nothing_is_behind_huge_pages, .signal = SIGSEGV) {
    edge(sizes[3], true)[GF_REGION_GUARD - 1] = 1;
}

Test(region, nothing_is_before_huge_pages, .signal = SIGSEGV) {
    (void)*(edge(sizes[3], false) - GF_REGION_GUARD);
}
#endif
