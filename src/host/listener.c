/* SPDX-License-Identifier: MIT */
#include "listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Accepted sockets inherit it: a peer that vanished is found out within two minutes, however silent
 * the stream that it has. */
static void keep_alive(int listener) {
  static const int yes = 1, idle_seconds = 60, probe_seconds = 15, probes = 4;
  setsockopt(listener, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
  setsockopt(listener, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
  setsockopt(listener, IPPROTO_TCP, TCP_KEEPINTVL, &probe_seconds, sizeof probe_seconds);
  setsockopt(listener, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

/* SO_REUSEADDR: a restarted host need not wait for its old connections to be forgotten. An IPv6
 * address is that alone, so that listening on `::` does not also answer what IPv4 brings. */
static bool bind_and_listen(int listener, const struct addrinfo *address) {
  static const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  keep_alive(listener);
  if (address->ai_family == AF_INET6)
    setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  return bind(listener, address->ai_addr, address->ai_addrlen) == 0 &&
         listen(listener, SOMAXCONN) == 0;
}

/* A host that was killed as it started a process leaves its listener to that until it execs, so
   that an address in use is asked for again for a second. */
static int open_address(const struct addrinfo *address, const char **problem) {
  static const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
  int listener = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  for (int tries = 50; listener >= 0; tries--) {
    if (bind_and_listen(listener, address)) return listener;
    if (errno != EADDRINUSE || tries == 0) break;
    nanosleep(&pause, NULL);
  }
  *problem = strerror(errno);
  if (listener >= 0) close(listener);
  return -1;
}

int listener_open(const char *host, uint16_t port, const char **problem) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
  struct addrinfo *address;
  char service[sizeof "65535"];
  snprintf(service, sizeof service, "%u", (unsigned)port);
  int code = getaddrinfo(host, service, &hints, &address);
  if (code != 0) {
    *problem = gai_strerror(code);
    return -1;
  }
  int listener = open_address(address, problem);
  freeaddrinfo(address);
  return listener;
}

uint16_t listener_port(int listener) {
  struct sockaddr_storage address;
  socklen_t size = sizeof address;
  if (getsockname(listener, (struct sockaddr *)&address, &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                             : ((struct sockaddr_in *)&address)->sin_port);
}
