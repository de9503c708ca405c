/* SPDX-License-Identifier: MIT */
#include "reactor/process.h"

#include <curl/curl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static CURLcode prepare_result;
static unsigned forks;

static void count_fork(void) {
  forks++;
}

/* An entry of the environment, NULL when there is none that begins so. */
static char **find_variable(const char *beginning) {
  char **entry = environ;
  while (entry && *entry && strncmp(*entry, beginning, strlen(beginning)) != 0) entry++;
  return entry && *entry ? entry : NULL;
}

/* libcurl's set-up opens the file that SSLKEYLOGFILE names, to write there what decrypts all that
 * is sent. Not unsetenv(): another thread may be reading the environment. */
static void init_without_key_log(void) {
  static char hidden[] = "SSLKEYLOGFILE=";
  char **entry = find_variable(hidden), *kept = entry ? *entry : NULL;
  if (entry) *entry = hidden;
  prepare_result = curl_global_init(CURL_GLOBAL_DEFAULT);
  entry = kept ? find_variable(hidden) : NULL;
  if (entry && *entry == hidden) *entry = kept;
}

static void prepare(void) {
  init_without_key_log();
  if (pthread_atfork(NULL, NULL, count_fork)) prepare_result = CURLE_OUT_OF_MEMORY;
}

bool process_prepare(void) {
  return pthread_once(&prepared, prepare) == 0 && prepare_result == CURLE_OK;
}

unsigned process_forks(void) {
  return forks;
}
