/* SPDX-License-Identifier: MIT */
#include "reactor/authorities.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* The system's authorities as one file take OpenSSL 3 some 50 ms to read, during which nothing
 * else goes on, and libcurl reads it anew for each connection when it knows a directory besides.
 * From a directory in which each has its hash for a name (openssl-rehash(1)), it reads the one
 * that it needs. */

static pthread_once_t looked = PTHREAD_ONCE_INIT;
static bool hashed;
static char *system_file, *system_directory;

static bool is_hash(const char *name) {
  return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' &&
         strspn(name + 9, "0123456789") == strlen(name + 9) && name[9];
}

static bool has_hashes(const char *path) {
  bool found = false;
  DIR *directory = opendir(path);
  if (!directory) return false;
  for (struct dirent *entry; !found && (entry = readdir(directory));)
    found = is_hash(entry->d_name);
  closedir(directory);
  return found;
}

static bool is_openssl(void) {
  const char *name = curl_version_info(CURLVERSION_NOW)->ssl_version;
  return name && strstr(name, "OpenSSL/");
}

/* libcurl's own places; they are the same for all handles, and as long as libcurl. */
static void look(void) {
#if LIBCURL_VERSION_NUM >= 0x075400
  CURL *easy = curl_easy_init();
  if (!easy) return;
  curl_easy_getinfo(easy, CURLINFO_CAINFO, &system_file);
  curl_easy_getinfo(easy, CURLINFO_CAPATH, &system_directory);
  curl_easy_cleanup(easy);
  hashed = system_directory && is_openssl() && has_hashes(system_directory);
#endif
}

bool authorities_set(CURL *easy, const char *file) {
  if (file)
    return curl_easy_setopt(easy, CURLOPT_CAINFO, file) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK;
  pthread_once(&looked, look);
  return !hashed || curl_easy_setopt(easy, CURLOPT_CAINFO, NULL) == CURLE_OK;
}

void authorities_name(const char *file, char *text, size_t room) {
  pthread_once(&looked, look);
  const char *directory = file ? NULL : system_directory;
  if (!file && !hashed) file = system_file;
  snprintf(text, room, "CA file %s, CA directory %s", file ? file : "none",
           directory ? directory : "none");
}
