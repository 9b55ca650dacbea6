#include "options/resume_command.h"

#include <stdlib.h>
#include <string.h>

#include "options/command_line.h"

static bool is_resume(const char *word) {
    return strcmp(word, "--resume") == 0 || strncmp(word, "--resume=", strlen("--resume=")) == 0;
}

/* Tasks of srun are ranks of one job by the interface that was asked for. */
static void add_srun(gf_text *text) {
    const char *type = getenv("SLURM_MPI_TYPE");
    gf_text_add(text, "srun -K ");
    if (type != NULL)
        gf_text_add(text, "--mpi=%s ", type);
}

/* By what has started this process; its other options are not known here. */
static void add_launcher(gf_text *text) {
    if (getenv("SLURM_STEP_ID") != NULL && getenv("OMPI_COMM_WORLD_RANK") == NULL)
        add_srun(text);
    else
        gf_text_add(text, "%s ", getenv("PMI_RANK") != NULL ? "mpiexec" : "mpirun");
}

void resume_command_add(gf_text *text, int argc, char **argv, const char *directory,
                        uint32_t ranks) {
    if (ranks > 0) {
        add_launcher(text);
        gf_text_add(text, "-n %u ", ranks);
    }
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
