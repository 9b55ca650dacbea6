#include "base/entry.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t c_locale;
/* The locale that the outermost public function on this thread was called in. */
static _Thread_local locale_t outer_locale = (locale_t)0;

static void make_c_locale(void) {
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

gf_entry gf_enter(gf_error *own_error) {
    pthread_once(&once, make_c_locale);
    const gf_entry entry = {outer_locale, own_error};
    const locale_t before = uselocale(c_locale);
    if (outer_locale == (locale_t)0)
        outer_locale = before;
    return entry;
}

void gf_leave(const gf_entry *entry) {
    gf_error_clear(entry->own_error);
    if (entry->caller_locale == (locale_t)0) { /* the outermost one */
        uselocale(outer_locale);
        outer_locale = (locale_t)0;
    }
}

locale_t gf_callback_begin(void) {
    return uselocale(outer_locale); /* 0, outside of every public function: changes nothing */
}

void gf_callback_end(locale_t own_locale) {
    uselocale(own_locale);
}
