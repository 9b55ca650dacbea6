/* The first statement of every public function that can fail, or that reads or writes numbers. */
#pragma once

#include <locale.h>

#include "gpufare.h"

/* What a public function restores when it returns. */
typedef struct gf_entry {
    locale_t locale_before, caller_before;
    gf_error *own_error;
} gf_entry;

gf_entry gf_enter(gf_error *own_error);
void gf_leave(const gf_entry *entry);

/* Until the function returns, numbers are read and written as in the C locale, whatever locale the
 * calling program has set, and `error`, which callers may pass as NULL, points to an error. Inside
 * the library no error is NULL. */
#define GF_ENTER(error)                                                                            \
    gf_error gf_own_error = GF_ERROR_INIT;                                                         \
    const gf_entry gf_entered __attribute__((cleanup(gf_leave), unused)) =                         \
        gf_enter(&gf_own_error);                                                                   \
    (error) = (error) == NULL ? &gf_own_error : (error)

/* Around a callback: it runs in the calling program's locale. Nests with GF_ENTER. */
locale_t gf_callback_begin(void);
void gf_callback_end(locale_t own_locale);
