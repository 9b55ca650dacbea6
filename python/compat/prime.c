#include "python/compat/prime.h"

#include <stdatomic.h>

#include "workloads/prime/candidates.h"

/* The build reads this line. */
#define KERNEL "prime"

#define LIMIT (UINT64_C(1) << 63)

/* Candidates of one block, as in cpu/prime_blocks.h, and blocks of one part: some tens of
 * microseconds of work. */
#define BLOCK       256
#define PART_BLOCKS UINT32_C(1024)

typedef struct search {
    uint64_t number;
    uint32_t candidates, blocks;
    _Atomic uint32_t smallest; /* divisor that is known; 0: none */
} search;

static void note_divisor(search *s, uint32_t divisor) {
    uint32_t known = atomic_load(&s->smallest);
    while ((known == 0 || divisor < known) &&
           !atomic_compare_exchange_weak(&s->smallest, &known, divisor))
        continue;
}

/* Parts begin in ascending order: once a divisor is known, those that have not begun have none that
 * is smaller. */
static void search_part(void *call, size_t part) {
    search *const s = call;
    if (atomic_load(&s->smallest) != 0)
        return;
    const uint32_t first = (uint32_t)part * PART_BLOCKS, rest = s->blocks - first;
    uint32_t found[2] = {0, 0}; /* the smallest divisor, the blocks that were searched */
    void *const buffers[] = {found};
    const gf_scalar scalars[] = {
        {"number", GF_TYPE_U64, {.u64 = s->number}},
        {"candidates", GF_TYPE_U32, {.u32 = s->candidates}},
        {"first_block", GF_TYPE_U32, {.u32 = first}},
        {"blocks", GF_TYPE_U32, {.u32 = rest < PART_BLOCKS ? rest : PART_BLOCKS}}};
    gf_compat_call(
        KERNEL, (gf_kernel_args){
                    .buffers = buffers, .buffer_count = 1, .scalars = scalars, .scalar_count = 4});
    if (found[0] != 0)
        note_divisor(s, found[0]);
}

/* The first parts find the divisors of most numbers, in less time than threads take to start. */
#define ALONE 4

static void search_rest(void *call, size_t part) {
    search_part(call, part + ALONE);
}

uint64_t smallest_divisor(uint64_t number, uint32_t threads) {
    if (number < 2 || number >= LIMIT)
        return 0;
    search s = {.number = number, .candidates = gf_prime_candidates(number)};
    s.blocks = s.candidates / BLOCK + (s.candidates % BLOCK != 0 ? 1 : 0);
    const size_t parts = s.blocks / PART_BLOCKS + (s.blocks % PART_BLOCKS != 0 ? 1 : 0);
    for (size_t part = 0; part < ALONE && part < parts; part++)
        search_part(&s, part);
    if (parts > ALONE && s.smallest == 0)
        gf_compat_share(threads, parts - ALONE, search_rest, &s);
    return s.smallest != 0 ? s.smallest : number;
}

int check_prime(uint64_t number) {
    if (number >= LIMIT)
        return -1;
    return number >= 2 && smallest_divisor(number, 1) == number ? 1 : 0;
}
