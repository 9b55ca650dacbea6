#include "options/option_value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "options/message.h"

static gf_status take_uint(const cli_option *option, const char *text, char *field,
                           gf_error *error) {
    char *end = NULL;
    errno = 0;
    const uint64_t number = strtoull(text, &end, 10);
    /* The first character must be a digit: strtoull would accept a sign and blanks. */
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number < option->min ||
        number > option->max)
        return message_set(error, GF_USAGE,
                           "--%s %s: not acceptable; give a whole number from %ju to %ju",
                           option->name, text, (uintmax_t)option->min, (uintmax_t)option->max);
    memcpy(field, &number, sizeof number);
    return GF_OK;
}

static gf_status take_real(const cli_option *option, const char *text, char *field,
                           gf_error *error) {
    char *end = NULL;
    const double number = strtod(text, &end);
    if (end == text || *end != '\0' || text[0] == ' ' || !isfinite(number) ||
        number < (double)option->min || number > (double)option->max)
        return message_set(error, GF_USAGE,
                           "--%s %s: not acceptable; give a number from %ju to %ju", option->name,
                           text, (uintmax_t)option->min, (uintmax_t)option->max);
    memcpy(field, &number, sizeof number);
    return GF_OK;
}

/* "5%", "5 %" or "5". */
static gf_status take_share(const cli_option *option, const char *text, char *field,
                            gf_error *error) {
    char *end = NULL;
    const double number = strtod(text, &end), share = number / 100;
    if (end != text) {
        end += *end == ' ';
        end += *end == '%';
    }
    if (end == text || *end != '\0' || text[0] == ' ' || !isfinite(number) ||
        number <= (double)option->min || number > (double)option->max)
        return message_set(error, GF_USAGE,
                           "--%s %s: not acceptable; give a percentage above %ju, up to %ju, such "
                           "as 5%%",
                           option->name, text, (uintmax_t)option->min, (uintmax_t)option->max);
    memcpy(field, &share, sizeof share);
    return GF_OK;
}

static gf_status take_word(const cli_option *option, const char *text, char *field,
                           gf_error *error) {
    for (uint64_t i = 0; option->words[i] != NULL; i++) {
        if (strcmp(option->words[i], text) == 0) {
            memcpy(field, &i, sizeof i);
            return GF_OK;
        }
    }
    return message_set(error, GF_USAGE, "--%s %s: unknown; choose %s", option->name, text,
                       option->placeholder);
}

static gf_status take_text(const cli_option *option, const char *text, char *field,
                           gf_error *error) {
    if (*text == '\0')
        return message_set(error, GF_USAGE, "--%s: empty; give %s", option->name,
                           option->placeholder);
    if (option->most > 0) {
        size_t given = 0;
        const char *before = NULL;
        for (memcpy(&before, field, sizeof before); before != NULL && given < option->most;) {
            if (++given == option->most)
                return message_set(error, GF_USAGE,
                                   "--%s %s: --%s was given %zu times before, which is the most; "
                                   "remove one",
                                   option->name, text, option->name, given);
            memcpy(&before, field + given * sizeof before, sizeof before);
        }
        field += given * sizeof text;
    }
    memcpy(field, &text, sizeof text);
    return GF_OK;
}

gf_status option_value_set(const cli_option *option, const char *text, struct settings *settings,
                           gf_error *error) {
    char *field = (char *)settings + option->offset;
    switch (option->kind) {
    case CLI_FLAG:
        memcpy(field, &(bool){true}, sizeof(bool));
        return GF_OK;
    case CLI_TEXT:
        return take_text(option, text, field, error);
    case CLI_UINT:
        return take_uint(option, text, field, error);
    case CLI_REAL:
        return take_real(option, text, field, error);
    case CLI_SHARE:
        return take_share(option, text, field, error);
    case CLI_WORD:
        break;
    }
    return take_word(option, text, field, error);
}
