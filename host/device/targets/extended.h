/* Devices that compute problems which others have no room for. */
#pragma once

#include "device/session.h"

/* What a problem's buffers may have on the device: its memory, or less if the user wishes; of a
 * set, on the member that may have least. */
gf_memory_limits gf_device_limits(const gf_device *device);

/* Whether the whole problem fits. True of a set, and of the native device, whose memory is that of
 * the host, where the whole problem is anyway. */
bool gf_device_has_room(const gf_device *device, const gf_problem *problem);

/* Sets *chosen to the device, or, where it has no room for the problem, to one that takes it
 * through the device band by band; that is made once for each device. */
gf_status gf_session_choose_room(gf_session *session, gf_device *device, const gf_problem *problem,
                                 gf_device **chosen, gf_error *error);

/* Sets *made to a device that takes any problem through this one band by band, within these limits;
 * the same one for the same total. NULL: this build has none. */
gf_status gf_session_extend(gf_session *session, gf_device *device, const gf_memory_limits *limits,
                            gf_device **made, gf_error *error);
