/* SPDX-License-Identifier: MIT */
/* Load on an HTTP/1.1 server, as little of its own as can be: keep-alive connections, one request
 * after another on each.
 *
 *   load PORT METHOD CONNECTIONS REQUESTS [TOKEN] <TARGETS
 *
 * The targets, one a line, are asked for in turn. Prints the requests, and the seconds of wall time
 * and of CPU time that they took here. Any answer but a 2xx ends it. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_SIZE = 64 * 1024, REQUEST_SIZE = 2048, EVENTS = 256 };

struct connection {
  int descriptor;
  size_t used;
  char answer[ANSWER_SIZE];
};

static char **requests; /* whole, one a target */
static size_t request_count;
static long started, done, total;

static void fail(const char *what, const char *detail) {
  fprintf(stderr, "load: %s: %s\n", what, detail);
  exit(1);
}

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void read_requests(const char *method, const char *token) {
  char target[REQUEST_SIZE / 2], request[REQUEST_SIZE];
  while (scanf("%1023s", target) == 1) {
    char **more = realloc(requests, (request_count + 1) * sizeof *requests);
    if (!more) fail("realloc", "not enough memory");
    requests = more;
    snprintf(request, sizeof request,
             "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
             "User-Agent: load/1.0\r\n%s%s%s%s\r\n",
             method, target, token ? "Authorization: Bearer " : "", token ? token : "",
             token ? "\r\n" : "", strcmp(method, "POST") == 0 ? "Content-Length: 0\r\n" : "");
    requests[request_count++] = strdup(request);
  }
  if (request_count == 0) fail("standard input", "no targets");
}

static void send_next(struct connection *connection) {
  if (started == total) return;
  const char *request = requests[(size_t)started++ % request_count];
  size_t size = strlen(request);
  if (send(connection->descriptor, request, size, MSG_NOSIGNAL) != (ssize_t)size)
    fail("send", strerror(errno));
}

/* Bytes of the whole answer at the buffer's start, 0 while there is more to come. */
static size_t answer_size(const struct connection *connection) {
  const char *end = strstr(connection->answer, "\r\n\r\n");
  if (end == NULL) return 0;
  const char *length = strcasestr(connection->answer, "\r\nContent-Length:");
  size_t body = length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
  size_t size = (size_t)(end + 4 - connection->answer) + body;
  return connection->used >= size ? size : 0;
}

static void receive(struct connection *connection) {
  ssize_t count = recv(connection->descriptor, connection->answer + connection->used,
                       ANSWER_SIZE - 1 - connection->used, 0);
  if (count <= 0) fail("recv", count == 0 ? "the server closed" : strerror(errno));
  connection->used += (size_t)count;
  connection->answer[connection->used] = '\0';
  if (answer_size(connection) == 0) return;
  if (strncmp(connection->answer, "HTTP/1.1 2", 10) != 0) fail("answer", connection->answer);
  connection->used = 0;
  done++;
  send_next(connection);
}

static void connect_to(struct connection *connection, int port, int poller) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connection->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(connection->descriptor, (struct sockaddr *)&address, sizeof address) < 0)
    fail("connect", strerror(errno));
  setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  epoll_ctl(poller, EPOLL_CTL_ADD, connection->descriptor, &event);
}

int main(int argc, char **argv) {
  struct epoll_event events[EVENTS];
  if (argc < 5) fail("usage", "load PORT METHOD CONNECTIONS REQUESTS [TOKEN] <TARGETS");
  int connections = atoi(argv[3]), poller = epoll_create1(EPOLL_CLOEXEC);
  total = atol(argv[4]);
  read_requests(argv[2], argc > 5 ? argv[5] : NULL);
  struct connection *all = calloc((size_t)connections, sizeof *all);
  for (int i = 0; i < connections; i++) connect_to(&all[i], atoi(argv[1]), poller);
  double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  for (int i = 0; i < connections; i++) send_next(&all[i]);
  while (done < total) {
    int count = epoll_wait(poller, events, EVENTS, -1);
    for (int i = 0; i < count; i++) receive(events[i].data.ptr);
  }
  printf("%ld %f %f\n", total, seconds(CLOCK_MONOTONIC) - wall,
         seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
  return 0;
}
