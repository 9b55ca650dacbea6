#include "problem/parts/fits.h"

#include "problem/problem.h"

bool gf_problem_fits(const gf_problem *problem, const gf_memory_limits *limits, gf_misfit *why) {
    const gf_misfit sizes[] = {{false, gf_problem_bytes(problem), limits->total},
                               {true, gf_problem_largest_buffer(problem), limits->one_buffer}};
    for (int i = 0; i < 2; i++) {
        *why = sizes[i];
        if (why->limit > 0 && why->needed > why->limit)
            return false;
    }
    return true;
}
