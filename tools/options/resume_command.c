#include "options/resume_command.h"

#include <string.h>

#include "options/command_line.h"

static bool is_resume(const char *word) {
    return strcmp(word, "--resume") == 0 || strncmp(word, "--resume=", strlen("--resume=")) == 0;
}

void resume_command_add(gf_text *text, int argc, char **argv, const char *directory,
                        uint32_t ranks) {
    command_line_begin(text, ranks);
    for (int i = 0; i < argc; i++) {
        if (!is_resume(argv[i]))
            command_line_add(text, argv[i]);
        else if (strchr(argv[i], '=') == NULL)
            i++;
    }
    command_line_add(text, "--resume");
    command_line_add(text, directory);
}
