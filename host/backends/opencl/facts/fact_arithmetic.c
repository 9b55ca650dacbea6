#include "backends/opencl/facts/fact_arithmetic.h"

#include <stdio.h>
#include <stdlib.h>

#include "backends/opencl/facts/fact_judge.h"

static const gf_fact_cases *cases_of(const gf_fact_set *set) {
    return set->bits == 64 ? &gf_fact_cases_f64 : &gf_fact_cases_f32;
}

static bool has_operation(const gf_fact_set *set, gf_operation operation) {
    return (set->operations & 1u << operation) != 0;
}

/* Memory for one launch: for each case its number among all, four words of input and a result. */
typedef struct paper {
    size_t *which;
    uint64_t *in, *out;
    size_t count;
} paper;

static void discard(paper *used) {
    free(used->which);
    free(used->in);
    free(used->out);
}

static bool write_cases(const gf_fact_set *set, paper *made) {
    const gf_fact_cases *all = cases_of(set);
    *made = (paper){calloc(all->count, sizeof(size_t)), calloc(4 * all->count, sizeof(uint64_t)),
                    calloc(all->count, sizeof(uint64_t)), 0};
    if (made->which == NULL || made->in == NULL || made->out == NULL)
        return false;
    for (size_t i = 0; i < all->count; i++) {
        const gf_fact_case *one = &all->cases[i];
        if (!has_operation(set, one->operation))
            continue;
        uint64_t *words = made->in + 4 * made->count;
        words[0] = one->operation;
        words[1] = one->a;
        words[2] = one->b;
        words[3] = one->c;
        made->which[made->count++] = i;
    }
    return true;
}

static cl_int run(const gf_fact_bench *bench, const gf_fact_kernel *kernel, const gf_fact_set *set,
                  gf_fact *facts) {
    paper used;
    cl_int code = CL_OUT_OF_HOST_MEMORY;
    if (write_cases(set, &used)) {
        const gf_fact_launch launch = {.in = used.in,
                                       .in_count = 4 * used.count,
                                       .out = used.out,
                                       .out_count = used.count,
                                       .global = used.count};
        code = gf_fact_launch_kernel(bench, kernel, &launch);
    }
    if (code == CL_SUCCESS)
        gf_fact_judge(cases_of(set), used.which, used.out, used.count, set->bits, set->by_default,
                      facts);
    discard(&used);
    return code;
}

bool gf_fact_find_arithmetic(const gf_fact_bench *bench, const gf_fact_set *set, gf_fact *facts,
                             bool *compiles, char trouble[GF_FACT_TROUBLE]) {
    char options[96];
    snprintf(options, sizeof options, "-D GF_ARITHMETIC=%d -D GF_OPERATIONS=%u%s", set->bits,
             set->operations, set->by_default ? " -D GF_DEFAULT_CONTRACTION" : "");
    gf_fact_kernel kernel = gf_fact_compile(bench, "gf_fact_arithmetic", options);
    cl_int code = CL_SUCCESS;
    if (kernel.kernel != NULL)
        code = run(bench, &kernel, set, facts);
    const bool found = kernel.kernel != NULL && code == CL_SUCCESS;
    if (code != CL_SUCCESS)
        gf_fact_format_code(code, kernel.trouble, sizeof kernel.trouble);
    *compiles = kernel.compiles;
    snprintf(trouble, GF_FACT_TROUBLE, "%s", kernel.trouble);
    gf_fact_release(&kernel);
    return found;
}
