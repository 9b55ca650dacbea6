/* Saved programs against a driver whose binaries, refusals and times the test decides: whatever is
 * wrong with a file, the program is compiled again. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "backends/opencl/programs/program_cache.h"
#include "made_tree.h"

/* ---- The driver -------------------------------------------------------- */

#define BINARY "what the compiler made"
#define LONG   UINT64_C(1000000000)

static int loads, compiled_objects;
static unsigned get_ms, load_ms;
static bool ends_at_load;

static void wait_ms(unsigned ms) {
    nanosleep(&(struct timespec){0, (long)ms * 1000000}, NULL);
}

static bool is_good(const unsigned char *binary, size_t length) {
    return length == sizeof BINARY && memcmp(binary, BINARY, length) == 0;
}

cl_program clCreateProgramWithBinary(cl_context context, cl_uint count, const cl_device_id *devices,
                                     const size_t *lengths, const unsigned char **binaries,
                                     cl_int *states, cl_int *code) {
    (void)context, (void)count, (void)devices;
    if (ends_at_load)
        _exit(9);
    wait_ms(load_ms);
    loads++;
    *states = *code = is_good(binaries[0], lengths[0]) ? CL_SUCCESS : CL_INVALID_BINARY;
    compiled_objects += *code == CL_SUCCESS;
    return *code == CL_SUCCESS ? (cl_program)&loads : NULL;
}

cl_int clBuildProgram(cl_program program, cl_uint count, const cl_device_id *devices,
                      const char *options, void(CL_CALLBACK *notify)(cl_program, void *),
                      void *data) {
    (void)program, (void)count, (void)devices, (void)options, (void)notify, (void)data;
    return CL_SUCCESS;
}

/* It has one kernel only. */
cl_kernel clCreateKernel(cl_program program, const char *name, cl_int *code) {
    (void)program;
    *code = strcmp(name, "kernel") == 0 ? CL_SUCCESS : CL_INVALID_KERNEL_NAME;
    compiled_objects += *code == CL_SUCCESS;
    return *code == CL_SUCCESS ? (cl_kernel)&loads : NULL;
}

cl_int clReleaseKernel(cl_kernel kernel) {
    (void)kernel;
    compiled_objects--;
    return CL_SUCCESS;
}

cl_int clReleaseProgram(cl_program program) {
    (void)program;
    compiled_objects--;
    return CL_SUCCESS;
}

cl_int clGetProgramInfo(cl_program program, cl_program_info parameter, size_t size, void *value,
                        size_t *size_ret) {
    (void)program, (void)size, (void)size_ret;
    wait_ms(get_ms / 2);
    if (parameter == CL_PROGRAM_BINARY_SIZES)
        *(size_t *)value = sizeof BINARY;
    else
        memcpy(*(unsigned char **)value, BINARY, sizeof BINARY);
    return CL_SUCCESS;
}

/* ---- What is tested ---------------------------------------------------- */

static gf_cl_device device;
static gf_program_key key;
static char *root;

static gf_program_key key_of(const char *source, const char *options, const char *signature) {
    const gf_program_text text = {&source, 1, options, signature};
    return gf_program_key_make(&device, &text);
}

static void set_up(void) {
    root = made_cache();
    device = (gf_cl_device){.simd = "f32x8"};
    device.name = strdup("a CPU");
    device.platform_name = strdup("a platform");
    device.driver = strdup("1.0");
    key = key_of("the source", "-D X", "");
    cr_assert_not_null(key.bytes);
}

static void tear_down(void) {
    cr_expect_eq(compiled_objects, 0, "%d objects are left", compiled_objects);
    free(device.name);
    free(device.platform_name);
    free(device.driver);
    free(key.bytes);
}

TestSuite(program_cache, .init = set_up, .fini = tear_down);

static bool load_as(const gf_program_key *which, const char *name) {
    const gf_loaded_program loaded = gf_program_load(&device, which, "-D X", name);
    cr_expect_eq(loaded.program == NULL, loaded.kernel == NULL);
    if (loaded.program == NULL)
        return false;
    cr_expect_eq(loaded.build_ns, LONG);
    clReleaseKernel(loaded.kernel);
    clReleaseProgram(loaded.program);
    return true;
}

static bool is_loaded(void) {
    return load_as(&key, "kernel");
}

static void save(void) {
    gf_program_save(&device, &key, (cl_program)&loads, LONG, true);
}

/* The path of the only file with this ending; "": there is none. */
static const char *only_file(const char *ending) {
    static char path[600];
    char folder[300];
    snprintf(folder, sizeof folder, "%s/gpufare", root);
    DIR *opened = opendir(folder);
    const struct dirent *item;
    path[0] = '\0';
    while (opened != NULL && (item = readdir(opened)) != NULL) {
        const char *at = strstr(item->d_name, ending);
        if (at != NULL && at[strlen(ending)] == '\0')
            snprintf(path, sizeof path, "%s/%s", folder, item->d_name);
    }
    if (opened != NULL)
        closedir(opened);
    return path;
}

static bool is_saved(void) {
    return only_file(".bin")[0] != '\0';
}

Test(program_cache, what_was_compiled_twice_is_loaded) {
    cr_expect(!is_loaded());
    gf_program_save(&device, &key, (cl_program)&loads, LONG, false);
    cr_expect(!is_loaded(), "the driver may keep it itself");
    save();
    cr_expect(is_loaded());
    gf_program_key second = key_of("another source", "-D X", "");
    gf_program_save(&device, &second, (cl_program)&loads, LONG, false);
    cr_expect(load_as(&second, "kernel"), "it is known now that the driver keeps nothing");
    free(second.bytes);
}

Test(program_cache, short_builds_are_not_saved) {
    gf_program_save(&device, &key, (cl_program)&loads, 40000000, true);
    cr_expect(!is_saved());
}

Test(program_cache, where_binaries_are_slow_to_get_none_is_saved) {
    get_ms = 120;
    gf_program_save(&device, &key, (cl_program)&loads, 100000000, true);
    cr_expect(!is_saved());
    get_ms = 0;
    save();
    cr_expect(!is_saved(), "it was found not to pay");
}

Test(program_cache, where_loading_takes_longer_than_compiling_it_ends) {
    const gf_saved_program saved = {(unsigned char *)strdup(BINARY), sizeof BINARY, 1000000};
    load_ms = 20;
    cr_assert(gf_program_file_write(&key, &saved));
    const gf_loaded_program loaded = gf_program_load(&device, &key, "", "kernel");
    cr_assert_not_null(loaded.program);
    clReleaseKernel(loaded.kernel);
    clReleaseProgram(loaded.program);
    cr_expect(!is_saved());
    save();
    cr_expect(!is_saved());
    free(saved.binary);
}

Test(program_cache, all_that_a_binary_depends_on_is_in_its_key) {
    save();
    static const char *const others[][3] = {
        {"the source ", "-D X", ""}, {"the source", "-D Y", ""}, {"the source", "-D X", "x 0 1"}};
    for (size_t i = 0; i < 3; i++) {
        gf_program_key other = key_of(others[i][0], others[i][1], others[i][2]);
        cr_expect(!load_as(&other, "kernel"), "%zu", i);
        free(other.bytes);
    }
    device.driver[0] = '2';
    gf_program_key other = key_of("the source", "-D X", "");
    cr_expect(!load_as(&other, "kernel"), "another driver");
    free(other.bytes);
    cr_expect(is_loaded());
}

Test(program_cache, a_source_that_includes_files_has_no_key) {
    cr_expect_null(key_of("int x;\n#  include \"x.h\"\n", "", "").bytes);
    gf_program_key good = key_of("/* halo included */", "", "");
    cr_expect_not_null(good.bytes);
    free(good.bytes);
}

/* ---- Files that are wrong ---------------------------------------------- */

static size_t read_file(const char *path, unsigned char *bytes, size_t size) {
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file);
    const size_t length = fread(bytes, 1, size, file);
    fclose(file);
    return length;
}

static void write_file(const char *path, const void *bytes, size_t length) {
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
}

static void expect_dropped(const char *what, size_t at) {
    loads = 0;
    cr_expect(!is_loaded(), "%s %zu", what, at);
    cr_expect_eq(loads, 0, "%s %zu: the driver got it", what, at);
    cr_expect(!is_saved(), "%s %zu: the file is still there", what, at);
}

Test(program_cache, torn_and_changed_files_are_dropped) {
    unsigned char bytes[4096];
    char path[600];
    save();
    snprintf(path, sizeof path, "%s", only_file(".bin"));
    const size_t length = read_file(path, bytes, sizeof bytes - 1);
    for (size_t cut = 0; cut < length; cut++) {
        write_file(path, bytes, cut);
        expect_dropped("cut at", cut);
    }
    for (size_t bit = 0; bit < 8 * length; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
        write_file(path, bytes, length);
        expect_dropped("bit", bit);
        bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
    }
    bytes[length] = 0;
    write_file(path, bytes, length + 1);
    expect_dropped("longer", length + 1);
    write_file(path, bytes, length);
    cr_expect(is_loaded(), "the file itself is right");
}

Test(program_cache, another_programs_file_is_dropped) {
    char path[600];
    unsigned char bytes[4096];
    save();
    snprintf(path, sizeof path, "%s", only_file(".bin"));
    cr_assert_eq(unlink(path), 0);
    gf_program_key other = key_of("another source", "-D X", "");
    gf_program_save(&device, &other, (cl_program)&loads, LONG, true);
    write_file(path, bytes, read_file(only_file(".bin"), bytes, sizeof bytes));
    cr_expect(!is_loaded());
    cr_expect_neq(access(path, F_OK), 0);
    cr_expect(load_as(&other, "kernel"));
    free(other.bytes);
}

Test(program_cache, a_pipe_in_its_place_is_not_waited_for) {
    char path[600];
    save();
    snprintf(path, sizeof path, "%s", only_file(".bin"));
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect(!is_loaded());
}

/* As of a device that was changed behind an unchanged name. */
Test(program_cache, what_the_driver_refuses_is_dropped) {
    const gf_saved_program foreign = {(unsigned char *)strdup("foreign"), 8, LONG};
    cr_assert(gf_program_file_write(&key, &foreign));
    cr_expect(!is_loaded());
    cr_expect_eq(loads, 1);
    cr_expect(!is_saved());
    save();
    cr_expect(!load_as(&key, "no_such_kernel"));
    cr_expect(!is_saved());
    free(foreign.binary);
}

static int in_child(void (*act)(void)) {
    int status = 0;
    const pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        act();
        _exit(0);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    return status;
}

static void load_and_end(void) {
    ends_at_load = true;
    (void)is_loaded();
}

Test(program_cache, what_has_ended_a_process_is_not_loaded_again) {
    save();
    cr_assert_eq(WEXITSTATUS(in_child(load_and_end)), 9);
    cr_expect_str_neq(only_file(".loading"), "");
    expect_dropped("after an end", 0);
    cr_expect_str_eq(only_file(".loading"), "");
    save();
    cr_expect(is_loaded());
}

/* ---- Many of them ------------------------------------------------------- */

static void save_and_load(void) {
    for (int i = 0; i < 50; i++) {
        save();
        if (!is_loaded())
            _exit(1);
    }
}

Test(program_cache, processes_may_save_and_load_at_once) {
    pid_t children[6];
    for (size_t i = 0; i < 6; i++) {
        children[i] = fork();
        cr_assert_geq(children[i], 0);
        if (children[i] == 0) {
            save_and_load();
            _exit(0);
        }
    }
    for (size_t i = 0; i < 6; i++) {
        int status = 0;
        cr_assert_eq(waitpid(children[i], &status, 0), children[i]);
        cr_expect_eq(status, 0, "process %zu saw a file that was not whole", i);
    }
    cr_expect(is_loaded());
}

Test(program_cache, the_least_recently_used_leave_first) {
    static const char *const sources[] = {"first", "second", "third"};
    gf_program_key keys[3];
    unsigned char bytes[4096];
    uint64_t all = 0;
    for (size_t i = 0; i < 3; i++) {
        keys[i] = key_of(sources[i], "-D X", "");
        gf_program_save(&device, &keys[i], (cl_program)&loads, LONG, true);
        wait_ms(20);
        if (i == 0)
            all = read_file(only_file(".bin"), bytes, sizeof bytes);
    }
    cr_assert(load_as(&keys[0], "kernel"));
    gf_program_files_trim(3 * all + 10);
    cr_expect(load_as(&keys[1], "kernel"));
    wait_ms(20);
    cr_assert(load_as(&keys[0], "kernel"));
    gf_program_files_trim(2 * all + 10);
    cr_expect(!load_as(&keys[2], "kernel"));
    cr_expect(load_as(&keys[0], "kernel"));
    cr_expect(load_as(&keys[1], "kernel"));
    gf_program_files_trim(0);
    cr_expect(!is_saved());
    for (size_t i = 0; i < 3; i++)
        free(keys[i].bytes);
}
