/* SPDX-License-Identifier: MIT */
/* Exchanges: made when the request line is there, gone when libmicrohttpd completes them or, for
 * a stream somebody holds, when the holder has heard of it.
 *
 * A request is suspended when it is complete, answered between two runs, and resumed. What two
 * servers could read in two ways is marked as at fault, for whoever answers to refuse. */
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

#include "http_private.h"

enum { STREAM_BLOCK = 4096 };

static void post(struct http_exchange *exchange, enum http_event event) {
  if (exchange->event == HTTP_NOTHING) TAILQ_INSERT_TAIL(&exchange->server->events, exchange, link);
  exchange->event = event;
}

void http_take(struct http_exchange *exchange) {
  if (exchange->event != HTTP_NOTHING) TAILQ_REMOVE(&exchange->server->events, exchange, link);
  exchange->event = HTTP_NOTHING;
}

void http_discard(struct http_exchange *exchange) {
  http_take(exchange);
  if (exchange->holder != NULL) *exchange->holder = NULL;
  if (exchange->answer != NULL) MHD_destroy_response(exchange->answer);
  free(exchange->piece);
  free(exchange);
}

static void suspend(struct http_exchange *exchange, enum http_event event) {
  http_rest(exchange->server, exchange->connection);
  MHD_suspend_connection(exchange->mhd);
  exchange->suspended = true;
  post(exchange, event);
}

void http_resume(struct http_exchange *exchange) {
  if (!exchange->suspended) return;
  exchange->suspended = false;
  if (exchange->state == STREAMING)
    epoll_ctl(exchange->server->epoll, EPOLL_CTL_DEL, exchange->connection->descriptor, NULL);
  http_renew(exchange->server, exchange->connection);
  MHD_resume_connection(exchange->mhd);
  exchange->server->resumed = true;
}

void *http_on_target(void *context, const char *target, struct MHD_Connection *mhd) {
  struct http_server *server = context;
  struct connection *connection =
      MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
  size_t size = strlen(target) + 1;
  struct http_exchange *exchange = calloc(1, sizeof *exchange + size);
  if (exchange == NULL || connection == NULL) {
    free(exchange);
    return NULL; /* on_request refuses */
  }
  memcpy(exchange->target, target, size);
  exchange->server = server;
  exchange->connection = connection;
  exchange->mhd = mhd;
  connection->exchange = exchange;
  http_renew(server, connection);
  return exchange;
}

void http_on_completed(void *context, struct MHD_Connection *mhd, void **slot,
                       enum MHD_RequestTerminationCode code) {
  struct http_server *server = context;
  struct http_exchange *exchange = *slot;
  (void)mhd, (void)code;
  *slot = NULL;
  if (exchange == NULL) return;
  http_renew(server, exchange->connection);
  exchange->connection->exchange = NULL;
  exchange->mhd = NULL;
  if (exchange->state == STREAMING && exchange->holder != NULL) post(exchange, HTTP_CLOSED);
  else http_discard(exchange);
}

/* Checks of a request's headers */

struct framing {
  unsigned hosts, lengths, codings;
  bool chunked, bad_name;
};

/* RFC 9110 section 5.6.2: what a header's name is made of. */
static bool is_token(const char *text) {
  const char *character = text;
  while (isalnum((unsigned char)*character) ||
         (*character != '\0' && strchr("!#$%&'*+-.^_`|~", *character) != NULL))
    character++;
  return character != text && *character == '\0';
}

static enum MHD_Result note_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   const char *value) {
  struct framing *framing = context;
  (void)kind;
  if (!is_token(name)) framing->bad_name = true;
  if (strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0) framing->hosts++;
  if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) framing->lengths++;
  if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
    framing->codings++;
    framing->chunked = value != NULL && strcasecmp(value, "chunked") == 0;
  }
  return MHD_YES;
}

static void find_fault(struct http_exchange *exchange) {
  struct framing framing = {0};
  MHD_get_connection_values(exchange->mhd, MHD_HEADER_KIND, note_header, &framing);
  const char *length = http_value(exchange, MHD_HTTP_HEADER_CONTENT_LENGTH);
  exchange->fault_status = MHD_HTTP_BAD_REQUEST;
  if (!is_token(exchange->method))
    exchange->fault = "the method has a character that no method may have";
  else if (framing.bad_name)
    exchange->fault = "a header's name has a character that no name may have";
  else if (framing.hosts != 1) exchange->fault = "the Host header must be given, and once";
  else if (framing.lengths > 1)
    exchange->fault = "the Content-Length header is given more than once";
  else if (framing.lengths > 0 && framing.codings > 0)
    exchange->fault = "Content-Length and Transfer-Encoding are both given";
  else if (framing.codings > 1 || (framing.codings == 1 && !framing.chunked)) {
    exchange->fault = "the only transfer coding understood here is chunked";
    exchange->fault_status = MHD_HTTP_NOT_IMPLEMENTED;
  } else if (length != NULL && strtoull(length, NULL, 10) > exchange->server->body_limit) {
    exchange->fault = "the body is longer than any request here needs";
    exchange->fault_status = MHD_HTTP_CONTENT_TOO_LARGE;
  }
}

/* The access handler: called when the headers are there, for each part of a body, when all of
 * the request is there, and again when its connection is resumed. */

static enum MHD_Result give_answer(struct http_exchange *exchange) {
  enum MHD_Result result = MHD_queue_response(exchange->mhd, exchange->status, exchange->answer);
  MHD_destroy_response(exchange->answer); /* the connection keeps its own hold */
  exchange->answer = NULL;
  return result;
}

static enum MHD_Result throw_body_away(struct http_exchange *exchange, size_t *size) {
  exchange->body += *size;
  *size = 0;
  return exchange->body <= exchange->server->body_limit ? MHD_YES : MHD_NO;
}

enum MHD_Result http_on_request(void *context, struct MHD_Connection *mhd, const char *path,
                                const char *method, const char *version, const char *body,
                                size_t *body_size, void **slot) {
  struct http_server *server = context;
  struct http_exchange *exchange = *slot;
  (void)mhd, (void)path, (void)version, (void)body;
  if (exchange == NULL || exchange->broken || server->stopping) return MHD_NO;
  switch (exchange->state) {
  case RECEIVING_HEADERS:
    exchange->method = method;
    exchange->state = RECEIVING_BODY;
    find_fault(exchange);
    if (exchange->fault == NULL) return MHD_YES;
    break;
  case RECEIVING_BODY:
    if (*body_size > 0) return throw_body_away(exchange, body_size);
    break;
  case WAITING:
    return MHD_NO;
  case ANSWERED:
  case STREAMING:
    return give_answer(exchange);
  }
  exchange->state = WAITING;
  suspend(exchange, HTTP_REQUEST);
  return MHD_YES;
}

/* Streams */

static ssize_t read_piece(void *context, uint64_t position, char *buffer, size_t most) {
  struct http_exchange *exchange = context;
  size_t size = exchange->piece_size - exchange->piece_sent;
  (void)position;
  if (exchange->broken) return MHD_CONTENT_READER_END_WITH_ERROR;
  if (size > 0) {
    if (size > most) size = most;
    memcpy(buffer, exchange->piece + exchange->piece_sent, size);
    exchange->piece_sent += size;
    http_renew(exchange->server, exchange->connection);
    return (ssize_t)size;
  }
  if (exchange->finished) return MHD_CONTENT_READER_END_OF_STREAM;
  struct epoll_event event = {.events = EPOLLRDHUP, .data.ptr = exchange};
  epoll_ctl(exchange->server->epoll, EPOLL_CTL_ADD, exchange->connection->descriptor, &event);
  suspend(exchange, HTTP_DRAINED);
  return 0;
}

enum http_written http_write(struct http_exchange *exchange, const char *bytes, size_t size) {
  bool sending = exchange->piece_sent < exchange->piece_size;
  if (sending || exchange->finished || exchange->state != STREAMING) return HTTP_NO_ROOM;
  char *piece = realloc(exchange->piece, size + 1); /* realloc to 0 would free it */
  if (piece == NULL) return HTTP_NO_MEMORY;
  memcpy(piece, bytes, size);
  exchange->piece = piece;
  exchange->piece_size = size;
  exchange->piece_sent = 0;
  http_resume(exchange);
  return HTTP_TAKEN;
}

void http_finish(struct http_exchange *exchange) {
  exchange->finished = true;
  http_resume(exchange);
}

/* Answers */

bool http_is_waiting(const struct http_exchange *exchange) {
  return exchange->state == WAITING;
}

static bool begin(struct http_exchange *exchange, unsigned status, enum state once_sent,
                  struct MHD_Response *answer) {
  if (exchange->answer != NULL) MHD_destroy_response(exchange->answer);
  exchange->answer = answer;
  exchange->status = status;
  exchange->once_sent = once_sent;
  if (answer == NULL) return false;
  return exchange->fault == NULL ||
         http_answer_header(exchange, MHD_HTTP_HEADER_CONNECTION, "close");
}

bool http_answer(struct http_exchange *exchange, unsigned status, const char *body, size_t size) {
  /* The bytes are copied; libmicrohttpd's parameter merely lacks the const. */
  return begin(
      exchange, status, ANSWERED,
      MHD_create_response_from_buffer(size, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY));
}

bool http_answer_stream(struct http_exchange *exchange, unsigned status) {
  return begin(exchange, status, STREAMING,
               MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_piece,
                                                 exchange, NULL));
}

bool http_answer_header(struct http_exchange *exchange, const char *name, const char *value) {
  return MHD_add_response_header(exchange->answer, name, value) == MHD_YES;
}

void http_answer_send(struct http_exchange *exchange) {
  http_resume(exchange);
  exchange->state = exchange->once_sent;
}

/* What the holder of an exchange asks */

void http_hold(struct http_exchange *exchange, struct http_exchange **holder) {
  exchange->holder = holder;
  *holder = exchange;
}

void http_release(struct http_exchange *exchange) {
  *exchange->holder = NULL;
  exchange->holder = NULL;
  if (exchange->mhd == NULL) {
    http_discard(exchange);
    return;
  }
  http_take(exchange);
  exchange->broken =
      exchange->state == WAITING || (exchange->state == STREAMING && !exchange->finished);
  http_resume(exchange);
}

const char *http_method(const struct http_exchange *exchange) {
  return exchange->mhd != NULL ? exchange->method : NULL;
}

const char *http_target(const struct http_exchange *exchange) {
  return exchange->target;
}

void http_address(const struct http_exchange *exchange, char *text, size_t size) {
  const struct sockaddr *address =
      MHD_get_connection_info(exchange->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
  if (address->sa_family == AF_INET6) {
    struct in6_addr network = ((const struct sockaddr_in6 *)address)->sin6_addr;
    memset(network.s6_addr + 8, 0, 8);
    inet_ntop(AF_INET6, &network, text, (socklen_t)size);
  } else
    inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, text, (socklen_t)size);
}

const char *http_value(const struct http_exchange *exchange, const char *name) {
  return MHD_lookup_connection_value(exchange->mhd, MHD_HEADER_KIND, name);
}

const char *http_fault(const struct http_exchange *exchange, unsigned *status) {
  *status = exchange->fault_status;
  return exchange->fault;
}
