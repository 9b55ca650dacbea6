#include "interrupt.h"
#include "job.h"
#include "options/help.h"
#include "standard_output.h"
#include "verbs/verbs.h"

/* Whoever gives no command waits for no driver that hangs. */
#define PATIENCE_S 10

enum situation { GPU_FOUND, CPU_DRIVER_ONLY, DRIVER_FAILED, NO_DRIVER, SITUATION_COUNT };
#define STEP_COUNT 3

struct step {
    const char *command, *purpose;
};

#define COMPARE_STEP                                                                               \
    { "gpufare compare julia", "times a problem on every device, with proof of the results" }
#define MODELS_STEP                                                                                \
    {                                                                                              \
        "gpufare advise diffusion --device-model rtx-4060,h100-pcie",                              \
            "says from data sheets whether a GPU that is not here would be worth it"               \
    }
#define OWN_KERNEL_STEP                                                                            \
    { "gpufare new saxpy", "makes a kernel to start from; then `gpufare compare ./saxpy`" }

static const struct step steps[SITUATION_COUNT][STEP_COUNT] = {
    [GPU_FOUND] = {COMPARE_STEP,
                   {"gpufare breakeven diffusion --sweep steps-per-transfer=1:1000",
                    "finds from how many steps between two transfers on the GPU is worth it"},
                   OWN_KERNEL_STEP},
    [CPU_DRIVER_ONLY] = {COMPARE_STEP, MODELS_STEP, OWN_KERNEL_STEP},
    [DRIVER_FAILED] = {{"gpufare doctor", "says what is wrong with the driver, and what fixes it"},
                       COMPARE_STEP,
                       MODELS_STEP},
    [NO_DRIVER] = {{"gpufare doctor",
                    "says why there is no OpenCL device, and what installs a driver; on Debian and "
                    "Ubuntu PoCL, for any CPU: sudo apt install pocl-opencl-icd"},
                   {"gpufare compare julia", "needs no driver: it times the native path"},
                   MODELS_STEP},
};

static const char *const remarks[SITUATION_COUNT] = {
    [GPU_FOUND] = "",
    [CPU_DRIVER_ONLY] = "No GPU was found; if there is one, `gpufare doctor` says why.\n",
    [DRIVER_FAILED] = "No GPU was found, and a driver failed.\n",
    [NO_DRIVER] = "No OpenCL device was found, only the native path.\n",
};

static enum situation judge(const gf_session *session) {
    bool has_driver = false;
    for (size_t i = 0; i < gf_session_device_count(session); i++) {
        const gf_device_info *info = gf_device_get_info(gf_session_device(session, i));
        if (info->device_class == GF_CLASS_GPU)
            return GPU_FOUND;
        has_driver = has_driver || info->device_class != GF_CLASS_NATIVE;
    }
    if (gf_session_failed_drivers(session) > 0)
        return DRIVER_FAILED;
    return has_driver ? CPU_DRIVER_ONLY : NO_DRIVER;
}

static void print_devices(const gf_session *session) {
    puts("On this machine:");
    for (size_t i = 0; i < gf_session_device_count(session); i++) {
        const gf_device_info *info = gf_device_get_info(gf_session_device(session, i));
        char text[512];
        snprintf(text, sizeof text, "%s, %u compute unit%s, %s", info->name, info->compute_units,
                 info->compute_units == 1 ? "" : "s",
                 info->device_class == GF_CLASS_NATIVE ? info->simd : info->kind);
        help_print_row(info->id, text);
    }
    for (size_t i = 0; i < gf_session_warning_count(session); i++)
        help_print_row("not used", gf_session_warning(session, i));
}

static gf_status propose(struct job *job, gf_error *error) {
    job->progress = progress_start("looking at the devices", false);
    gf_status status = job_open_session(job, error);
    if (status == GF_OK)
        status = gf_session_find_all(job->session, error);
    if (status == GF_OK)
        status = interrupt_check(error);
    progress_stop(&job->progress);
    if (status != GF_OK)
        return status;
    const enum situation situation = judge(job->session);
    print_devices(job->session);
    printf("%s\nThree commands to start with:\n", remarks[situation]);
    for (size_t i = 0; i < STEP_COUNT; i++)
        help_print_row(steps[situation][i].command, steps[situation][i].purpose);
    puts("\n`gpufare --help` lists all commands.");
    return standard_output_flush(error);
}

static void set_defaults(struct settings *settings) {
    settings_defaults(settings);
    settings->deadline_s = PATIENCE_S;
}

static const cli_group *const groups[] = {NULL};
const cli_command first_steps_command = {"",
                                         "",
                                         "Say what this machine has, and which commands fit it",
                                         groups,
                                         set_defaults,
                                         CLI_NONE,
                                         propose,
                                         CLI_RANKS_FIRST};
