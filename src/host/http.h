/* SPDX-License-Identifier: MIT */
/* An HTTP server in plain C, on libmicrohttpd: one descriptor to poll, one call that moves
 * everything on. It knows no Lua, and what it calls must return: nothing of Lua's may unwind
 * libmicrohttpd's frames. */
#ifndef HATHORA_HOST_HTTP_H
#define HATHORA_HOST_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One request and its answer. */
struct http_exchange;
struct http_server;

struct http_options {
  int listener;         /* a listening socket: the server's, once it has started */
  int64_t deadline;     /* milliseconds to send a request in, and to take an answer in */
  int64_t silence;      /* milliseconds that a web socket may be silent */
  unsigned connections; /* open at once */
  unsigned connections_per_address; /* of these, from one address; 0 for any */
  size_t memory;                    /* bytes a connection's request line and headers may take */
  uint64_t body; /* bytes read beyond a body's limit, so that a refusal can still be heard */
  const char *certificate, *key; /* PEM text, or NULL for plain HTTP */
};

/* An answer has been given, and is sent at once; it is still to be given; or the exchange ends with
 * its connection. */
enum http_asked { HTTP_SEND, HTTP_LATER, HTTP_END };
typedef enum http_asked http_ask(void *context, struct http_exchange *exchange);

enum http_event {
  HTTP_NOTHING,
  HTTP_OFFER,   /* a body is about to come: receive it, or answer instead */
  HTTP_REQUEST, /* a new exchange waits for its answer */
  HTTP_DRAINED, /* a stream has room for the next piece */
  HTTP_CLOSED,  /* a stream is over, or its client went away */
};

/* NULL when it cannot start; the reason is then in problem. */
struct http_server *http_start(const struct http_options *options, char *problem, size_t size);
void http_stop(struct http_server *server);
/* Handshakes show this certificate from now on. False, and nothing changed: it cannot be used. */
bool http_certify(struct http_server *server, const char *certificate, const char *key,
                  const char **problem);

int http_descriptor(const struct http_server *server);
/* Milliseconds until http_run is due though the descriptor is quiet, -1 for never. */
int64_t http_timeout(const struct http_server *server);
/* Asks, if there is whom, for the answer to each request that is there; without, each is an event.
 */
void http_run(struct http_server *server, http_ask *ask, void *context);

/* The first event and whose it is; it stays the first until it is taken. */
enum http_event http_next(const struct http_server *server, struct http_exchange **exchange);
void http_take(struct http_exchange *exchange);

/* Whoever keeps a pointer to an exchange says where, and finds NULL there once it is gone. */
void http_hold(struct http_exchange *exchange, struct http_exchange **holder);
/* The holder lets go; what it has not answered ends with its connection. */
void http_release(struct http_exchange *exchange);

/* What nearly every request is asked: its method, and these headers' values; NULL for what it has
 * not, and for all once the exchange is over. */
struct http_head {
  const char *method, *host, *upgrade, *origin;
};
const struct http_head *http_head(const struct http_exchange *exchange);
/* The path and query, as the client wrote them. */
const char *http_target(const struct http_exchange *exchange);
/* Who asks: an IPv4 address, or the 64 bits of an IPv6 address that a client cannot change. */
void http_address(const struct http_exchange *exchange, char *text, size_t size);
/* A header's value, or NULL. */
const char *http_value(const struct http_exchange *exchange, const char *name);
/* What is wrong with the request as HTTP, and the status to refuse it with; or NULL. */
const char *http_fault(const struct http_exchange *exchange, unsigned *status);

/* Is a body on offer? */
bool http_is_offer(const struct http_exchange *exchange);
/* Receive the body that is on offer, of so many bytes at most. It lets the exchange go, which
 * comes back as a request. False, and nothing done, when it says itself that it is longer; one in
 * chunks says so of a limit of 0, which is for what may have no body. */
bool http_receive(struct http_exchange *exchange, size_t limit);
/* The body, whatever its type; it lives as long as the exchange. */
const char *http_body(const struct http_exchange *exchange, size_t *size);

/* Is it still to be answered? */
bool http_is_waiting(const struct http_exchange *exchange);
/* An answer is begun, given its headers, and sent. False: no memory, or a header HTTP forbids. */
bool http_answer(struct http_exchange *exchange, unsigned status, const char *body, size_t size);
bool http_answer_stream(struct http_exchange *exchange, unsigned status);
/* It becomes a web socket that gives back what it is sent, its handshake being in the headers. */
bool http_answer_upgrade(struct http_exchange *exchange);
bool http_answer_header(struct http_exchange *exchange, const char *name, const char *value);
void http_answer_send(struct http_exchange *exchange);

enum http_written { HTTP_TAKEN, HTTP_NO_ROOM, HTTP_NO_MEMORY };
/* Give a stream its next piece; there is room for one at a time. */
enum http_written http_write(struct http_exchange *exchange, const char *bytes, size_t size);
/* Close a stream once what was written has been sent. */
void http_finish(struct http_exchange *exchange);

#endif
