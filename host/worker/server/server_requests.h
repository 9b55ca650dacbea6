/* What a worker does for each request. */
#pragma once

#include "worker/server/server_state.h"

/* Reads the rest of the request and writes the rest of the reply. */
gf_status gf_server_do(gf_server *server, gf_request request, gf_error *error);
