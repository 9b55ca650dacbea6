/* Text without what tells who made it. */
#pragma once

#include <stddef.h>

/* A copy of the text in which home folders are "~": that of this user, and any in /home. The caller
 * frees it; NULL without memory. *length: in bytes; it may grow smaller. */
char *gf_without_home(const char *text, size_t *length);
