#include "base/entry.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t c_locale;
/* The calling program's locale on this thread while a public function runs; else 0. */
static _Thread_local locale_t caller_locale = (locale_t)0;

static void make_c_locale(void) {
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

gf_entry gf_enter(gf_error *own_error) {
    pthread_once(&once, make_c_locale);
    const gf_entry entry = {uselocale(c_locale), caller_locale, own_error};
    /* A public function that another one calls finds the C locale, which is not the caller's. */
    if (entry.locale_before != c_locale)
        caller_locale = entry.locale_before;
    return entry;
}

void gf_leave(const gf_entry *entry) {
    gf_error_clear(entry->own_error);
    uselocale(entry->locale_before);
    caller_locale = entry->caller_before;
}

locale_t gf_callback_begin(void) {
    return uselocale(caller_locale); /* 0, outside of every public function: changes nothing */
}

void gf_callback_end(locale_t own_locale) {
    uselocale(own_locale);
}
