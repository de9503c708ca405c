/* SPDX-License-Identifier: MIT */
/* Web sockets that give back what they are sent (RFC 6455), for players who measure how far away a
 * region is. wslay does the framing. Of each, so much is read at a time, and nothing while it does
 * not take what is given back. One without traffic for a minute is closed, and gives way to new
 * connections before that. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wslay/wslay.h>

#include "http_private.h"

/* The shortest messages have six bytes, and each costs as much as the longest. */
enum { LONGEST_MESSAGE = 4096, BYTES_PER_RUN = 512 };

struct http_socket {
  struct MHD_UpgradeResponseHandle *upgrade;
  wslay_event_context_ptr wslay;
  int descriptor;
  bool is_closing;  /* all is sent, and the other side is to close */
  uint32_t watched; /* what epoll waits for */
  size_t allowance; /* bytes that may still be read in this run */
  char *early;      /* what came with the request and is still to be read */
  size_t early_size, early_read;
};

/* What wslay calls */

static bool has_early(const struct http_socket *socket) {
  return socket->early_read < socket->early_size;
}

static ssize_t read_early(struct http_socket *socket, uint8_t *buffer, size_t size) {
  size_t left = socket->early_size - socket->early_read;
  if (size > left) size = left;
  memcpy(buffer, socket->early + socket->early_read, size);
  socket->early_read += size;
  return (ssize_t)size;
}

static ssize_t read_some(struct http_socket *socket, uint8_t *buffer, size_t size) {
  if (size > socket->allowance) size = socket->allowance;
  if (size == 0) {
    errno = EAGAIN;
    return -1;
  }
  ssize_t count = has_early(socket) ? read_early(socket, buffer, size)
                                    : recv(socket->descriptor, buffer, size, 0);
  if (count > 0) socket->allowance -= (size_t)count;
  return count;
}

static ssize_t on_receive(wslay_event_context_ptr wslay, uint8_t *buffer, size_t size, int flags,
                          void *context) {
  struct http_exchange *exchange = context;
  (void)flags;
  ssize_t count = read_some(exchange->socket, buffer, size);
  if (count > 0) {
    http_renew(exchange->server, exchange->connection);
    return count;
  }
  bool later = count < 0 && (errno == EAGAIN || errno == EINTR);
  wslay_event_set_error(wslay, later ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
  return -1;
}

static ssize_t on_send(wslay_event_context_ptr wslay, const uint8_t *bytes, size_t size, int flags,
                       void *context) {
  const struct http_exchange *exchange = context;
  (void)flags;
  ssize_t count = send(exchange->socket->descriptor, bytes, size, MSG_NOSIGNAL);
  if (count >= 0) return count;
  bool later = errno == EAGAIN || errno == EINTR;
  wslay_event_set_error(wslay, later ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
  return -1;
}

static void on_message(wslay_event_context_ptr wslay,
                       const struct wslay_event_on_msg_recv_arg *received, void *context) {
  struct wslay_event_msg message = {
      .opcode = received->opcode, .msg = received->msg, .msg_length = received->msg_length};
  (void)context;
  if (wslay_is_ctrl_frame(received->opcode)) return;
  if (wslay_event_queue_msg(wslay, &message) != 0)
    wslay_event_set_error(wslay, WSLAY_ERR_CALLBACK_FAILURE);
}

/* The socket's life */

void http_socket_close(struct http_exchange *exchange) {
  struct http_socket *socket = exchange->socket;
  if (socket == NULL) return;
  exchange->socket = NULL;
  epoll_ctl(exchange->server->epoll, EPOLL_CTL_DEL, socket->descriptor, NULL);
  if (socket->watched != 0) exchange->server->watched--;
  MHD_upgrade_action(socket->upgrade, MHD_UPGRADE_ACTION_CLOSE);
  exchange->server->resumed = true;
  wslay_event_context_free(socket->wslay);
  free(socket->early);
  free(socket);
}

static void watch(struct http_exchange *exchange, uint32_t events) {
  struct http_socket *socket = exchange->socket;
  struct epoll_event event = {.events = events, .data.ptr = exchange};
  if (events == socket->watched) return;
  if (socket->watched == 0) exchange->server->watched++;
  epoll_ctl(exchange->server->epoll, socket->watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
            socket->descriptor, &event);
  socket->watched = events;
}

/* What is closed with something unread takes with it what the other side has not read either. */
static void drain(struct http_exchange *exchange) {
  char bytes[LONGEST_MESSAGE];
  ssize_t count = recv(exchange->socket->descriptor, bytes, sizeof bytes, 0);
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) http_socket_close(exchange);
}

void http_socket_run(struct http_exchange *exchange) {
  struct http_socket *socket = exchange->socket;
  if (socket->is_closing) {
    drain(exchange);
    return;
  }
  socket->allowance = BYTES_PER_RUN;
  bool ended = !wslay_event_want_write(socket->wslay) && wslay_event_recv(socket->wslay) != 0;
  ended = ended || wslay_event_send(socket->wslay) != 0;
  bool wants_write = wslay_event_want_write(socket->wslay);
  if (ended) {
    http_socket_close(exchange);
    return;
  }
  watch(exchange, wants_write || has_early(socket) ? EPOLLOUT : EPOLLIN);
  socket->is_closing = !wants_write && !wslay_event_want_read(socket->wslay);
  if (socket->is_closing) {
    socket->early_size = 0;
    watch(exchange, EPOLLIN);
    shutdown(socket->descriptor, SHUT_WR);
  }
}

static bool keep_early(struct http_socket *socket, const char *bytes, size_t size) {
  socket->early = malloc(size + 1);
  if (socket->early == NULL) return false;
  if (size > 0) memcpy(socket->early, bytes, size);
  socket->early_size = size;
  return true;
}

static bool open_wslay(struct http_exchange *exchange) {
  static const struct wslay_event_callbacks callbacks = {
      .recv_callback = on_receive, .send_callback = on_send, .on_msg_recv_callback = on_message};
  struct http_socket *socket = exchange->socket;
  if (wslay_event_context_server_init(&socket->wslay, &callbacks, exchange) != 0) return false;
  wslay_event_config_set_max_recv_msg_length(socket->wslay, LONGEST_MESSAGE);
  return true;
}

/* libmicrohttpd has sent the answer, and hands the connection over. */
void http_on_upgrade(void *context, struct MHD_Connection *mhd, void *slot, const char *early,
                     size_t early_size, MHD_socket descriptor,
                     struct MHD_UpgradeResponseHandle *upgrade) {
  struct http_exchange *exchange = context;
  struct http_socket *socket = calloc(1, sizeof *socket);
  (void)mhd, (void)slot;
  if (socket == NULL) {
    MHD_upgrade_action(upgrade, MHD_UPGRADE_ACTION_CLOSE);
    return;
  }
  *socket = (struct http_socket){.upgrade = upgrade, .descriptor = descriptor};
  fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  exchange->socket = socket;
  exchange->state = UPGRADED;
  exchange->connection->is_socket = true;
  http_renew(exchange->server, exchange->connection);
  if (keep_early(socket, early, early_size) && open_wslay(exchange)) http_socket_run(exchange);
  else http_socket_close(exchange);
}
