/* SPDX-License-Identifier: MIT */
/* What the files of the HTTP server share, and nobody else includes. */
#ifndef HATHORA_HOST_HTTP_PRIVATE_H
#define HATHORA_HOST_HTTP_PRIVATE_H

#include <microhttpd.h>
#include <sys/queue.h>

#include "http.h"
#include "http_certificate.h"

TAILQ_HEAD(connection_list, connection);

struct connection {
  TAILQ_ENTRY(connection) link;
  int descriptor;
  struct connection_list *list;   /* that it is in */
  bool is_socket, ending;         /* ending: shut down, not closed yet */
  int64_t renewed;                /* since when we wait for it */
  struct http_exchange *exchange; /* the one under way, or NULL */
};

TAILQ_HEAD(exchange_list, http_exchange);

struct http_server {
  struct MHD_Daemon *daemon;
  struct http_certificate *certificate; /* NULL for plain HTTP */
  int epoll;                            /* libmicrohttpd's own epoll, and silent streams */
  int64_t patience, silence;
  uint64_t body_limit;
  unsigned connections, connection_limit; /* those that are not ending */
  bool stopping, tls;
  bool is_0_9_75; /* libmicrohttpd, whose faults need mending */
  bool resumed;   /* since the last run, of which libmicrohttpd's own descriptor says nothing */
  char *problem;  /* where libmicrohttpd's reasons go while it starts */
  size_t problem_size;
  unsigned watched; /* silent streams and web sockets in epoll */
  http_ask *ask;    /* while it runs */
  void *context;
  /* Each is in one. The first of the timed and of the web sockets is due first. */
  struct connection_list timed, resting, sockets;
  struct exchange_list events; /* those that have one */
};

/* OFFERED: a body is about to come, whoever answers says whether it may; ACCEPTED: it may. */
enum state {
  RECEIVING_HEADERS,
  OFFERED,
  ACCEPTED,
  RECEIVING_BODY,
  WAITING,
  ANSWERED,
  STREAMING,
  UPGRADED
};

struct http_exchange {
  TAILQ_ENTRY(http_exchange) link;
  struct http_server *server;
  struct connection *connection;
  struct MHD_Connection *mhd; /* NULL once libmicrohttpd has let go of it */
  struct http_exchange **holder;
  enum http_event event;
  enum state state, once_sent;
  struct http_head head;
  const char *fault;
  unsigned fault_status, status;
  struct MHD_Response *answer;
  uint64_t length; /* of the body, as declared; 0 when it comes in chunks */
  char *body;      /* what of it has come, up to body_limit */
  size_t body_size, body_limit, body_room, left_out;
  bool chunked, suspended, watched, finished, broken; /* broken: end it with its connection */
  struct http_socket *socket; /* once it has become one, until that is closed */
  char *piece;                /* what a stream sends next */
  size_t piece_size, piece_sent;
  char target[];
};

/* http.c: a connection's time runs anew; or it rests: it waits for us, not we for it. */
void http_renew(struct http_server *server, struct connection *connection);
void http_rest(struct http_server *server, struct connection *connection);

/* http_exchange.c: what libmicrohttpd calls, its context the server. */
void *http_on_target(void *context, const char *target, struct MHD_Connection *mhd);
enum MHD_Result http_on_request(void *context, struct MHD_Connection *mhd, const char *path,
                                const char *method, const char *version, const char *body,
                                size_t *body_size, void **slot);
void http_on_completed(void *context, struct MHD_Connection *mhd, void **slot,
                       enum MHD_RequestTerminationCode code);

/* http_socket.c */
void http_on_upgrade(void *context, struct MHD_Connection *mhd, void *slot, const char *early,
                     size_t early_size, MHD_socket descriptor,
                     struct MHD_UpgradeResponseHandle *upgrade);
void http_socket_run(struct http_exchange *exchange);
void http_socket_close(struct http_exchange *exchange);

void http_resume(struct http_exchange *exchange);
void http_discard(struct http_exchange *exchange);

#endif
