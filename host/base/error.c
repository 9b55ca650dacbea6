#include "base/error.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* A terminal obeys these: those of ASCII, and in UTF-8 U+0080 to U+009F, of two bytes. */
static size_t control_length(const char *text) {
    const unsigned char first = (unsigned char)text[0], second = (unsigned char)text[1];
    if (first == 0xc2 && second >= 0x80 && second < 0xa0)
        return 2;
    return first < ' ' || first == 0x7f ? 1 : 0;
}

void gf_flatten_text(char *text) {
    for (; *text != '\0'; text++) {
        for (size_t left = control_length(text); left > 0; left--) {
            *text = ' ';
            text += left > 1;
        }
    }
}

static void set_text(gf_error *error, gf_status status, int code, const char *name,
                     const char *format, va_list arguments) {
    gf_error made = {.status = status, .native_code = code}; /* an argument may be error->text */
    snprintf(made.native_name, sizeof made.native_name, "%s", name);
    vsnprintf(made.text, sizeof made.text, format, arguments);
    gf_flatten_text(made.text);
    gf_error_clear(error);
    *error = made;
}

void gf_error_clear(gf_error *error) {
    if (error == NULL)
        return;
    free(error->log);
    *error = (gf_error)GF_ERROR_INIT;
}

const char *gf_status_name(gf_status status) {
    static const char *const names[] = {"ok",       "failed",      "usage",   "no device",
                                        "mismatch", "unsupported", "findings"};
    if (status == GF_INTERRUPTED)
        return "interrupted";
    return status >= GF_OK && status <= GF_FINDINGS ? names[status] : "unknown";
}

gf_status gf_error_set(gf_error *error, gf_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    set_text(error, status, 0, "", format, arguments);
    va_end(arguments);
    return status;
}

gf_status gf_error_set_native(gf_error *error, gf_status status, int code, const char *name,
                              const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    set_text(error, status, code, name, format, arguments);
    va_end(arguments);
    return status;
}

gf_status gf_error_set_errno(gf_error *error, gf_status status, int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    set_text(error, status, code, "", format, arguments);
    va_end(arguments);
    const size_t used = strlen(error->text);
    snprintf(error->text + used, sizeof error->text - used, ": %s", strerror(code));
    gf_flatten_text(error->text);
    return status;
}

gf_status gf_error_set_parameter(gf_error *error, gf_status status, const char *parameter,
                                 const char *format, ...) {
    char rest[GF_ERROR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(rest, sizeof rest, format, arguments);
    va_end(arguments);
    gf_error_set(error, status, "%s%s", parameter, rest);
    snprintf(error->parameter, sizeof error->parameter, "%s", parameter);
    return status;
}

gf_status gf_error_prefix(gf_error *error, const char *format, ...) {
    char prefix[GF_ERROR_TEXT], text[2 * GF_ERROR_TEXT + 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(prefix, sizeof prefix, format, arguments);
    va_end(arguments);
    snprintf(text, sizeof text, "%s: %s", prefix, error->text);
    snprintf(error->text, sizeof error->text, "%.*s", GF_ERROR_TEXT - 1, text);
    gf_flatten_text(error->text);
    return error->status;
}

gf_status gf_error_interrupted(gf_error *error) {
    return gf_error_set(error, GF_INTERRUPTED, "interrupted");
}

void gf_error_set_log(gf_error *error, const char *log) {
    free(error->log);
    error->log = log == NULL ? NULL : strdup(log); /* without memory the text must do */
}

gf_status gf_error_no_memory(gf_error *error, const char *what, size_t bytes) {
    return gf_error_set(error, GF_FAILED,
                        "no memory for %s (%zu bytes); close other programs or use a smaller "
                        "problem",
                        what, bytes);
}
