/* SPDX-License-Identifier: MIT */
/* The floor: what libcurl alone takes, in C, decoding nothing.
 *
 *   floor one URL CALLS [CA_FILE]              one after another: curl_easy_perform
 *   floor many URL CALLS IN_FLIGHT [CA_FILE]   a curl_multi loop; over https with HTTP/2
 *   floor held URL CALLS                       KiB of memory for each call that waits
 *
 * one and many print the calls and the seconds of wall time and of CPU time that they took. With
 * no CALLS, one makes the first call alone. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *url, *ca_file;

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t discard(char *data, size_t size, size_t count, void *userdata) {
  (void)data, (void)userdata;
  return size * count;
}

/* What a client of the API must send, too. */
static struct curl_slist *make_headers(void) {
  struct curl_slist *list = curl_slist_append(NULL, "Accept: application/json");
  return curl_slist_append(list, "Authorization: Bearer a-token");
}

static CURL *make_easy(struct curl_slist *headers) {
  CURL *easy = curl_easy_init();
  if (!easy) abort();
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "a-floor/1.0");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
  if (ca_file) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  }
  return easy;
}

static void check(CURL *easy, CURLcode code) {
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_OK && status == 200) return;
  fprintf(stderr, "floor: %s, status %ld\n", curl_easy_strerror(code), status);
  exit(1);
}

/* The connections are made before the clock starts. */
static double wall, cpu;

static void start_clock(void) {
  wall = seconds(CLOCK_MONOTONIC);
  cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static void one(int calls) {
  CURL *easy = make_easy(make_headers());
  for (int i = -1; i < calls; i++) {
    if (i == 0) start_clock();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    check(easy, curl_easy_perform(easy));
  }
}

static void many(int calls, int in_flight) {
  CURLM *multi = curl_multi_init();
  struct curl_slist *headers = make_headers();
  int started = 0, done = -in_flight, running, left;
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)in_flight);
  for (int i = 0; i < in_flight; i++) curl_multi_add_handle(multi, make_easy(headers));
  while (done < calls) {
    CURLMsg *message;
    curl_multi_perform(multi, &running);
    while ((message = curl_multi_info_read(multi, &left))) {
      CURL *easy = message->easy_handle;
      check(easy, message->data.result);
      if (++done == 0) start_clock();
      curl_multi_remove_handle(multi, easy);
      if (started++ >= calls) continue;
      curl_easy_setopt(easy, CURLOPT_URL, url);
      curl_multi_add_handle(multi, easy);
    }
    if (done < calls) curl_multi_poll(multi, NULL, 0, 1000, NULL);
  }
}

static long resident_kib(void) {
  long total, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%ld %ld", &total, &resident) != 2) abort();
  fclose(file);
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void held(int calls) {
  CURLM *multi = curl_multi_init();
  struct curl_slist *headers = make_headers();
  int running;
  for (int i = 0; i < 10; i++) curl_multi_add_handle(multi, make_easy(headers));
  for (int i = 0; i < 100; i++) curl_multi_perform(multi, &running);
  long before = resident_kib();
  for (int i = 0; i < calls; i++) curl_multi_add_handle(multi, make_easy(headers));
  for (int i = 0; i < calls + 100; i++) curl_multi_perform(multi, &running);
  printf("%.3f\n", (double)(resident_kib() - before) / calls);
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  int calls = atoi(argv[3]), is_many = strcmp(argv[1], "many") == 0;
  url = argv[2];
  ca_file = argc > 4 + is_many ? argv[4 + is_many] : NULL;
  if (strcmp(argv[1], "held") == 0) {
    held(calls);
    return 0;
  }
  if (is_many) many(calls, atoi(argv[4]));
  else one(calls);
  printf("%d %f %f\n", calls, seconds(CLOCK_MONOTONIC) - wall,
         seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
  return 0;
}
