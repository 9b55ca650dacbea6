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

char *command_line_create(int argc, char **argv, gf_error *error) {
    size_t size = sizeof "gpufare";
    for (int i = 0; i < argc; i++)
        size += 4 * strlen(argv[i]) + 3; /* four characters stand for one quote */
    char *buffer = malloc(size);
    if (buffer == NULL) {
        message_set(error, GF_FAILED, "no memory for the command line");
        return NULL;
    }
    gf_text text = gf_text_in(buffer, size);
    gf_text_add(&text, "gpufare");
    for (int i = 0; i < argc; i++)
        command_line_add(&text, argv[i]);
    return buffer;
}
