/* SPDX-License-Identifier: MIT */
/* The host's floor: what libmicrohttpd alone takes to answer `ok`, as the host runs it: one thread,
 * epoll. Prints its port. */
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *body,
                              size_t *body_size, void **slot) {
  static char text[] = "ok\n";
  static int known;
  (void)context, (void)path, (void)method, (void)version, (void)body, (void)body_size;
  if (*slot == NULL) { /* the headers are there; it is answered when all of it is */
    *slot = &known;
    return MHD_YES;
  }
  struct MHD_Response *response =
      MHD_create_response_from_buffer(sizeof text - 1, text, MHD_RESPMEM_PERSISTENT);
  MHD_add_response_header(response, "Content-Type", "text/plain");
  enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
  MHD_destroy_response(response);
  return result;
}

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer,
                                               NULL, MHD_OPTION_SOCK_ADDR, &address,
                                               MHD_OPTION_CONNECTION_LIMIT, 2000U, MHD_OPTION_END);
  if (daemon == NULL) return 1;
  printf("listening on %d\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
  fflush(stdout);
  return pause();
}
