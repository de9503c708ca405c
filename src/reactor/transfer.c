/* SPDX-License-Identifier: MIT */
#include "reactor/transfer.h"

#include <limits.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "reactor/authorities.h"
#include "reactor/easy.h"
#include "reactor/poller.h"

void transfer_reset(struct transfer *transfer) {
  transfer->outcome = TRANSFER_NONE;
  transfer->sent = TRANSFER_SENT_NO;
  transfer->sends = 0;
  transfer->status = 0;
  transfer->response_headers.length = 0;
  transfer->response_body.length = 0;
  transfer->paused = transfer->stale = false;
  transfer->socket = -1;
  transfer->overflow = BYTES_OK;
  transfer_say(transfer, NULL);
  transfer->times = (struct transfer_times){0};
  transfer->retry_after = 0;
  transfer->connected = false;
}

void transfer_say(struct transfer *transfer, const char *message) {
  free(transfer->message);
  transfer->message = message ? strdup(message) : NULL;
}

bool transfer_succeeds(const struct transfer *transfer) {
  return transfer->status / 100 == 2;
}

void transfer_free(struct transfer *transfer) {
  bytes_free(&transfer->response_headers);
  bytes_free(&transfer->response_body);
  transfer_say(transfer, NULL);
}

void transfer_append(struct transfer_list *list, struct transfer *transfer) {
  transfer->previous = list->last;
  transfer->next = NULL;
  if (list->last) list->last->next = transfer;
  else list->first = transfer;
  list->last = transfer;
  list->count++;
  transfer->list = list;
}

void transfer_unlink(struct transfer *transfer) {
  struct transfer_list *list = transfer->list;
  if (transfer->previous) transfer->previous->next = transfer->next;
  else list->first = transfer->next;
  if (transfer->next) transfer->next->previous = transfer->previous;
  else list->last = transfer->previous;
  list->count--;
  transfer->list = NULL;
}

/* A POST always says how long it is, an empty one included: with POSTFIELDS NULL libcurl would
 * read a body from standard input (CURLOPT_POSTFIELDS(3)). */
static CURLcode set_method(const struct transfer *transfer, struct easy *easy) {
  CURL *curl = easy->curl;
  bool was_get = easy->get;
  easy->get = strcmp(transfer->method, "GET") == 0;
  if (easy->get && was_get) return CURLE_OK;
  if (easy->get) {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, NULL);
    return curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
  }
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->body_length);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, transfer->body ? transfer->body : "");
  return curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, transfer->method);
}

static void set_fresh(struct easy *easy, bool fresh) {
  if (easy->fresh != fresh) curl_easy_setopt(easy->curl, CURLOPT_FRESH_CONNECT, (long)fresh);
  easy->fresh = fresh;
}

CURLcode transfer_attach(struct transfer *transfer, struct easy *easy) {
  CURLcode code = set_method(transfer, easy);
  if (code == CURLE_OK && transfer->target)
    code = curl_easy_setopt(easy->curl, CURLOPT_REQUEST_TARGET, transfer->target);
  else if (code == CURLE_OK) code = curl_easy_setopt(easy->curl, CURLOPT_URL, transfer->url);
  if (code != CURLE_OK) return code;
  curl_easy_setopt(easy->curl, CURLOPT_HTTPHEADER, transfer->headers);
  set_fresh(easy, transfer->once || transfer->fresh || transfer->stale);
  transfer->stale = false;
  easy->message[0] = '\0';
  easy->transfer = transfer;
  transfer->easy = easy;
  return CURLE_OK;
}

static enum transfer_outcome outcome_of(const struct transfer *transfer, CURLcode code) {
  if (transfer->overflow == BYTES_OVER_CEILING) return TRANSFER_TOO_LARGE;
  if (transfer->overflow == BYTES_NO_MEMORY) return TRANSFER_NO_MEMORY;
  switch (code) {
  case CURLE_OK: /* also when the connection ended inside the head */
    return transfer->status ? TRANSFER_ANSWERED : TRANSFER_FAILED;
  case CURLE_OPERATION_TIMEDOUT:
    return TRANSFER_TIMED_OUT;
  case CURLE_OUT_OF_MEMORY:
    return TRANSFER_NO_MEMORY;
  default:
    return TRANSFER_FAILED;
  }
}

/* A certificate that does not verify is nearly always a CA file that was not found: say which
 * one libcurl looks at, and how to name another. */
static void name_authorities(struct transfer *transfer) {
  char place[CURL_ERROR_SIZE], whole[3 * CURL_ERROR_SIZE];
  authorities_name(transfer->easy->ca_file, place, sizeof place);
  snprintf(whole, sizeof whole, "%s (%s; the option caFile names another)", transfer->message,
           place);
  transfer_say(transfer, whole);
}

static void explain(struct transfer *transfer, CURLcode code) {
  const char *message = transfer->easy->message;
  if (transfer->outcome == TRANSFER_FAILED && code == CURLE_OK)
    message = "the connection ended inside the head of the answer";
  if (code == CURLE_ABORTED_BY_CALLBACK) /* libcurl would have sent it again */
    message = "the server refused the request, or the connection ended before an answer";
  transfer_say(transfer, *message ? message : curl_easy_strerror(code));
  if (!transfer->message) return;
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
    name_authorities(transfer);
}

static float microseconds(CURL *curl, CURLINFO moment) {
  curl_off_t time = 0;
  curl_easy_getinfo(curl, moment, &time);
  return (float)time;
}

/* A date gone by is told as a negative number before 8.12. */
static int wanted_delay(CURL *curl) {
  curl_off_t seconds = 0;
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
  return seconds > 0 ? (int)(seconds < INT_MAX ? seconds : INT_MAX) : 0;
}

static bool made_connection(CURL *curl) {
  long connections = 0;
  curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &connections);
  return connections > 0;
}

static void measure(struct transfer *transfer) {
  CURL *curl = transfer->easy->curl;
  transfer->times = (struct transfer_times){
      .name_lookup = microseconds(curl, CURLINFO_NAMELOOKUP_TIME_T),
      .connect = microseconds(curl, CURLINFO_CONNECT_TIME_T),
      .tls = microseconds(curl, CURLINFO_APPCONNECT_TIME_T),
      .first_byte = microseconds(curl, CURLINFO_STARTTRANSFER_TIME_T),
      .total = microseconds(curl, CURLINFO_TOTAL_TIME_T),
  };
  transfer->connected = made_connection(curl);
  if (!transfer_succeeds(transfer)) transfer->retry_after = wanted_delay(curl);
}

/* Before 8.1 libcurl resets each stream of HTTP/2 that has ended, and a server that bears only so
 * many resets (nghttp2 from 1.57 on: 1,000 and 33 a second) then ends the connection under what is
 * under way. libcurl itself sends again when that happens with HTTP/1.1. */
bool transfer_may_go_again(const struct transfer *transfer, CURLcode code) {
  if (transfer->stale) return true;
  return code == CURLE_HTTP2 && !transfer->once && !transfer->status && transfer->sends == 1;
}

static int local_port(int socket) {
  struct sockaddr_storage address = {0};
  socklen_t length = sizeof address;
  if (socket < 0 || getsockname(socket, (struct sockaddr *)&address, &length) != 0) return 0;
  if (address.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&address)->sin_port);
  if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
  return 0;
}

static void name_socket(const struct transfer *transfer, int port) {
  if (port > 0) poller_name(transfer->easy->poller, transfer->socket, port);
}

static void name_if_http1(const struct transfer *transfer) {
  long version = CURL_HTTP_VERSION_NONE;
  curl_easy_getinfo(transfer->easy->curl, CURLINFO_HTTP_VERSION, &version);
  if (version == CURL_HTTP_VERSION_1_1) name_socket(transfer, local_port(transfer->socket));
}

void transfer_detach(struct transfer *transfer, CURLcode code) {
  if (transfer->http2) name_if_http1(transfer);
  transfer->outcome = outcome_of(transfer, code);
  measure(transfer);
  if (transfer->outcome != TRANSFER_ANSWERED) explain(transfer, code);
  transfer->easy->transfer = NULL;
  transfer->easy = NULL;
}

/* Returning less than was given makes libcurl break the transfer off (CURLOPT_WRITEFUNCTION(3)). */
static size_t receive(struct transfer *transfer, struct bytes *bytes, const char *data,
                      size_t length) {
  transfer->overflow = bytes_append(bytes, data, length);
  return transfer->overflow == BYTES_OK ? length : 0;
}

/* A status line begins a new head; an interim response (RFC 9110, 15.2) may have come before. An
 * empty line ends one, and only then is the status the answer's. */
static void note_line(struct transfer *transfer, const char *line, size_t length) {
  if (length >= 5 && memcmp(line, "HTTP/", 5) == 0) transfer->response_headers.length = 0;
  if (line[0] != '\r' && line[0] != '\n') return;
  long status = 0;
  curl_easy_getinfo(transfer->easy->curl, CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200) transfer->status = (int)status;
  if (transfer->streamed) transfer->heard_at = poller_now();
}

size_t transfer_on_header(char *data, size_t size, size_t count, void *userdata) {
  struct transfer *transfer = ((struct easy *)userdata)->transfer;
  if (!transfer) return size * count; /* detached */
  transfer->sent = TRANSFER_SENT_YES;
  transfer->easy->poller->unheeded = 0;
  if (!transfer->status) note_line(transfer, data, size * count);
  return receive(transfer, &transfer->response_headers, data, size * count);
}

/* A stream is taken away as it comes, so its length has no ceiling; an error's body has. */
static size_t receive_stream(struct transfer *transfer, const char *data, size_t length) {
  struct bytes *body = &transfer->response_body;
  if (transfer->list != transfer->easy->news) { /* also to be known as paused */
    transfer_unlink(transfer);
    transfer_append(transfer->easy->news, transfer);
  }
  transfer->paused = body->length + length > STREAM_CEILING;
  if (transfer->paused) return CURL_WRITEFUNC_PAUSE; /* libcurl keeps the piece */
  body->ceiling = SIZE_MAX;
  transfer->heard_at = poller_now();
  return receive(transfer, body, data, length);
}

size_t transfer_on_body(char *data, size_t size, size_t count, void *userdata) {
  struct transfer *transfer = ((struct easy *)userdata)->transfer;
  if (!transfer) return size * count; /* detached */
  transfer->easy->poller->unheeded = 0;
  if (transfer->streamed && transfer_succeeds(transfer))
    return receive_stream(transfer, data, size * count);
  return receive(transfer, &transfer->response_body, data, size * count);
}

CURLcode transfer_resume(struct transfer *transfer) {
  transfer->paused = false;
  return curl_easy_pause(transfer->easy->curl, CURLPAUSE_CONT);
}

static bool has_something(int socket) {
  char byte;
  return recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

/* Which of the idle connections libcurl has taken cannot be told: one that has something to read is
 * as good as this one, for a new one costs little. */
static bool any_has_something(const struct poller *poller) {
  int socket = poller_next_idle(poller, -1);
  while (socket >= 0 && !has_something(socket)) socket = poller_next_idle(poller, socket);
  return socket >= 0;
}

/* What there is to read on a kept connection before anything was asked (an answer to nothing, a
 * goodbye) would be taken for the answer. libcurl names the connection by its local port only; of
 * a Unix socket there is none. On a new connection there may be the peer's TLS tickets; one that
 * may turn out to speak HTTP/2, where an answer says whose it is, is named when it has not. */
static bool is_stale(const struct transfer *transfer, int port) {
  if (made_connection(transfer->easy->curl)) {
    if (!transfer->http2 && local_port(transfer->socket) == port) name_socket(transfer, port);
    return false;
  }
  if (port <= 0) return !transfer->http2 && any_has_something(transfer->easy->poller);
  int socket = poller_find(transfer->easy->poller, port);
  return socket >= 0 && has_something(socket);
}

/* libcurl sends a request again, whatever its method, when a kept connection dies before the
 * first byte of an answer (Curl_retry_request in its lib/transfer.c). It asks here first. */
int transfer_on_send(void *userdata, char *remote, char *local, int remote_port, int port) {
  (void)remote, (void)local, (void)remote_port;
  struct transfer *transfer = ((struct easy *)userdata)->transfer;
  if (transfer->once && transfer->sends > 0) return CURL_PREREQFUNC_ABORT;
  transfer->stale = is_stale(transfer, port);
  if (transfer->stale) return CURL_PREREQFUNC_ABORT;
  transfer->sends++;
  transfer->sent = TRANSFER_SENT_MAYBE;
  return CURL_PREREQFUNC_OK;
}
