/* Energy, read from trees and a library whose truth is known. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "made_tree.h"
#include "measure/energy/energy.h"
#include "os/power/power.h"

#define RAPL    "/sys/class/powercap/intel-rapl:0"
#define DRAM    "/sys/class/powercap/intel-rapl:0:1"
#define CARD    "/sys/bus/pci/devices/0000:03:00.0"
#define NVIDIA  "PCI 0000:65:00.0"
#define SPAN_NS 300000000

static void wait_ns(long ns) {
    const struct timespec pause = {0, ns};
    nanosleep(&pause, NULL);
}

static gf_power open_power(const gf_power_place *place) {
    gf_power power;
    gf_power_open(place, &power);
    return power;
}

static gf_power_span span_of(gf_power *power, long ns) {
    gf_power_span span;
    cr_assert(gf_power_begin(power, &span));
    wait_ns(ns);
    gf_power_end(power, &span);
    return span;
}

/* ---- RAPL -------------------------------------------------------------- */

static char *make_rapl(const char *energy_uj) {
    char *root = made_folder();
    made_tree_write(root, RAPL "/name", "package-0\n");
    made_tree_write(root, RAPL "/energy_uj", energy_uj);
    made_tree_write(root, RAPL "/max_energy_range_uj", "1000000\n");
    made_tree_write(root, "/sys/class/powercap/intel-rapl:0:0/name", "core\n");
    made_tree_write(root, "/sys/class/powercap/intel-rapl:0:0/energy_uj", "77\n");
    made_tree_write(root, "/sys/class/powercap/intel-rapl:0:0/max_energy_range_uj", "1000000\n");
    return root;
}

static double joules_now(gf_power *power) {
    gf_power_reading reading;
    cr_assert(power->sensors[0].source->read(power->sensors[0].state, 0, &reading));
    return reading.joules;
}

Test(power, packages_and_their_memory_are_counted_and_parts_of_them_are_not) {
    char *root = make_rapl("500000\n");
    made_tree_write(root, DRAM "/name", "dram\n");
    made_tree_write(root, DRAM "/energy_uj", "10\n");
    made_tree_write(root, DRAM "/max_energy_range_uj", "65000\n");
    gf_power power = open_power(&(gf_power_place){.root = root, .is_host = true});
    cr_assert_eq(power.count, 1);
    cr_expect(strstr(power.sensors[0].name, "package-0") != NULL);
    cr_expect(strstr(power.sensors[0].name, "dram") != NULL);
    cr_expect_eq(joules_now(&power), 0);
    made_tree_write(root, RAPL "/energy_uj", "700000\n");
    made_tree_write(root, DRAM "/energy_uj", "50010\n");
    made_tree_write(root, "/sys/class/powercap/intel-rapl:0:0/energy_uj", "900000\n");
    cr_expect_float_eq(joules_now(&power), 0.25, 1e-9);
    gf_power_close(&power);
}

Test(power, a_counter_that_wraps_around_goes_on) {
    char *root = make_rapl("999000\n");
    gf_power power = open_power(&(gf_power_place){.root = root, .is_host = true});
    cr_assert_eq(power.count, 1);
    made_tree_write(root, RAPL "/energy_uj", "4000\n");
    cr_expect_float_eq(joules_now(&power), 0.005, 1e-9);
    made_tree_write(root, RAPL "/energy_uj", "3000\n");
    cr_expect_float_eq(joules_now(&power), 0.005 + 0.999, 1e-9);
    gf_power_close(&power);
}

#define ROUND_UJ 6000000

/* Adds 12 mJ at a time, and notes how much it has added. */
typedef struct meter {
    const char *root;
    atomic_ulong uj;
    atomic_bool stop;
} meter;

static void *turn(void *context) {
    meter *of = context;
    while (!of->stop) {
        char path[512], text[32];
        of->uj += 12000;
        snprintf(path, sizeof path, "%s" RAPL "/energy_uj", of->root);
        FILE *file = fopen(path, "r+"); /* as long as before, so that no reader sees half of it */
        if (file == NULL)
            return NULL;
        snprintf(text, sizeof text, "%012lu\n", of->uj % ROUND_UJ);
        fwrite(text, 1, strlen(text), file);
        fclose(file);
        wait_ns(1000000);
    }
    return NULL;
}

Test(power, the_energy_of_a_result_is_right_within_one_per_cent_over_wraparounds) {
    char *root = make_rapl("000000000000\n");
    made_tree_write(root, RAPL "/max_energy_range_uj", "6000000\n");
    meter of = {.root = root};
    pthread_t thread;
    gf_power power = open_power(&(gf_power_place){.root = root, .is_host = true});
    gf_energy energy = {.sensor_count = 1, .parts = {[GF_ENERGY_TOTAL] = {.repeats = 20}}};
    cr_assert_eq(pthread_create(&thread, NULL, turn, &of), 0);
    while (of.uj == 0)
        wait_ns(1000000);
    gf_power_span *span = &energy.parts[GF_ENERGY_TOTAL].span;
    const unsigned long before_uj = of.uj;
    cr_assert(gf_power_begin(&power, span));
    while (of.uj < before_uj + 9000000) /* once or twice round */
        wait_ns(1000000);
    gf_power_end(&power, span);
    const double right = (double)(of.uj - before_uj) * 1e-6;
    of.stop = true;
    pthread_join(thread, NULL);
    cr_expect_float_eq(gf_energy_joules(&energy, 0, GF_ENERGY_TOTAL), right / 20,
                       0.01 * right / 20 + 2 * 0.012 / 20);
    cr_expect_float_eq(gf_energy_of_result(&energy), right / 20, 0.02 * right / 20);
    gf_power_close(&power);
}

Test(power, a_counter_that_only_root_may_read_is_named) {
    char *root = make_rapl("5\n"), path[512];
    snprintf(path, sizeof path, "%s" RAPL "/energy_uj", root);
    cr_assert_eq(chmod(path, 0000), 0);
    cr_assert_eq(chmod(root, 0755), 0);
    for (const char *folder = "/sys"; folder != NULL;
         folder = strcmp(folder, "/sys") == 0         ? "/sys/class"
                  : strcmp(folder, "/sys/class") == 0 ? "/sys/class/powercap"
                                                      : NULL) {
        snprintf(path, sizeof path, "%s%s", root, folder);
        cr_assert_eq(chmod(path, 0755), 0);
    }
    snprintf(path, sizeof path, "%s" RAPL, root);
    cr_assert_eq(chmod(path, 0755), 0);
    if (geteuid() == 0) /* whom no mode keeps out */
        cr_assert_eq(seteuid(65534), 0);
    gf_power power = open_power(&(gf_power_place){.root = root, .is_host = true});
    cr_expect_eq(power.count, 0);
    cr_expect(strstr(power.why, "only root may read") != NULL, "%s", power.why);
    gf_power_close(&power);
    (void)!seteuid(getuid());
}

Test(power, a_counter_that_vanishes_leaves_no_figure) {
    char *root = make_rapl("5\n"), path[512];
    gf_power power = open_power(&(gf_power_place){.root = root, .is_host = true});
    gf_power_span span;
    cr_assert_eq(power.count, 1);
    cr_assert(gf_power_begin(&power, &span));
    snprintf(path, sizeof path, "%s" RAPL "/energy_uj", root);
    cr_assert_eq(remove(path), 0);
    wait_ns(30000000);
    gf_power_end(&power, &span);
    cr_expect_lt(span.joules[0], 0);
    gf_power_close(&power);
}

Test(power, a_system_without_counters_says_so) {
    char *root = made_folder();
    gf_power power = open_power(&(gf_power_place){.root = root, .is_host = true});
    cr_expect_eq(power.count, 0);
    cr_expect_str_eq(power.why, "RAPL: /sys/class/powercap is not there");
    gf_power_close(&power);
}

/* ---- amdgpu ------------------------------------------------------------ */

Test(power, the_power_of_an_amd_card_is_added_up) {
    char *root = made_folder();
    made_tree_write(root, CARD "/vendor", "0x1002\n");
    made_tree_write(root, CARD "/gpu_busy_percent", "40\n");
    made_tree_write(root, CARD "/hwmon/hwmon3/power1_average", "50000000\n");
    const gf_power_place place = {.root = root, .chip = "PCI 0000:03:00.0; part 1"};
    gf_power power = open_power(&place);
    cr_assert_eq(power.count, 1);
    cr_expect(gf_power_has_device(&power, &place));
    cr_expect_str_eq(power.sensors[0].name, "amdgpu 0000:03:00.0");
    const gf_power_span span = span_of(&power, SPAN_NS);
    cr_expect_float_eq(span.joules[0], 50 * span.seconds, 0.5 * span.seconds);
    cr_expect_float_eq(span.busy[0], 0.4, 1e-9);
    gf_power_close(&power);
}

Test(power, the_card_of_another_maker_is_none_of_amd) {
    char *root = made_folder();
    made_tree_write(root, CARD "/vendor", "0x10de\n");
    gf_power power = open_power(&(gf_power_place){.root = root, .chip = "PCI 0000:03:00.0"});
    cr_expect_eq(power.count, 0);
    cr_expect(strstr(power.why, "0000:03:00.0 is no GPU of AMD's") != NULL, "%s", power.why);
    gf_power_close(&power);
}

/* ---- NVML -------------------------------------------------------------- */

static gf_power open_nvml(const char *mode, const char *chip) {
    setenv("FAKE_NVML", mode, 1);
    return open_power(
        &(gf_power_place){.root = "/nonexistent", .nvml = FAKE_NVML_LIBRARY, .chip = chip});
}

static void expect_100_watts(gf_power power, const char *name) {
    cr_assert_eq(power.count, 1, "%s", power.why);
    cr_expect_str_eq(power.sensors[0].name, name);
    const gf_power_span span = span_of(&power, SPAN_NS);
    cr_expect_float_eq(span.joules[0], 100 * span.seconds, 1.0 * span.seconds + 0.002);
    cr_expect_float_eq(span.busy[0], 0.75, 1e-9);
    gf_power_close(&power);
}

Test(power, nvml_counts_energy) {
    expect_100_watts(open_nvml("energy", NVIDIA), "NVML energy");
}

Test(power, nvml_without_a_counter_has_its_power_added_up) {
    expect_100_watts(open_nvml("power", NVIDIA), "NVML power, added up");
}

Test(power, nvml_finds_a_device_by_its_uuid) {
    expect_100_watts(open_nvml("energy", "UUID 0123456789abcdef0123456789abcdef"), "NVML energy");
}

static void expect_no_nvml(gf_power power, const char *why) {
    cr_expect_eq(power.count, 0);
    cr_expect(strstr(power.why, why) != NULL, "%s", power.why);
    gf_power_close(&power);
}

Test(power, nvml_that_can_tell_nothing_says_why) {
    expect_no_nvml(open_nvml("none", NVIDIA), "NVML tells neither its energy nor its power");
    expect_no_nvml(open_nvml("broken", NVIDIA), "NVML does not start");
    expect_no_nvml(open_nvml("energy", "PCI 0000:66:00.0"), "NVML does not know this device");
    expect_no_nvml(open_nvml("energy", "the host's CPU"), "NVML does not know this device");
    expect_no_nvml(open_power(&(gf_power_place){
                       .root = "/nonexistent", .nvml = "/nonexistent/lib.so", .chip = NVIDIA}),
                   "NVML: libnvidia-ml.so.1 is not installed");
}
