/* SPDX-License-Identifier: MIT */
/* A transfer: one HTTP request and what came of it. It knows libcurl's easy handle while it has
 * one; the reactor lends it and takes it back. */
#ifndef HATHORA_TRANSFER_H
#define HATHORA_TRANSFER_H

#include <curl/curl.h>

#include "reactor/bytes.h"
#include "reactor/timers.h"

enum transfer_state {
  TRANSFER_IDLE,    /* not started, or its outcome was handed up */
  TRANSFER_WAITING, /* for its time to start */
  TRANSFER_QUEUED,  /* for room among those in flight */
  TRANSFER_ACTIVE,
  TRANSFER_FINISHED /* its outcome waits to be handed up */
};

enum transfer_outcome {
  TRANSFER_NONE,
  TRANSFER_ANSWERED,
  TRANSFER_FAILED,
  TRANSFER_TIMED_OUT,
  TRANSFER_TOO_LARGE,
  TRANSFER_NO_MEMORY
};

/* May the server have acted? */
enum transfer_sent { TRANSFER_SENT_NO, TRANSFER_SENT_MAYBE, TRANSFER_SENT_YES };

struct easy;
struct reactor;
struct transfer;

struct transfer_list {
  struct transfer *first, *last;
  size_t count;
};

/* A stream is paused while so much of it has not been taken; what it holds is at most this and
 * one piece of libcurl's. */
enum { STREAM_CEILING = 256 * 1024 };

/* What it took: microseconds from the start to each moment. There is one for each call that a
 * program holds on to, so they are small. */
struct transfer_times {
  float name_lookup, connect, tls, first_byte, total;
};

struct transfer {
  struct timer timer; /* first, so that a timer of the heap is its transfer */
  struct transfer *previous, *next;
  struct transfer_list *list; /* the one it is in */
  struct reactor *reactor;    /* NULL once the reactor is closed */
  struct easy *easy;          /* while active */

  /* The request. Whoever makes the transfer keeps these alive as long as it. */
  const char *method;
  const char *url;
  const char *target; /* its end, from the path on, when the handle knows the rest; else NULL */
  const char *body;   /* NULL for none */
  size_t body_length;
  struct curl_slist *headers;
  int64_t start_at;
  /* Monotonic ns; INT64_MAX for none. Of a stream it is for a success's head to be whole; a
   * failure's body is under it, too. */
  int64_t deadline;
  int64_t idle_limit; /* ns that a stream may be silent once it has begun; 0 for no limit */
  bool streamed;      /* its body is handed up as it comes */
  bool once;          /* must not be sent again by libcurl when a kept connection turns out dead */
  bool fresh;         /* on a new connection */
  bool external;      /* not libcurl carries it out, but somebody else, when it is handed up */
  bool http2;         /* its connection may turn out to speak HTTP/2 */

  bool paused;    /* a stream of which too much has not been taken */
  bool stale;     /* the kept connection was of no use: a new one is needed */
  bool connected; /* a connection was made for it */
  enum transfer_state state;
  enum transfer_outcome outcome;
  enum transfer_sent sent;
  enum bytes_result overflow; /* why receiving was broken off */
  unsigned sends;             /* how often libcurl began to send it */
  int reference;              /* its maker's own */
  int socket;                 /* the last that it waited for; -1 for none yet */
  int status;                 /* 0 until the head of the answer is whole */
  int retry_after;            /* seconds; 0 when the server named none */
  struct transfer_times times;
  int64_t heard_at;              /* when a stream's last bytes came */
  struct bytes response_headers; /* of the last response, as received */
  struct bytes response_body;
  char *message; /* why it failed, ours to free; NULL when there is nothing to say */
};

/* Forget an earlier answer, ready to be sent (again). */
void transfer_reset(struct transfer *transfer);

/* Point an easy handle at the transfer. */
CURLcode transfer_attach(struct transfer *transfer, struct easy *easy);

/* Did it fail for what happened to the connection before, and may it be sent again? */
bool transfer_may_go_again(const struct transfer *transfer, CURLcode code);

/* Take down what the handle knows of the finished transfer, and let the handle go. */
void transfer_detach(struct transfer *transfer, CURLcode code);

/* Keep a copy of what there is to say about a failure, NULL for nothing. */
void transfer_say(struct transfer *transfer, const char *message);

/* Is the answer a success? False until its head is whole. */
bool transfer_succeeds(const struct transfer *transfer);

void transfer_free(struct transfer *transfer);

/* A transfer is in at most one list. */
void transfer_append(struct transfer_list *list, struct transfer *transfer);
void transfer_unlink(struct transfer *transfer);

/* Let a paused stream go on. A failure is its end. */
CURLcode transfer_resume(struct transfer *transfer);

/* The callbacks of every easy handle that carries transfers; their data is the handle. */
size_t transfer_on_header(char *data, size_t size, size_t count, void *easy);
size_t transfer_on_body(char *data, size_t size, size_t count, void *easy);
int transfer_on_send(void *easy, char *remote, char *local, int remote_port, int local_port);

#endif
