#include "backends/opencl/facts/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/opencl/cl/cl_query.h"
#include "backends/opencl/facts/fact_arithmetic.h"
#include "backends/opencl/facts/fact_cases.h"
#include "backends/opencl/facts/fact_limits.h"
#include "backends/opencl/facts/fact_store.h"
#include "base/array.h"
#include "base/cancel.h"

/* ---- Claims ------------------------------------------------------------ */

static void claim(gf_fact *fact, uint64_t value) {
    fact->claimed = true;
    fact->claim = value;
}

static void claim_flag(gf_fact *fact, uint64_t config, cl_device_fp_config flag) {
    claim(fact, (config & flag) != 0);
}

/* OpenCL C demands an exact fma(), and exact division and roots of f64; flags say other things of
 * them. */
static void claim_arithmetic(gf_fact *facts, uint64_t config, bool f64) {
    claim_flag(&facts[GF_FACT_ADD], config, CL_FP_ROUND_TO_NEAREST);
    claim_flag(&facts[GF_FACT_MULTIPLY], config, CL_FP_ROUND_TO_NEAREST);
    claim_flag(&facts[GF_FACT_ADD_DENORMALS], config, CL_FP_DENORM);
    claim_flag(&facts[GF_FACT_MULTIPLY_DENORMALS], config, CL_FP_DENORM);
    claim_flag(&facts[GF_FACT_FMA_DENORMALS], config, CL_FP_DENORM);
    const uint64_t exact = f64 || (config & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
    claim(&facts[GF_FACT_DIVIDE], exact);
    claim(&facts[GF_FACT_SQUARE_ROOT], exact);
}

/* A group of one dimension may have no more than is claimed for that. */
static uint64_t claimed_work_group(cl_device_id id, const gf_device_info *device) {
    size_t sizes[8] = {0};
    const uint64_t most = device->max_work_group_size;
    const cl_int code =
        clGetDeviceInfo(id, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof sizes, sizes, NULL);
    return code == CL_SUCCESS && sizes[0] > 0 && sizes[0] < most ? sizes[0] : most;
}

void gf_facts_read_claims(cl_device_id id, const gf_device_info *device, gf_fact *facts) {
    memset(facts, 0, GF_FACT_COUNT * sizeof *facts);
    claim_arithmetic(facts, gf_cl_device_u64(id, CL_DEVICE_SINGLE_FP_CONFIG), false);
    if (device->f64)
        claim_arithmetic(facts + GF_FACT_F64, gf_cl_device_u64(id, CL_DEVICE_DOUBLE_FP_CONFIG),
                         true);
    claim(&facts[GF_FACT_LOCAL_MEMORY], device->local_memory_bytes);
    claim(&facts[GF_FACT_WORK_GROUP], claimed_work_group(id, device));
}

/* ---- What is tried ----------------------------------------------------- */

#define OPERATION(name) (1u << GF_OPERATION_##name)
#define FACT(name)      (1u << GF_FACT_##name)
#define CONTRACTED                                                                                 \
    (OPERATION(SUM_OF_PRODUCT) | OPERATION(LATER_SUM) | OPERATION(LESS_PRODUCT) |                  \
     OPERATION(SQUARES))

/* Facts of one precision that one kernel can find out. */
typedef struct group {
    const char *name;
    uint32_t operations, facts;
    bool by_default;
    bool together; /* with the others that have it, in one kernel */
} group;

static const group groups[] = {
    {"contraction", CONTRACTED, FACT(SEPARATE), false, true},
    {"sums", OPERATION(ADD), FACT(ADD) | FACT(ADD_DENORMALS), false, true},
    {"products", OPERATION(MULTIPLY), FACT(MULTIPLY) | FACT(MULTIPLY_DENORMALS), false, true},
    {"quotients", OPERATION(DIVIDE), FACT(DIVIDE), false, true},
    {"square roots", OPERATION(SQUARE_ROOT), FACT(SQUARE_ROOT), false, true},
    {"contraction by default", CONTRACTED, FACT(SEPARATE_BY_DEFAULT), true, false},
    {"fma", OPERATION(FMA), FACT(FMA) | FACT(FMA_DENORMALS), false, true},
};

/* A limit, which has a kernel of its own; the kernels may be in one program. */
typedef struct limit {
    const char *name;
    gf_fact_kind fact;
    void (*find)(const gf_fact_bench *bench, gf_fact *fact);
} limit;

static const limit limits[] = {
    {"loops", GF_FACT_ROUNDS, gf_fact_find_rounds},
    {"local memory", GF_FACT_LOCAL_MEMORY, gf_fact_find_local_memory},
    {"work-groups", GF_FACT_WORK_GROUP, gf_fact_find_work_group},
};

typedef struct search {
    gf_fact_bench bench;
    gf_fact_key key;
    gf_fact *facts;
    char attempted[64]; /* what the driver's process before this one ended of; "" */
    const volatile sig_atomic_t *cancel;
} search;

/* Notes what is tried next. False: it is not to be tried. */
static bool begin(search *s, const char *name) {
    if (gf_cancelled(s->cancel) || strcmp(s->attempted, name) == 0)
        return false;
    gf_fact_save(&s->key, s->facts, name, false);
    return true;
}

static void set_state(gf_fact *fact, gf_fact_state state, const char *why) {
    fact->state = state;
    fact->value = 0;
    snprintf(fact->why, sizeof fact->why, "%s", why);
}

static const char died[] = "the driver's process ended while this was tried";

/* ---- Arithmetic -------------------------------------------------------- */

static void name_of(const char *name, int bits, char *text, size_t size) {
    snprintf(text, size, "f%d %s", bits, name);
}

static bool is_untried(const group *g, const gf_fact *facts) {
    for (uint32_t i = 0; i < GF_FACT_F64; i++) {
        if ((g->facts >> i & 1) != 0 && facts[i].state == GF_FACT_UNTRIED)
            return true;
    }
    return false;
}

static void set_group(const group *g, gf_fact_state state, const char *why, gf_fact *facts) {
    for (uint32_t i = 0; i < GF_FACT_F64; i++) {
        if ((g->facts >> i & 1) != 0)
            set_state(&facts[i], state, why);
    }
}

/* Most drivers do all of these in one kernel, which saves compiling. Those that do not, because
 * they lack fma() for instance, get a kernel for each group. */
static void find_together(search *s, int bits, gf_fact *facts) {
    gf_fact_set set = {bits, 0, false};
    char name[64], trouble[GF_FACT_TROUBLE];
    bool compiles;
    for (size_t i = 0; i < GF_COUNT_OF(groups); i++) {
        if (groups[i].together && !is_untried(&groups[i], facts))
            return;
        set.operations |= groups[i].together ? groups[i].operations : 0;
    }
    name_of("arithmetic", bits, name, sizeof name);
    if (begin(s, name))
        (void)gf_fact_find_arithmetic(&s->bench, &set, facts, &compiles, trouble);
}

static void find_group(search *s, const group *g, int bits, gf_fact *facts) {
    const gf_fact_set set = {bits, g->operations, g->by_default};
    char name[64], trouble[GF_FACT_TROUBLE];
    bool compiles = true;
    name_of(g->name, bits, name, sizeof name);
    if (!is_untried(g, facts) || !begin(s, name) ||
        gf_fact_find_arithmetic(&s->bench, &set, facts, &compiles, trouble))
        return;
    /* What does not compile can't be used: that much is known. */
    set_group(g, compiles ? GF_FACT_UNKNOWN : GF_FACT_KNOWN, trouble, facts);
}

static void find_arithmetic(search *s, int bits, gf_fact *facts) {
    find_together(s, bits, facts);
    for (size_t i = 0; i < GF_COUNT_OF(groups); i++)
        find_group(s, &groups[i], bits, facts);
}

/* ---- All --------------------------------------------------------------- */

/* Before anything else is tried, and kept with that: it would be forgotten otherwise. */
static void mark_fatal(const search *s) {
    for (int bits = 32; bits <= 64; bits += 32) {
        for (size_t i = 0; i < GF_COUNT_OF(groups); i++) {
            char name[64];
            name_of(groups[i].name, bits, name, sizeof name);
            if (strcmp(s->attempted, name) == 0)
                set_group(&groups[i], GF_FACT_UNKNOWN, died,
                          s->facts + (bits == 64 ? GF_FACT_F64 : 0));
        }
    }
    for (size_t i = 0; i < GF_COUNT_OF(limits); i++) {
        if (strcmp(s->attempted, limits[i].name) == 0)
            set_state(&s->facts[limits[i].fact], GF_FACT_UNKNOWN, died);
    }
}

static void find_limit(search *s, const limit *l) {
    gf_fact *fact = &s->facts[l->fact];
    if (fact->state == GF_FACT_UNTRIED && begin(s, l->name))
        l->find(&s->bench, fact);
}

/* What a driver can't compile must not take the others along, nor what ends its process: then each
 * is compiled alone. */
static void find_limits(search *s) {
    if (begin(s, "limits"))
        s->bench.limits = gf_fact_compile_limits(&s->bench);
    for (size_t i = 0; i < GF_COUNT_OF(limits); i++)
        find_limit(s, &limits[i]);
    if (s->bench.limits != NULL)
        clReleaseProgram(s->bench.limits);
}

/* Where calls are counted, kernels that only run once a driver must not be. */
static bool is_overridden(void) {
    const char *text = getenv("GPUFARE_FACTS");
    return text != NULL && strcmp(text, "0") == 0;
}

bool gf_facts_load(const gf_device_info *device, gf_fact *facts) {
    char ignored[64];
    const gf_fact_key key = gf_fact_key_of(device, facts);
    return is_overridden() || gf_fact_load(&key, facts, ignored, sizeof ignored);
}

void gf_facts_find(const gf_fact_bench *bench, const gf_device_info *device,
                   const volatile sig_atomic_t *cancel, gf_fact *facts) {
    search s = {
        .bench = *bench, .key = gf_fact_key_of(device, facts), .facts = facts, .cancel = cancel};
    if (is_overridden() || gf_fact_load(&s.key, facts, s.attempted, sizeof s.attempted))
        return;
    mark_fatal(&s);
    find_arithmetic(&s, 32, facts);
    if (device->f64)
        find_arithmetic(&s, 64, facts + GF_FACT_F64);
    find_limits(&s);
    gf_fact_save(&s.key, facts, "", !gf_cancelled(cancel));
}

static uint64_t lower_of(uint64_t claimed, const gf_fact *fact) {
    return fact->state == GF_FACT_KNOWN && fact->value < claimed ? fact->value : claimed;
}

void gf_facts_apply(const gf_fact *facts, gf_device_info *device) {
    device->local_memory_bytes = lower_of(device->local_memory_bytes, &facts[GF_FACT_LOCAL_MEMORY]);
    device->max_work_group_size =
        (size_t)lower_of(device->max_work_group_size, &facts[GF_FACT_WORK_GROUP]);
}
