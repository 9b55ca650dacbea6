/* What functions take, as their text says. */
#include "made_tree.h"
#include "manifest/parse/text/prototype.h"

static char *root;
static gf_pool *pool;

static void open_pool(void) {
    root = made_folder();
    pool = gf_pool_create();
}

static void close_pool(void) {
    gf_pool_destroy(pool);
}

TestSuite(prototype, .init = open_pool, .fini = close_pool, .timeout = 60);

static gf_source read_source(const char *text) {
    gf_source source;
    gf_error error = GF_ERROR_INIT;
    char path[128];
    made_tree_write(root, "/source", text);
    snprintf(path, sizeof path, "%s/source", root);
    cr_assert_eq(gf_source_read(path, root, pool, &source, &error), GF_OK, "%s", error.text);
    return source;
}

/* "[c]KIND name:type" of each argument, where KIND is s, p, l or i, and c means const; "?" if they
 * are hidden, "-" if the function is missing, with another that is there. */
static const char *describe(const char *text, gf_language language, const char *function) {
    static char list[512];
    const gf_source source = read_source(text);
    gf_prototype prototype;
    const char *other = NULL;
    if (!gf_prototype_find(&source, language, function, pool, &prototype, &other)) {
        snprintf(list, sizeof list, "-%s", other == NULL ? "" : other);
        return list;
    }
    if (!prototype.is_readable)
        return "?";
    list[0] = '\0';
    for (uint32_t i = 0; i < prototype.count; i++) {
        const gf_prototype_argument *a = &prototype.arguments[i];
        sprintf(list + strlen(list), "%s%s%c %s:%s", i > 0 ? ", " : "", a->is_const ? "c" : "",
                "spli"[a->kind], a -> name, a -> type_text);
    }
    return list;
}

typedef struct row {
    const char *text, *arguments;
} row;

Test(prototype, kernels_in_all_spellings) {
    static const row rows[] = {
        {"kernel void f(global float *x) {}", "p x:float"},
        {"__kernel void f(__global const float* restrict x, const uint n) {}",
         "cp x:float, cs n:uint"},
        {"kernel void f(float const global *x) {}", "cp x:float"},
        {"kernel void f(global float * const x) {}", "p x:float"},
        {"kernel\nvoid\nf\n(\nglobal\nunsigned int\n*x\n)\n{\n}", "p x:unsigned int"},
        {"kernel __attribute__((vec_type_hint(float4))) void f(global uchar4 *x) {}", "p x:uchar4"},
        {"__attribute__((reqd_work_group_size(8, 8, 1))) kernel void f(ulong n) {}", "s n:ulong"},
        {"kernel void f(constant int *t, local double *s, __local float4 u[16]) {}",
         "cp t:int, l s:double, l u:float4"},
        {"kernel void f(read_only image2d_t im, sampler_t s) {}", "i im:image2d_t, i s:sampler_t"},
        {"kernel void f(struct point p, REAL a) {}", "s p:point, s a:REAL"},
        {"kernel void f(void) {}", ""},
        {"kernel void f() {}", ""},
        {"kernel void f(float16) {}", "?"},
        {"kernel void f(ARGUMENTS) {}", "?"},
        {"kernel void f(int a, ARGUMENTS) {}", "?"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_str_eq(describe(rows[i].text, GF_OPENCL_C, "f"), rows[i].arguments, "%s: %s",
                         rows[i].text, describe(rows[i].text, GF_OPENCL_C, "f"));
}

/* Only what is code counts. */
Test(prototype, comments_strings_and_directives_are_no_code) {
    static const row rows[] = {
        {"// kernel void f(int a) {}\n", "-"},
        {"// continued \\\nkernel void f(int a) {}\n", "-"},
        {"/* kernel void f(int a) {} */ kernel void f(int b) {}", "s b:int"},
        {"kernel void f(int /* a */ b, // c\n int d) {}", "s b:int, s d:int"},
        {"#define f(x) kernel void f(int x) {}\nkernel void f(int b) {}", "s b:int"},
        {"#define g \\\n kernel void f(int a) {}\n", "-"},
        {"constant char *s = \"kernel void f(int a) {} \\\" \"; kernel void f(int b) {}",
         "s b:int"},
        {"void f(int a) {}\nkernel void f(int b) {}", "s b:int"},
        {"void f(int a);\nkernel void g(int b) { f(b); }\nkernel void f(int c) {}", "s c:int"},
        {"kernel void g(int b) { f(b); }", "-g"},
        {"kernel void step_one(int b) {} kernel void ff(int b) {}", "-ff"},
        {"int f(int a) { return 1; }", "-"},
        {"", "-"},
        {"kernel void f(int a", "-"},
        {"/* never closed kernel void f(int a) {}", "-"},
        {"\"never closed\nkernel void f(int a) {}", "s a:int"},
        {"} ) ] kernel void f(int a) {}", "s a:int"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_str_eq(describe(rows[i].text, GF_OPENCL_C, "f"), rows[i].arguments, "%s: %s",
                         rows[i].text, describe(rows[i].text, GF_OPENCL_C, "f"));
}

Test(prototype, functions_of_c) {
    static const row rows[] = {
        {"void f(size_t begin, size_t end, const float *x, float *restrict y) {}",
         "s begin:size_t, s end:size_t, cp x:float, p y:float"},
        {"void f(int n, const double a[n], double b[static restrict 4][n]) {}",
         "s n:int, cp a:double, p b:double"},
        {"void f(int n, double (*grid)[n], const uint8_t (*restrict mask)[n]) {}",
         "s n:int, p grid:double, cp mask:uint8_t"},
        {"extern void f(unsigned long long n);\n", "s n:unsigned long long"},
        {"static inline __attribute__((noinline)) void f(double a) {}", "s a:double"},
        {"int g(int a) { f(1); return f(2); }\nvoid f(int b) {}", "s b:int"},
        {"int x = 3;\nint g(void);\n", "-g"},
        {"void f(int (*callback)(int, int), int n) {}", "p callback:int, s n:int"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *found = describe(rows[i].text, GF_C, "f");
        cr_expect_str_eq(found, rows[i].arguments, "%s: %s", rows[i].text, found);
    }
}

/* ---- Includes ---------------------------------------------------------- */

Test(prototype, included_files_are_part_of_the_text) {
    made_tree_write(root, "/inner.h", "kernel void f(int a) {}\n#include \"source\"\n");
    made_tree_write(root, "/deep/far.h", "kernel void g(int b) {}\n#include \"near.h\"\n");
    made_tree_write(root, "/deep/near.h", "kernel void h(int c) {}\n#include \"inner.h\"\n");
    static const char text[] = "# include \"inner.h\"\n#include <cmath>\n#include \"none.h\"\n"
                               "#include \"deep/far.h\"\n#include \"\n";
    cr_expect_str_eq(describe(text, GF_OPENCL_C, "f"), "s a:int");
    cr_expect_str_eq(describe(text, GF_OPENCL_C, "g"), "s b:int");
    cr_expect_str_eq(describe(text, GF_OPENCL_C, "h"), "s c:int");
}

Test(prototype, words_are_found_as_words) {
    const gf_source source =
        read_source("int TILE2 = TILE; /* OTHER */ x_TILE\n#pragma unroll UNROLL\n");
    cr_expect(gf_source_has_word(&source, "TILE"));
    cr_expect(gf_source_has_word(&source, "TILE2"));
    cr_expect(gf_source_has_word(&source, "UNROLL"));
    cr_expect_not(gf_source_has_word(&source, "OTHER"));
    cr_expect_not(gf_source_has_word(&source, "x"));
    cr_expect_not(source.pastes);
    cr_expect(read_source("#define a(b) b ## c\n").pastes);
}

Test(prototype, more_arguments_than_the_core_has_are_hidden) {
    char text[1024] = "kernel void f(int a0";
    for (int i = 1; i < GF_PROTOTYPE_ARGUMENTS; i++)
        sprintf(text + strlen(text), ", int a%d", i);
    const size_t length = strlen(text);
    strcpy(text + length, ") {}");
    cr_expect_eq(strncmp(describe(text, GF_OPENCL_C, "f"), "s a0:int, s a1:int", 18), 0);
    strcpy(text + length, ", int more) {}");
    cr_expect_str_eq(describe(text, GF_OPENCL_C, "f"), "?");
}
