/* SPDX-License-Identifier: MIT */
/* The server and its connections. libmicrohttpd counts idle time only, which one byte a second
 * outlives; here each request and each answer has a deadline. All connections have the same
 * time, so a list in the order of renewal is in the order of deadlines too. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http_private.h"

enum { EVENTS_PER_RUN = 32 };

/* Places for connections that are ending. libmicrohttpd lets in ten at most before it ends some. */
enum { SPARE_CONNECTIONS = 64 };

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Deadlines */

static void unlink_connection(struct connection *connection) {
  if (connection->list != NULL) TAILQ_REMOVE(connection->list, connection, link);
}

static void move(struct connection *connection, struct connection_list *list) {
  unlink_connection(connection);
  connection->list = list;
  TAILQ_INSERT_TAIL(list, connection, link);
}

/* No deadline: it waits for us, not we for it. */
void http_rest(struct http_server *server, struct connection *connection) {
  move(connection, &server->resting);
}

void http_renew(struct http_server *server, struct connection *connection) {
  move(connection, connection->is_socket ? &server->sockets : &server->timed);
  connection->renewed = now();
}

/* libmicrohttpd sees the end and closes; until then it does not count. */
static void end(struct http_server *server, struct connection *connection) {
  http_rest(server, connection);
  if (!connection->ending) server->connections--;
  connection->ending = true;
  shutdown(connection->descriptor, SHUT_RDWR);
}

static void end_since(struct http_server *server, struct connection_list *list, int64_t time) {
  struct connection *connection;
  while ((connection = TAILQ_FIRST(list)) != NULL && connection->renewed <= time)
    end(server, connection);
}

static void end_overdue(struct http_server *server) {
  int64_t time = now();
  end_since(server, &server->timed, time - server->patience);
  end_since(server, &server->sockets, time - server->silence);
}

/* Milliseconds until the first of a list is overdue, if that is sooner. */
static int64_t sooner(const struct connection_list *list, int64_t patience, int64_t soon) {
  const struct connection *first = TAILQ_FIRST(list);
  if (first == NULL) return soon;
  int64_t left = first->renewed + patience - now();
  if (left < 0) left = 0;
  return soon < 0 || left < soon ? left : soon;
}

/* Whoever comes is let in, and the one that has kept us waiting longest goes instead: a client
 * that says at once what it wants is not among those. */
static void make_room(struct http_server *server) {
  if (server->connections <= server->connection_limit) return;
  struct connection *first = TAILQ_FIRST(&server->timed), *socket = TAILQ_FIRST(&server->sockets);
  end(server, socket != NULL && socket->renewed < first->renewed ? socket : first);
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **slot,
                          enum MHD_ConnectionNotificationCode code) {
  struct http_server *server = context;
  struct connection *connection = *slot;
  if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
    if (connection != NULL) {
      unlink_connection(connection);
      if (!connection->ending) server->connections--;
    }
    free(connection);
    *slot = NULL;
    return;
  }
  int descriptor = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  *slot = connection = calloc(1, sizeof *connection);
  if (connection == NULL) {
    shutdown(descriptor, SHUT_RDWR);
    return;
  }
  connection->descriptor = descriptor;
  http_renew(server, connection);
  server->connections++;
  make_room(server);
}

/* The server */

/* Of the connections whose request has not been handed to us, only one that is being judged at this
 * moment can tell how long its headers are. */
static struct connection *judged(const struct http_server *server) {
  for (struct connection *connection = TAILQ_FIRST(&server->timed); connection != NULL;
       connection = TAILQ_NEXT(connection, link)) {
    const struct http_exchange *exchange = connection->exchange;
    if (exchange != NULL && exchange->state == RECEIVING_HEADERS &&
        MHD_get_connection_info(exchange->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE) != NULL)
      return connection;
  }
  return NULL;
}

/* libmicrohttpd 0.9.75 sends the head of its own answer to a wrong length, or to no Host, twice. So
 * the answer is ours; over TLS, where we cannot write it, there is none. */
static void refuse(struct http_server *server, struct connection *connection) {
  static const char answer[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
                               "Content-Type: application/json\r\nContent-Length: 60\r\n\r\n"
                               "{\"message\":\"the Host or Content-Length header is not right\"}";
  if (!server->tls)
    send(connection->descriptor, answer, sizeof answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
  end(server, connection);
}

/* What libmicrohttpd complains of: why it cannot start, or what a client did. */
static void on_complaint(void *context, const char *format, va_list arguments) {
  struct http_server *server = context;
  if (server->problem != NULL) vsnprintf(server->problem, server->problem_size, format, arguments);
  struct connection *connection = server->is_0_9_75 ? judged(server) : NULL;
  if (connection != NULL) refuse(server, connection);
}

static bool start_daemon(struct http_server *server, const struct http_options *options) {
  union {
    gnutls_certificate_retrieve_function2 *function;
    intptr_t number;
  } retrieve = {http_certificate_retrieve};
  struct MHD_OptionItem tls[] = {
      {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)retrieve.number},
      {MHD_OPTION_END, 0, NULL},
  };
  unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE | MHD_USE_ERROR_LOG;
  if (options->certificate != NULL) flags |= MHD_USE_TLS;
  else tls[0].option = MHD_OPTION_END;
  server->daemon = MHD_start_daemon(
      flags, 0, NULL, NULL, http_on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_complaint,
      server, MHD_OPTION_LISTEN_SOCKET, options->listener, MHD_OPTION_CONNECTION_LIMIT,
      options->connections + SPARE_CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
      options->connections_per_address, MHD_OPTION_CONNECTION_MEMORY_LIMIT, options->memory,
      MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, http_on_target, server,
      MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_NOTIFY_COMPLETED,
      http_on_completed, server, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
  return server->daemon != NULL;
}

static bool watch_daemon(struct http_server *server) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  return epoll_ctl(server->epoll, EPOLL_CTL_ADD, info->epoll_fd, &event) == 0;
}

/* Connections that are open go on. */
bool http_certify(struct http_server *server, const char *certificate, const char *key,
                  const char **problem) {
  struct http_certificate *newer = http_certificate_read(certificate, key, problem);
  if (newer == NULL) return false;
  server->certificate = http_certificate_replace(server->certificate, newer);
  return true;
}

static bool certify(struct http_server *server, const struct http_options *options) {
  const char *reason;
  if (options->certificate == NULL ||
      http_certify(server, options->certificate, options->key, &reason))
    return true;
  snprintf(server->problem, server->problem_size, "%s", reason);
  return false;
}

struct http_server *http_start(const struct http_options *options, char *problem, size_t size) {
  struct http_server *server = calloc(1, sizeof *server);
  snprintf(problem, size, "not enough memory or descriptors");
  if (server == NULL) return NULL;
  TAILQ_INIT(&server->timed);
  TAILQ_INIT(&server->resting);
  TAILQ_INIT(&server->sockets);
  TAILQ_INIT(&server->events);
  server->patience = options->deadline;
  server->silence = options->silence;
  server->tls = options->certificate != NULL;
  server->is_0_9_75 = strcmp(MHD_get_version(), "0.9.75") == 0;
  server->connection_limit = options->connections;
  server->body_limit = options->body;
  server->problem = problem;
  server->problem_size = size;
  server->epoll = epoll_create1(EPOLL_CLOEXEC);
  bool started = server->epoll >= 0 && certify(server, options) && start_daemon(server, options);
  if (started && !watch_daemon(server)) {
    MHD_quiesce_daemon(server->daemon); /* the listener is the caller's again */
    MHD_stop_daemon(server->daemon);
    started = false;
  }
  server->problem = NULL;
  if (started) return server;
  if (server->epoll >= 0) close(server->epoll);
  http_certificate_free(server->certificate);
  free(server);
  return NULL;
}

/* libmicrohttpd ends the program if it is stopped with a connection suspended or upgraded. */
void http_stop(struct http_server *server) {
  struct connection *connection;
  struct http_exchange *exchange;
  server->stopping = true;
  for (connection = TAILQ_FIRST(&server->sockets); connection != NULL;
       connection = TAILQ_NEXT(connection, link))
    http_socket_close(connection->exchange);
  while ((connection = TAILQ_FIRST(&server->resting)) != NULL) {
    if (connection->exchange != NULL) {
      http_socket_close(connection->exchange);
      http_resume(connection->exchange);
    }
    http_renew(server, connection);
  }
  MHD_stop_daemon(server->daemon);
  while ((exchange = TAILQ_FIRST(&server->events)) != NULL) http_discard(exchange);
  close(server->epoll);
  http_certificate_free(server->certificate);
  free(server);
}

int http_descriptor(const struct http_server *server) {
  return server->epoll;
}

int64_t http_timeout(const struct http_server *server) {
  MHD_UNSIGNED_LONG_LONG soon;
  if (server->resumed || TAILQ_FIRST(&server->events) != NULL) return 0;
  if (MHD_get_timeout(server->daemon, &soon) == MHD_YES && soon == 0) return 0;
  return sooner(&server->sockets, server->silence, sooner(&server->timed, server->patience, -1));
}

static void serve_watched(struct http_server *server) {
  struct epoll_event events[EVENTS_PER_RUN];
  int count = epoll_wait(server->epoll, events, EVENTS_PER_RUN, 0);
  for (int index = 0; index < count; index++) {
    struct http_exchange *exchange = events[index].data.ptr;
    if (exchange == NULL) continue; /* libmicrohttpd's own */
    if (exchange->state == UPGRADED) {
      http_socket_run(exchange);
      continue;
    }
    exchange->broken = true;
    http_resume(exchange);
  }
}

void http_run(struct http_server *server, http_ask *ask, void *context) {
  if (server->watched > 0) serve_watched(server);
  end_overdue(server);
  server->resumed = false;
  server->ask = ask;
  server->context = context;
  http_certificate_show(server->certificate);
  MHD_run(server->daemon);
  server->ask = NULL;
}

enum http_event http_next(const struct http_server *server, struct http_exchange **exchange) {
  *exchange = TAILQ_FIRST(&server->events);
  return *exchange != NULL ? (*exchange)->event : HTTP_NOTHING;
}
