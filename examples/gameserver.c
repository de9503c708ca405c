/* SPDX-License-Identifier: MIT */
/* A small game server to try the host with. It listens on the port it is given, over TCP and
 * UDP, greets, answers "ping" with "pong", echoes the rest, and exits on SIGTERM. Its first room is
 * in its environment. It learns of others from players, who say "room ROOM", and from the host, if
 * HATHORA_CLOUD_ENDPOINT (such as http://127.0.0.1:4000) and HATHORA_TOKEN are set.
 *
 *   HATHORA_DEFAULT_PORT=7777 gameserver */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PLAYERS = 64, LISTENER = 0, DATAGRAMS = 1, HOST = 2, FIRST_PLAYER = 3 };
enum { ROOMS = 64, ROOM_ID_SIZE = 101, SECONDS_BETWEEN_LOOKS = 1, SECONDS_FOR_A_LOOK = 10 };

static volatile sig_atomic_t told_to_end;

static void on_signal(int number) {
  (void)number;
  told_to_end = 1;
}

static const char *environment(const char *name, const char *otherwise) {
  const char *value = getenv(name);
  return value != NULL && *value != '\0' ? value : otherwise;
}

static void fail(const char *what) {
  perror(what);
  exit(EXIT_FAILURE);
}

static void say(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
  fflush(stdout);
}

static int open_port(int type, uint16_t port) {
  static const int yes = 1;
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_ANY)};
  int descriptor = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) fail("socket");
  if (type == SOCK_STREAM) setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
  if (type == SOCK_STREAM && listen(descriptor, SOMAXCONN) != 0) fail("listen");
  return descriptor;
}

static bool begins_with(const char *said, size_t size, const char *word) {
  size_t length = strlen(word);
  return size >= length && memcmp(said, word, length) == 0 &&
         (size == length || said[length] <= ' ');
}

/* The answer to what a player said; returns its length. */
static size_t answer(const char *said, size_t size, char *text, size_t space) {
  int length;
  if (begins_with(said, size, "ping"))
    length =
        snprintf(text, space, "pong from %s process %s\n", environment("HATHORA_REGION", "nowhere"),
                 environment("HATHORA_PROCESS_ID", "unknown"));
  else if (begins_with(said, size, "room"))
    length = snprintf(text, space, "welcome to %.*s", (int)size, said);
  else length = snprintf(text, space, "you said %.*s", (int)size, said);
  return length < 0 ? 0 : (size_t)length < space ? (size_t)length : space - 1;
}

static void answer_datagram(int descriptor) {
  char said[512], text[640];
  struct sockaddr_in from;
  socklen_t from_size = sizeof from;
  ssize_t size = recvfrom(descriptor, said, sizeof said, 0, (struct sockaddr *)&from, &from_size);
  if (size < 0) return;
  size_t length = answer(said, (size_t)size, text, sizeof text);
  sendto(descriptor, text, length, 0, (struct sockaddr *)&from, from_size);
}

/* False when the player has left. */
static bool answer_player(int descriptor) {
  char said[512], text[640];
  ssize_t size = recv(descriptor, said, sizeof said, 0);
  if (size <= 0) return false;
  size_t length = answer(said, (size_t)size, text, sizeof text);
  return send(descriptor, text, length, MSG_NOSIGNAL) >= 0;
}

static void welcome(struct pollfd *polled, nfds_t *count) {
  char text[160];
  int descriptor = accept(polled[LISTENER].fd, NULL, NULL);
  if (descriptor < 0) return;
  if (*count == FIRST_PLAYER + PLAYERS) {
    close(descriptor);
    return;
  }
  int length =
      snprintf(text, sizeof text, "welcome to %s\n", environment("HATHORA_REGION", "nowhere"));
  send(descriptor, text, (size_t)length, MSG_NOSIGNAL);
  polled[*count] = (struct pollfd){.fd = descriptor, .events = POLLIN};
  *count += 1;
  say("a player came; there are %lu", (unsigned long)(*count - FIRST_PLAYER));
}

static void dismiss(struct pollfd *polled, nfds_t *count, nfds_t index) {
  close(polled[index].fd);
  *count -= 1;
  polled[index] = polled[*count];
  say("a player left; there are %lu", (unsigned long)(*count - FIRST_PLAYER));
}

/* Rooms. The host is asked which are on this process, without waiting for its answer. */

static char rooms[ROOMS][ROOM_ID_SIZE];
static size_t room_count;

static struct {
  struct sockaddr_in address; /* of port 0 when nobody is asked */
  time_t asked;
  char request[4096];
  char answer[1 << 20];
  size_t answer_size;
} host;

static void begin_first_room(void) {
  const char *id = getenv("HATHORA_INITIAL_ROOM_ID");
  if (id == NULL) return;
  snprintf(rooms[room_count++], ROOM_ID_SIZE, "%s", id);
  say("its first room is %s: %s", id,
      environment("HATHORA_INITIAL_ROOM_CONFIG", "no configuration"));
}

/* The API's operation getActiveRoomsForProcess. An answer to HTTP/1.0 is in one piece. */
static void find_host(void) {
  const char *url = getenv("HATHORA_CLOUD_ENDPOINT"), *token = getenv("HATHORA_TOKEN");
  char ip[INET_ADDRSTRLEN];
  unsigned short port;
  if (url == NULL || token == NULL) return;
  if (sscanf(url, "http://%15[0-9.]:%hu", ip, &port) != 2 ||
      inet_pton(AF_INET, ip, &host.address.sin_addr) != 1) {
    say("HATHORA_CLOUD_ENDPOINT is not like http://127.0.0.1:4000: no rooms are asked for");
    return;
  }
  int length =
      snprintf(host.request, sizeof host.request,
               "GET /rooms/v2/%s/list/%s/active HTTP/1.0\r\nHost: %s\r\n"
               "Authorization: Bearer %s\r\n\r\n",
               environment("HATHORA_APP_ID", ""), environment("HATHORA_PROCESS_ID", ""), ip, token);
  if ((size_t)length >= sizeof host.request) {
    say("HATHORA_TOKEN is too long: no rooms are asked for");
    return;
  }
  host.address.sin_family = AF_INET;
  host.address.sin_port = htons(port);
}

static void stop_asking(struct pollfd *polled) {
  if (polled->fd >= 0) close(polled->fd);
  polled->fd = -1;
}

static void ask_when_due(struct pollfd *polled) {
  time_t since = time(NULL) - host.asked;
  if (host.address.sin_port == 0 || since < SECONDS_BETWEEN_LOOKS) return;
  if (polled->fd >= 0 && since < SECONDS_FOR_A_LOOK) return;
  stop_asking(polled);
  host.asked = time(NULL);
  host.answer_size = 0;
  polled->events = POLLOUT;
  polled->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (connect(polled->fd, (struct sockaddr *)&host.address, sizeof host.address) < 0 &&
      errno != EINPROGRESS)
    stop_asking(polled);
}

static bool has_room(char (*list)[ROOM_ID_SIZE], size_t count, const char *id) {
  for (size_t index = 0; index < count; index++)
    if (strcmp(list[index], id) == 0) return true;
  return false;
}

/* Text within a JSON string has its quotes escaped, so none of it looks like a member. */
static size_t read_rooms(const char *json, char (*list)[ROOM_ID_SIZE]) {
  static const char member[] = "\"roomId\":\"";
  size_t count = 0;
  while (count < ROOMS && (json = strstr(json, member)) != NULL) {
    json += sizeof member - 1;
    if (sscanf(json, "%100[a-zA-Z0-9_-]", list[count]) == 1) count++;
  }
  return count;
}

static void take_rooms(void) {
  char now[ROOMS][ROOM_ID_SIZE];
  if (strncmp(host.answer, "HTTP/1.1 200 ", 13) != 0 &&
      strncmp(host.answer, "HTTP/1.0 200 ", 13) != 0)
    return;
  size_t count = read_rooms(host.answer, now);
  for (size_t index = 0; index < count; index++)
    if (!has_room(rooms, room_count, now[index])) say("room %s begins", now[index]);
  for (size_t index = 0; index < room_count; index++)
    if (!has_room(now, count, rooms[index])) say("room %s is over", rooms[index]);
  memcpy(rooms, now, sizeof rooms);
  room_count = count;
}

static void hear_host(struct pollfd *polled) {
  size_t space = sizeof host.answer - 1 - host.answer_size;
  if (polled->events == POLLOUT) {
    polled->events = POLLIN;
    send(polled->fd, host.request, strlen(host.request), MSG_NOSIGNAL);
    return;
  }
  ssize_t size = recv(polled->fd, host.answer + host.answer_size, space, 0);
  if (size > 0) host.answer_size += (size_t)size;
  else stop_asking(polled);
  host.answer[host.answer_size] = '\0';
  if (size == 0) take_rooms();
}

/* Signals come through while it waits, and only then: none can fall between a look and a wait. */
static void play(struct pollfd *polled, const sigset_t *while_waiting) {
  static const struct timespec a_second = {.tv_sec = 1};
  nfds_t count = FIRST_PLAYER;
  while (!told_to_end) {
    ask_when_due(&polled[HOST]);
    if (ppoll(polled, count, host.address.sin_port != 0 ? &a_second : NULL, while_waiting) < 0) {
      if (errno != EINTR) fail("poll");
      continue;
    }
    for (nfds_t index = count; index-- > FIRST_PLAYER;)
      if (polled[index].revents != 0 && !answer_player(polled[index].fd))
        dismiss(polled, &count, index);
    if (polled[HOST].revents != 0) hear_host(&polled[HOST]);
    if (polled[DATAGRAMS].revents != 0) answer_datagram(polled[DATAGRAMS].fd);
    if (polled[LISTENER].revents != 0) welcome(polled, &count);
  }
}

static void prepare_signals(sigset_t *before) {
  struct sigaction action = {.sa_handler = on_signal};
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  sigprocmask(SIG_BLOCK, &ending, before);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
}

int main(void) {
  struct pollfd polled[FIRST_PLAYER + PLAYERS];
  sigset_t while_waiting;
  long port = strtol(environment("HATHORA_DEFAULT_PORT", "0"), NULL, 10);
  if (port < 1 || port > 65535) {
    fputs("HATHORA_DEFAULT_PORT must be a port from 1 to 65535\n", stderr);
    return EXIT_FAILURE;
  }
  prepare_signals(&while_waiting);
  polled[LISTENER] =
      (struct pollfd){.fd = open_port(SOCK_STREAM, (uint16_t)port), .events = POLLIN};
  polled[DATAGRAMS] =
      (struct pollfd){.fd = open_port(SOCK_DGRAM, (uint16_t)port), .events = POLLIN};
  say("serving %s on port %ld", environment("HATHORA_REGION", "nowhere"), port);
  begin_first_room();
  polled[HOST] = (struct pollfd){.fd = -1};
  find_host();
  play(polled, &while_waiting);
  say("told to end; good bye");
  return EXIT_SUCCESS;
}
