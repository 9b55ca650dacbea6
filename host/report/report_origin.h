/* How a report came about: the command, the machine, the devices. */
#pragma once

#include "report/table/table.h"

/* On a page, as its last sections; nothing in other formats, whose JSON has it. `session`: its
 * devices; NULL: none are listed. `here`: what is reported happened on this machine. Fails only
 * without memory. */
gf_status gf_write_origin(const gf_session *session, bool here, const gf_writer *to,
                          gf_error *error);
