/* SPDX-License-Identifier: MIT */
/* Exchanges: made when the request line is there, gone when libmicrohttpd completes them or, for
 * a stream somebody holds, when the holder has heard of it.
 *
 * A request that is complete is answered at once, or suspended, answered between two runs, and
 * resumed; one with a body is suspended before that, too, for whoever answers to say how long it
 * may be. What two servers could read in two ways is marked as at fault, for whoever answers to
 * refuse. */
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>

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
  free(exchange->body);
  free(exchange);
}

static void suspend(struct http_exchange *exchange, enum http_event event) {
  http_rest(exchange->server, exchange->connection);
  MHD_suspend_connection(exchange->mhd);
  exchange->suspended = true;
  if (event != HTTP_NOTHING) post(exchange, event);
}

/* A client that hangs up on a stream which has nothing to say would not be noticed otherwise. */
static void watch(struct http_exchange *exchange) {
  struct epoll_event event = {.events = EPOLLRDHUP, .data.ptr = exchange};
  epoll_ctl(exchange->server->epoll, EPOLL_CTL_ADD, exchange->connection->descriptor, &event);
  exchange->watched = true;
  exchange->server->watched++;
}

static void unwatch(struct http_exchange *exchange) {
  epoll_ctl(exchange->server->epoll, EPOLL_CTL_DEL, exchange->connection->descriptor, NULL);
  exchange->watched = false;
  exchange->server->watched--;
}

void http_resume(struct http_exchange *exchange) {
  if (!exchange->suspended) return;
  exchange->suspended = false;
  if (exchange->watched) unwatch(exchange);
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
  exchange->head = (struct http_head){0};
  exchange->connection->is_socket = false;
  if (exchange->state == STREAMING && exchange->holder != NULL) post(exchange, HTTP_CLOSED);
  else http_discard(exchange);
}

/* Checks of a request's headers */

/* What of a request's headers is noted: how often each of these was given, and its first value. */
enum { HOST, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE, ORIGIN, NOTED };

static const struct {
  const char *name;
  size_t size;
} noted[NOTED] = {
    [HOST] = {"Host", 4},
    [CONTENT_LENGTH] = {"Content-Length", 14},
    [TRANSFER_ENCODING] = {"Transfer-Encoding", 17},
    [UPGRADE] = {"Upgrade", 7},
    [ORIGIN] = {"Origin", 6},
};

struct framing {
  unsigned counts[NOTED];
  const char *values[NOTED], *spaced_length;
  bool bad_name, bad_line;
  const char *line; /* where the next header must begin */
};

/* RFC 9110 section 5.6.2: what a method's or a header's name is made of. */
static size_t token_size(const char *text) {
  const char *character = text;
  while (isalnum((unsigned char)*character) ||
         (*character != '\0' && strchr("!#$%&'*+-.^_`|~", *character) != NULL))
    character++;
  return (size_t)(character - text);
}

static bool is_token(const char *text) {
  size_t size = token_size(text);
  return size > 0 && text[size] == '\0';
}

static bool is_named(const char *name, size_t size, int which) {
  return size == noted[which].size && strncasecmp(name, noted[which].name, size) == 0;
}

/* A blank before the colon: real clients send it, and servers differ in what they make of it. So
 * nothing is made of it, and what tells where a request ends or whose it is may not have it; but
 * for a length that is given properly as well. */
static void note_spaced(struct framing *framing, const char *name, const char *value) {
  size_t size = token_size(name);
  if (size == 0 || name[size + strspn(name + size, " \t")] != '\0' ||
      is_named(name, size, TRANSFER_ENCODING) || is_named(name, size, HOST))
    framing->bad_name = true;
  if (is_named(name, size, CONTENT_LENGTH)) framing->spaced_length = value;
}

/* libmicrohttpd 0.9.75 takes a line feed alone for a line's end, and a NUL for a value's. It
 * writes two NULs over CR LF, so a header that begins elsewhere than behind those had neither.
 * Later releases refuse both by themselves. */
static void note_line(struct framing *framing, const char *name, const char *value, size_t size) {
  if (framing->line == NULL) return;
  if (name != framing->line || value == NULL || value[size] != '\0' || value[size + 1] != '\0')
    framing->bad_line = true;
  else framing->line = value + size + 2;
}

static enum MHD_Result note_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   size_t name_size, const char *value, size_t size) {
  struct framing *framing = context;
  (void)kind;
  if (!framing->bad_line) note_line(framing, name, value, size);
  if (!is_token(name)) note_spaced(framing, name, value);
  for (int which = 0; which < NOTED; which++)
    if (is_named(name, name_size, which) && framing->counts[which]++ == 0)
      framing->values[which] = value;
  return MHD_YES;
}

/* Behind the last header is an empty line, and the headers' end. */
static void note_end(struct framing *framing, const struct http_exchange *exchange) {
  if (framing->line == NULL || framing->bad_line) return;
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(exchange->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  framing->bad_line = framing->line + 2 != exchange->head.method + info->header_size;
}

static bool is_other_length(const struct framing *framing) {
  const char *length = framing->values[CONTENT_LENGTH];
  return framing->spaced_length != NULL &&
         (length == NULL || strcmp(length, framing->spaced_length) != 0);
}

static void note_values(struct http_exchange *exchange, const struct framing *framing) {
  const char *length = framing->values[CONTENT_LENGTH];
  const char *coding = framing->values[TRANSFER_ENCODING];
  exchange->chunked = coding != NULL && strcasecmp(coding, "chunked") == 0;
  exchange->length = length != NULL ? strtoull(length, NULL, 10) : 0;
  exchange->head.host = framing->values[HOST];
  exchange->head.upgrade = framing->values[UPGRADE];
  exchange->head.origin = framing->values[ORIGIN];
}

static void find_fault(struct http_exchange *exchange, const char *version) {
  struct framing framing = {0};
  if (exchange->server->is_0_9_75) framing.line = version + strlen(version) + 2;
  MHD_get_connection_values_n(exchange->mhd, MHD_HEADER_KIND, note_header, &framing);
  note_end(&framing, exchange);
  note_values(exchange, &framing);
  unsigned lengths = framing.counts[CONTENT_LENGTH], codings = framing.counts[TRANSFER_ENCODING];
  exchange->fault_status = MHD_HTTP_BAD_REQUEST;
  if (!is_token(exchange->head.method))
    exchange->fault = "the method has a character that no method may have";
  else if (framing.bad_line)
    exchange->fault = "a header has a NUL in it, or a line that does not end in CR LF";
  else if (framing.bad_name)
    exchange->fault = "a header's name has a character that no name may have";
  else if (framing.counts[HOST] != 1) exchange->fault = "the Host header must be given, and once";
  else if (codings > 0 && strcmp(version, MHD_HTTP_VERSION_1_1) != 0)
    exchange->fault = "Transfer-Encoding is for HTTP/1.1";
  else if (lengths > 1 || is_other_length(&framing))
    exchange->fault = "the Content-Length header is given more than once";
  else if (lengths > 0 && codings > 0)
    exchange->fault = "Content-Length and Transfer-Encoding are both given";
  else if (codings > 1 || (codings == 1 && !exchange->chunked)) {
    exchange->fault = "the only transfer coding understood here is chunked";
    exchange->fault_status = MHD_HTTP_NOT_IMPLEMENTED;
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

/* To suspend and resume a connection takes two calls of epoll_ctl(2) and a recv(2) in vain, as long
 * as all the rest of a request: what can be answered at once is. */
static enum MHD_Result ask(struct http_exchange *exchange) {
  struct http_server *server = exchange->server;
  enum http_asked asked = server->ask(server->context, exchange);
  if (asked == HTTP_END || exchange->broken) return MHD_NO;
  if (asked == HTTP_SEND) {
    http_renew(server, exchange->connection);
    return give_answer(exchange);
  }
  suspend(exchange, HTTP_NOTHING);
  return MHD_YES;
}

/* A body that came in chunks is too long only once it has. libmicrohttpd takes no answer in the
 * middle of a body, so what is left of it is thrown away, within bounds. */
static enum MHD_Result leave_out(struct http_exchange *exchange, size_t size) {
  free(exchange->body);
  exchange->body = NULL;
  exchange->body_size = exchange->body_room = 0;
  exchange->fault = "the body is longer than this request may have";
  exchange->fault_status = MHD_HTTP_CONTENT_TOO_LARGE;
  exchange->left_out += size;
  return exchange->left_out <= exchange->server->body_limit ? MHD_YES : MHD_NO;
}

static bool make_body_room(struct http_exchange *exchange, size_t size) {
  if (size <= exchange->body_room) return true;
  size_t room = size > 2 * exchange->body_room ? size : 2 * exchange->body_room;
  if (room > exchange->body_limit) room = exchange->body_limit;
  char *body = realloc(exchange->body, room);
  if (body == NULL) return false;
  exchange->body = body;
  exchange->body_room = room;
  return true;
}

static enum MHD_Result keep_body(struct http_exchange *exchange, const char *bytes, size_t *size) {
  size_t added = *size;
  *size = 0;
  if (exchange->fault != NULL || added > exchange->body_limit - exchange->body_size)
    return leave_out(exchange, added);
  if (!make_body_room(exchange, exchange->body_size + added)) return MHD_NO;
  memcpy(exchange->body + exchange->body_size, bytes, added);
  exchange->body_size += added;
  return MHD_YES;
}

/* The headers are there: what comes next? */
static enum MHD_Result begin_request(struct http_exchange *exchange, const char *version) {
  find_fault(exchange, version);
  bool has_body = exchange->chunked || exchange->length > 0;
  exchange->state = exchange->fault != NULL ? WAITING : has_body ? OFFERED : RECEIVING_BODY;
  if (exchange->state == WAITING) suspend(exchange, HTTP_REQUEST);
  if (exchange->state == OFFERED) suspend(exchange, HTTP_OFFER);
  return MHD_YES;
}

enum MHD_Result http_on_request(void *context, struct MHD_Connection *mhd, const char *path,
                                const char *method, const char *version, const char *body,
                                size_t *body_size, void **slot) {
  struct http_server *server = context;
  struct http_exchange *exchange = *slot;
  (void)mhd, (void)path;
  if (exchange == NULL || exchange->broken || server->stopping) return MHD_NO;
  switch (exchange->state) {
  case RECEIVING_HEADERS:
    exchange->head.method = method;
    return begin_request(exchange, version);
  case ACCEPTED:
    exchange->state = RECEIVING_BODY;
    return MHD_YES;
  case RECEIVING_BODY:
    if (*body_size > 0) return keep_body(exchange, body, body_size);
    break;
  case OFFERED:
  case WAITING:
  case UPGRADED:
    return MHD_NO;
  case ANSWERED:
  case STREAMING:
    return give_answer(exchange);
  }
  exchange->state = WAITING;
  if (server->ask != NULL) return ask(exchange);
  suspend(exchange, HTTP_REQUEST);
  return MHD_YES;
}

/* Streams */

/* A connection whose reader says that it failed is never closed by libmicrohttpd 0.9.75 with epoll;
 * one that cannot be written to is. Nothing of this byte is sent. */
static ssize_t fail(const struct http_exchange *exchange, char *buffer) {
  shutdown(exchange->connection->descriptor, SHUT_RDWR);
  *buffer = '\0';
  return 1;
}

static ssize_t read_piece(void *context, uint64_t position, char *buffer, size_t most) {
  struct http_exchange *exchange = context;
  size_t size = exchange->piece_size - exchange->piece_sent;
  (void)position;
  if (exchange->broken) return fail(exchange, buffer);
  if (size > 0) {
    if (size > most) size = most;
    memcpy(buffer, exchange->piece + exchange->piece_sent, size);
    exchange->piece_sent += size;
    http_renew(exchange->server, exchange->connection);
    return (ssize_t)size;
  }
  if (exchange->finished) return MHD_CONTENT_READER_END_OF_STREAM;
  watch(exchange);
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

bool http_receive(struct http_exchange *exchange, size_t limit) {
  if (exchange->length > limit || (exchange->chunked && limit == 0)) return false;
  exchange->body_limit = limit;
  exchange->state = ACCEPTED;
  *exchange->holder = NULL;
  exchange->holder = NULL;
  http_resume(exchange);
  return true;
}

const char *http_body(const struct http_exchange *exchange, size_t *size) {
  *size = exchange->body_size;
  return exchange->body;
}

bool http_is_offer(const struct http_exchange *exchange) {
  return exchange->state == OFFERED;
}

bool http_is_waiting(const struct http_exchange *exchange) {
  return exchange->state == WAITING || exchange->state == OFFERED;
}

/* Where the next request begins is certain only behind a body that was read and had one length:
 * libmicrohttpd takes chunks whose lines end in a line feed alone, which others read otherwise. */
static bool is_last(const struct http_exchange *exchange) {
  return exchange->fault != NULL || exchange->state == OFFERED || exchange->chunked;
}

static bool begin(struct http_exchange *exchange, unsigned status, enum state once_sent,
                  struct MHD_Response *answer) {
  if (exchange->answer != NULL) MHD_destroy_response(exchange->answer);
  exchange->answer = answer;
  exchange->status = status;
  exchange->once_sent = once_sent;
  if (answer == NULL) return false;
  return !is_last(exchange) || http_answer_header(exchange, MHD_HTTP_HEADER_CONNECTION, "close");
}

bool http_answer(struct http_exchange *exchange, unsigned status, const char *body, size_t size) {
  /* The bytes are copied; libmicrohttpd's parameter merely lacks the const. */
  return begin(
      exchange, status, ANSWERED,
      MHD_create_response_from_buffer(size, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY));
}

/* To HEAD libmicrohttpd 0.9.75 would send the last of no chunks. */
bool http_answer_stream(struct http_exchange *exchange, unsigned status) {
  struct MHD_Response *answer =
      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_piece, exchange, NULL);
  if (answer != NULL && strcmp(exchange->head.method, MHD_HTTP_METHOD_HEAD) == 0)
    MHD_set_response_options(answer, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
  return begin(exchange, status, STREAMING, answer);
}

bool http_answer_upgrade(struct http_exchange *exchange) {
  return begin(exchange, MHD_HTTP_SWITCHING_PROTOCOLS, ANSWERED,
               MHD_create_response_for_upgrade(http_on_upgrade, exchange));
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
      http_is_waiting(exchange) || (exchange->state == STREAMING && !exchange->finished);
  http_resume(exchange);
}

const struct http_head *http_head(const struct http_exchange *exchange) {
  return &exchange->head;
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
