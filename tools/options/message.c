#include "options/message.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

gf_status message_set(gf_error *error, gf_status status, const char *format, ...) {
    char text[GF_ERROR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    gf_error_clear(error);
    error->status = status;
    /* Texts are one line, whatever an argument contains. */
    for (char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    }
    memcpy(error->text, text, sizeof error->text);
    return status;
}

void message_add_option(gf_error *error, const char *option) {
    char text[GF_ERROR_TEXT];
    memcpy(text, error->text, sizeof text);
    snprintf(error->text, sizeof error->text, "--%s: %.480s", option, text);
}

static void print_indented(const char *log) {
    while (*log != '\0') {
        const int length = (int)strcspn(log, "\n");
        fprintf(stderr, "    %.*s\n", length, log);
        log += length;
        log += *log == '\n' ? 1 : 0;
    }
}

static bool is_word_character(char c) {
    return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* The first place in `text` where `word` stands alone; the end of the text if there is none. */
static const char *find_word(const char *text, const char *word) {
    const size_t length = strlen(word);
    for (const char *c = text; length > 0 && (c = strstr(c, word)) != NULL; c++) {
        if ((c == text || !is_word_character(c[-1])) && !is_word_character(c[length]))
            return c;
    }
    return text + strlen(text);
}

static bool silent;

void message_silence(void) {
    silent = true;
}

void message_print(const gf_error *error) {
    if (silent)
        return;
    /* A reader that closed the pipe (`gpufare devices | head -1`) wants no message. */
    if (error->native_code == EPIPE && error->native_name[0] == '\0')
        return;
    const char *parameter = find_word(error->text, error->parameter);
    fprintf(stderr, "gpufare: %.*s%s%s\n", (int)(parameter - error->text), error->text,
            *parameter == '\0' ? "" : "--", parameter);
    if (error->log != NULL)
        print_indented(error->log);
}
