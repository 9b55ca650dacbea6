#include "options/resume_command.h"

#include <stdlib.h>
#include <string.h>

#include "options/command_line.h"

static bool is_resume(const char *word) {
    return strcmp(word, "--resume") == 0 || strncmp(word, "--resume=", strlen("--resume=")) == 0;
}

/* By what has started this process; its own options are not known here. */
static const char *launcher(void) {
    if (getenv("SLURM_STEP_ID") != NULL && getenv("OMPI_COMM_WORLD_RANK") == NULL)
        return "srun";
    return getenv("PMI_RANK") != NULL ? "mpiexec" : "mpirun";
}

void resume_command_add(gf_text *text, int argc, char **argv, const char *directory,
                        uint32_t ranks) {
    if (ranks > 0)
        gf_text_add(text, "%s -n %u ", launcher(), ranks);
    gf_text_add(text, "gpufare");
    for (int i = 0; i < argc; i++) {
        if (!is_resume(argv[i]))
            command_line_add(text, argv[i]);
        else if (strchr(argv[i], '=') == NULL)
            i++;
    }
    command_line_add(text, "--resume");
    command_line_add(text, directory);
}
