#include "options/command_line.h"

#include <stdlib.h>
#include <string.h>

#include "options/message.h"

static bool is_plain(const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_./-+,:=";
    return word[0] != '\0' && word[strspn(word, plain)] == '\0';
}

void command_line_add(gf_text *text, const char *word) {
    if (is_plain(word)) {
        gf_text_add(text, " %s", word);
        return;
    }
    gf_text_add(text, " '");
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            gf_text_add(text, "'\\''");
        else
            gf_text_add(text, "%c", *word);
    }
    gf_text_add(text, "'");
}

/* The interface by which tasks of srun are ranks of one job; NULL if none was asked for. */
static const char *srun_type(void) {
    return getenv("SLURM_MPI_TYPE");
}

static void add_srun(gf_text *text) {
    const char *type = srun_type();
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

void command_line_begin(gf_text *text, uint32_t ranks) {
    if (ranks > 0) {
        add_launcher(text);
        gf_text_add(text, "-n %u ", ranks);
    }
    gf_text_add(text, "gpufare");
}

char *command_line_create(int argc, char **argv, uint32_t ranks, gf_error *error) {
    const char *type = srun_type();
    size_t size = sizeof "srun -K --mpi= -n 4294967295 gpufare" + (type != NULL ? strlen(type) : 0);
    for (int i = 0; i < argc; i++)
        size += 4 * strlen(argv[i]) + 3; /* four characters stand for one quote */
    char *buffer = malloc(size);
    if (buffer == NULL) {
        message_set(error, GF_FAILED, "no memory for the command line");
        return NULL;
    }
    gf_text text = gf_text_in(buffer, size);
    command_line_begin(&text, ranks);
    for (int i = 0; i < argc; i++)
        command_line_add(&text, argv[i]);
    return buffer;
}
