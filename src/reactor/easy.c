/* SPDX-License-Identifier: MIT */
#include "reactor/easy.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reactor/authorities.h"
#include "reactor/poller.h"
#include "reactor/transfer.h"

/* A socket that a program started meanwhile does not inherit; libcurl's own carries our
 * credentials into it. */
static curl_socket_t open_socket(void *userdata, curlsocktype purpose,
                                 struct curl_sockaddr *address) {
  (void)purpose;
  int made = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (made < 0 || poller_adopt(userdata, made) == 0) return made;
  close(made);
  return CURL_SOCKET_BAD;
}

static int close_socket(void *userdata, curl_socket_t closing) {
  poller_forget(userdata, closing);
  return close(closing);
}

static bool set_callbacks(struct easy *easy) {
  CURL *curl = easy->curl;
  curl_easy_setopt(curl, CURLOPT_PRIVATE, easy);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, easy->message);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, easy->poller);
  curl_easy_setopt(curl, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
  curl_easy_setopt(curl, CURLOPT_CLOSESOCKETDATA, easy->poller);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, transfer_on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, easy);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, transfer_on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, easy);
  curl_easy_setopt(curl, CURLOPT_PREREQDATA, easy);
  return curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, transfer_on_send) == CURLE_OK;
}

static bool set_protocols(CURL *curl) {
#if LIBCURL_VERSION_NUM >= 0x075500
  return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;
#else
  return curl_easy_setopt(curl, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS) == CURLE_OK;
#endif
}

/* Before 8.1, when libcurl has a head of HTTP/2 that is longer than its buffer, it forgets the rest
 * until the connection gets ready again. No head that it takes is longer than this. */
enum { HEAD_CEILING = 128 * 1024 };

/* Verification of the peer and its name is libcurl's default, and stays. */
static bool set_security(CURL *curl, const struct easy_settings *settings) {
  if (!set_protocols(curl)) return false;
  if (curl_easy_setopt(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) != CURLE_OK) return false;
  /* A libcurl without TLS knows none of these, and then no https either. */
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  return authorities_set(curl, settings->ca_file);
}

static void set_connection(CURL *curl, const struct easy_settings *settings) {
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION,
                   settings->http2 ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(curl, CURLOPT_PIPEWAIT, (long)settings->http2);
  if (settings->http2 && curl_version_info(CURLVERSION_NOW)->version_num < 0x080100)
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, (long)HEAD_CEILING);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, settings->connect_timeout);
  /* Else a stream never learns that the other machine is gone. */
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  /* Load balancers drop idle connections after a minute or so, and names change their address. */
  curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, 55L);
  curl_easy_setopt(curl, CURLOPT_MAXLIFETIME_CONN, 600L);
  if (settings->direct) curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's is no answer */
  if (settings->unix_socket)
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, settings->unix_socket);
#if LIBCURL_VERSION_NUM >= 0x075700
  /* Else ending a transfer waits for the thread that looks its name up (CURLOPT_QUICK_EXIT(3)). */
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
#endif
}

static bool set_up(struct easy *easy, const struct easy_settings *settings) {
  CURL *curl = easy->curl;
  if (!curl || !set_callbacks(easy) || !set_security(curl, settings)) return false;
  set_connection(curl, settings);
  if (settings->origin) curl_easy_setopt(curl, CURLOPT_CURLU, settings->origin);
  curl_easy_setopt(curl, CURLOPT_PROXYHEADER, settings->proxy_headers);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L); /* a parameter ".." must not climb */
  return true;
}

struct easy *easy_new(const struct easy_settings *settings, struct poller *poller,
                      struct transfer_list *news) {
  struct easy *easy = malloc(sizeof *easy);
  if (!easy) return NULL;
  *easy = (struct easy){.curl = curl_easy_init(),
                        .poller = poller,
                        .news = news,
                        .ca_file = settings->ca_file,
                        .get = true};
  if (set_up(easy, settings)) return easy;
  easy_free(easy);
  return NULL;
}

void easy_free(struct easy *easy) {
  curl_easy_cleanup(easy->curl);
  free(easy);
}
