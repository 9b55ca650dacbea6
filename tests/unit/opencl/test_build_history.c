/* Whether a build is cold: the caches of drivers decide, wherever they are. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "backends/opencl/cl/build_history.h"
#include "base/array.h"
#include "made_tree.h"

static const gf_build_id build = {
    .device = "a GPU", .driver = "1.0", .options = "-D X", .source_hash = 7};

static gf_build_state state_of(uint64_t build_ns, uint64_t cold_ns) {
    gf_build_history history;
    gf_build_history_update(&build, build_ns, &history);
    cr_expect_eq(history.cold_ns, cold_ns, "%llu", (unsigned long long)history.cold_ns);
    return history.state;
}

static char *make_caches(void) {
    static const char *const variables[] = {"POCL_CACHE_DIR", "CUDA_CACHE_PATH", "NEO_CACHE_DIR",
                                            "MESA_SHADER_CACHE_DIR"};
    char *root = made_cache();
    for (size_t i = 0; i < GF_COUNT_OF(variables); i++)
        unsetenv(variables[i]);
    setenv("HOME", root, 1);
    return root;
}

static void set_below(const char *variable, const char *root, const char *folder) {
    char path[300];
    snprintf(path, sizeof path, "%s/%s", root, folder);
    setenv(variable, path, 1);
}

Test(build_history, the_slowest_build_is_the_cold_one) {
    make_caches();
    cr_expect_eq(state_of(500, 500), GF_BUILD_COLD);
    cr_expect_eq(state_of(20, 500), GF_BUILD_WARM);
    cr_expect_eq(state_of(600, 600), GF_BUILD_WARM);
    cr_expect_eq(state_of(20, 600), GF_BUILD_WARM);
}

/* A cache that was removed, or is elsewhere now, holds no program. */
Test(build_history, another_cache_makes_the_next_build_cold) {
    static const struct {
        const char *variable, *folder, *otherwise;
    } caches[] = {{"POCL_CACHE_DIR", "", "pocl/kcache"},
                  {"CUDA_CACHE_PATH", "", ".nv/ComputeCache"},
                  {"NEO_CACHE_DIR", "", "neo_compiler_cache"},
                  {"MESA_SHADER_CACHE_DIR", "/mesa_shader_cache", "mesa_shader_cache"},
                  {"MESA_SHADER_CACHE_DIR", "/mesa_shader_cache_db", "mesa_shader_cache_db"}};
    for (size_t i = 0; i < GF_COUNT_OF(caches); i++) {
        char file[200], *root = make_caches();
        cr_expect_eq(state_of(500, 500), GF_BUILD_COLD);
        snprintf(file, sizeof file, "/%s/x", caches[i].otherwise);
        made_tree_write(root, file, "");
        cr_expect_eq(state_of(400, 400), GF_BUILD_COLD, "%s: is not looked at", file);
        cr_expect_eq(state_of(20, 400), GF_BUILD_WARM, "%s", file);
        set_below(caches[i].variable, root, "elsewhere");
        cr_expect_eq(state_of(300, 300), GF_BUILD_COLD, "%s", caches[i].variable);
        snprintf(file, sizeof file, "/elsewhere%s/x", caches[i].folder);
        made_tree_write(root, file, "");
        cr_expect_eq(state_of(200, 200), GF_BUILD_COLD, "%s", caches[i].variable);
        cr_expect_eq(state_of(20, 200), GF_BUILD_WARM, "%s", caches[i].variable);
    }
}
