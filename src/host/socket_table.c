/* SPDX-License-Identifier: MIT */
#include "socket_table.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { OPERATION = sizeof(struct inet_diag_bc_op) };

static bool add(struct socket_table *table, unsigned port, unsigned long long inode) {
  if (table->count == table->size) {
    size_t size = table->size ? 2 * table->size : 64;
    struct socket_entry *entries = realloc(table->entries, size * sizeof *entries);
    if (!entries) return false;
    table->entries = entries;
    table->size = size;
  }
  table->entries[table->count++] = (struct socket_entry){port, inode};
  return true;
}

void socket_table_free(struct socket_table *table) {
  free(table->entries);
  *table = (struct socket_table){0};
}

/* By netlink: linux/include/uapi/linux/inet_diag.h */

struct request {
  struct nlmsghdr header;
  struct inet_diag_req_v2 body;
  struct nlattr attribute;
  struct inet_diag_bc_op program[4];
};

/* A program for the kernel: a comparison is two operations, the second holding the port, and jumps
   by bytes, past the end to leave a socket out. */
static struct request make_request(const struct socket_query *query, int family) {
  const unsigned short length = 4 * OPERATION;
  struct request request = {
      .header = {.nlmsg_len = sizeof request,
                 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
      .body = {.sdiag_family = (unsigned char)family,
               .sdiag_protocol = query->udp ? IPPROTO_UDP : IPPROTO_TCP,
               .idiag_states = query->state == SOCKET_ANY ? ~0U : 1U << query->state},
      .attribute = {.nla_len = sizeof request.attribute + sizeof request.program,
                    .nla_type = INET_DIAG_REQ_BYTECODE},
      .program = {{INET_DIAG_BC_S_GE, 2 * OPERATION, (unsigned short)(length + OPERATION)},
                  {.no = (unsigned short)query->first_port},
                  {INET_DIAG_BC_S_LE, 2 * OPERATION, (unsigned short)(length - OPERATION)},
                  {.no = (unsigned short)query->last_port}}};
  return request;
}

enum part { MORE, LAST, REFUSED };

static enum part take_part(struct socket_table *table, struct nlmsghdr *message, size_t length) {
  for (; NLMSG_OK(message, length); message = NLMSG_NEXT(message, length)) {
    if (message->nlmsg_type == NLMSG_DONE) return LAST;
    if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY) return REFUSED;
    const struct inet_diag_msg *found = NLMSG_DATA(message);
    if (!add(table, ntohs(found->id.idiag_sport), found->idiag_inode)) return REFUSED;
  }
  return MORE;
}

static bool ask_family(struct socket_table *table, const struct socket_query *query, int netlink,
                       int family) {
  union {
    struct nlmsghdr header;
    char bytes[32768];
  } answer;
  struct request request = make_request(query, family);
  if (send(netlink, &request, sizeof request, 0) < 0) return false;
  enum part part = MORE;
  while (part == MORE) {
    ssize_t length = recv(netlink, &answer, sizeof answer, 0);
    if (length <= 0) return false;
    table->bytes += (size_t)length;
    part = take_part(table, &answer.header, (size_t)length);
  }
  return part == LAST;
}

static bool ask(struct socket_table *table, const struct socket_query *query) {
  int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (netlink < 0) return false;
  bool asked =
      ask_family(table, query, netlink, AF_INET) && ask_family(table, query, netlink, AF_INET6);
  close(netlink);
  return asked;
}

/* By /proc */

static bool scan_file(struct socket_table *table, const struct socket_query *query,
                      const char *path) {
  char line[512];
  unsigned port, state;
  unsigned long long inode;
  bool kept = true;
  FILE *file = fopen(path, "re");
  if (!file) return false;
  while (kept && fgets(line, sizeof line, file)) {
    table->bytes += strlen(line);
    if (sscanf(line, " %*d: %*[0-9A-F]:%x %*s %x %*s %*s %*s %*s %*s %llu", &port, &state,
               &inode) == 3 &&
        (query->state == SOCKET_ANY || query->state == state) && port >= query->first_port &&
        port <= query->last_port)
      kept = add(table, port, inode);
  }
  fclose(file);
  return kept;
}

static bool scan(struct socket_table *table, const struct socket_query *query) {
  char path[64], owner[16] = "self";
  bool any = false;
  if (query->pid) snprintf(owner, sizeof owner, "%d", query->pid);
  for (int i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "/proc/%s/net/%s%s", owner, query->udp ? "udp" : "tcp",
             i == 0 ? "" : "6");
    any = scan_file(table, query, path) || any;
  }
  return any;
}

bool socket_table_read(struct socket_table *table, const struct socket_query *query) {
  if (!query->pid && ask(table, query)) return true;
  table->count = 0;
  return scan(table, query);
}
