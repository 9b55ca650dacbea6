/* The worker's side: serves the requests of its parent with a backend, until the parent asks it to
 * end or is gone. */
#pragma once

#include "worker/server/service.h"

/* Serves requests from the socket. Returns the exit status of the process. */
int gf_serve(const gf_service *service, int socket);
