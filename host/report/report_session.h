/* The list of devices. */
#pragma once

#include "device/session.h"
#include "report/table/table.h"

/* The devices of a session. `title`: as gf_table_begin. Fails only without memory. */
gf_status gf_write_devices(const gf_session *session, const char *title, const gf_writer *to,
                           gf_error *error);
