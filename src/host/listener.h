/* SPDX-License-Identifier: MIT */
/* Sockets that listen. */
#ifndef HATHORA_HOST_LISTENER_H
#define HATHORA_HOST_LISTENER_H

#include <stdint.h>

/* Listen on a port of a name or an IPv4 or IPv6 address; port 0 lets the system choose. The
 * socket does not block and is closed on exec. -1 on failure, its reason in *problem. */
int listener_open(const char *host, uint16_t port, const char **problem);

/* The port it really has. */
uint16_t listener_port(int listener);

#endif
