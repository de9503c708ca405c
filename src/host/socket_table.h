/* SPDX-License-Identifier: MIT */
/* What the kernel has of this machine's sockets. Asked by sock_diag(7), it leaves out what was not
   asked for, so that the answer does not grow with other people's connections; where that is
   refused, and for the network of another process, all of proc(5)'s /proc/net/tcp and its sisters
   are read. */
#ifndef HATHORA_HOST_SOCKET_TABLE_H
#define HATHORA_HOST_SOCKET_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/* The states of a TCP socket: linux/include/net/tcp_states.h. A UDP socket's are never asked. */
enum { SOCKET_ESTABLISHED = 1, SOCKET_LISTEN = 10, SOCKET_ANY = 0 };

struct socket_query {
  bool udp;
  unsigned state, first_port, last_port;
  int pid; /* whose network; 0 for ours */
};

struct socket_table {
  struct socket_entry {
    unsigned port;
    unsigned long long inode;
  } * entries;
  size_t count, size;
  size_t bytes; /* what had to be read for it */
};

/* Fill an empty table. False when neither way works, or memory does not suffice. */
bool socket_table_read(struct socket_table *table, const struct socket_query *query);

void socket_table_free(struct socket_table *table);

#endif
