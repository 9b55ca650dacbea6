#include "bundle/personal.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* Folders that are a user's own: $HOME, and what the system says. */
typedef struct homes {
    const char *paths[2];
} homes;

static homes find_homes(void) {
    const struct passwd *user = getpwuid(getuid());
    return (homes){{getenv("HOME"), user == NULL ? NULL : user->pw_dir}};
}

static bool ends_name(char c) {
    return !gf_is_word(c) && c != '-' && c != '.';
}

/* The length of the home folder that a text begins with; 0: none. "/" and "/root" of a system's
 * account are no names. */
static size_t match_home(const homes *of, const char *text) {
    for (size_t i = 0; i < 2; i++) {
        const char *path = of->paths[i];
        size_t length = path == NULL ? 0 : strlen(path);
        while (length > 1 && path[length - 1] == '/')
            length--;
        if (length > 1 && path[0] == '/' && strncmp(text, path, length) == 0 &&
            ends_name(text[length]))
            return length;
    }
    if (strncmp(text, "/home/", strlen("/home/")) != 0)
        return 0;
    size_t length = strlen("/home/");
    while (!ends_name(text[length]))
        length++;
    return length > strlen("/home/") ? length : 0;
}

/* Whether what stands before `c` is an option of one letter: -o/home/name/x.png. */
static bool is_option(const char *text, const char *c) {
    return c - text >= 2 && c[-2] == '-';
}

char *gf_without_home(const char *text, size_t *length) {
    const homes of = find_homes();
    char *copy = malloc(*length + 1), *to = copy;
    if (copy == NULL)
        return NULL;
    for (const char *c = text; c < text + *length;) {
        const bool begins = c == text || ends_name(c[-1]) || is_option(text, c);
        const size_t home = begins && *c == '/' ? match_home(&of, c) : 0;
        *to++ = home > 0 ? '~' : *c;
        c += home > 0 ? home : 1;
    }
    *to = '\0';
    *length = (size_t)(to - copy);
    return copy;
}
