/* SPDX-License-Identifier: MIT */
#include "http_certificate.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_CHAIN = 16 };

struct http_certificate {
  struct http_certificate *older; /* kept until the server ends: a few kilobytes at each renewal */
  gnutls_pcert_st chain[LONGEST_CHAIN];
  unsigned length;
  gnutls_privkey_t key;
};

static _Thread_local const struct http_certificate *shown;

static gnutls_datum_t datum(const char *text) {
  return (gnutls_datum_t){(unsigned char *)(uintptr_t)text, (unsigned)strlen(text)};
}

/* GnuTLS looks whether the two belong together where it is given both. */
static int match(const gnutls_datum_t *chain, const gnutls_datum_t *key) {
  gnutls_certificate_credentials_t credentials;
  int code = gnutls_certificate_allocate_credentials(&credentials);
  if (code < 0) return code;
  code = gnutls_certificate_set_x509_key_mem(credentials, chain, key, GNUTLS_X509_FMT_PEM);
  gnutls_certificate_free_credentials(credentials);
  return code;
}

static int import(struct http_certificate *certificate, const gnutls_datum_t *chain,
                  const gnutls_datum_t *key) {
  int code = match(chain, key);
  if (code < 0) return code;
  unsigned length = LONGEST_CHAIN;
  code =
      gnutls_pcert_list_import_x509_raw(certificate->chain, &length, chain, GNUTLS_X509_FMT_PEM, 0);
  if (code < 0) return code;
  certificate->length = length;
  code = gnutls_privkey_init(&certificate->key);
  if (code < 0) return code;
  return gnutls_privkey_import_x509_raw(certificate->key, key, GNUTLS_X509_FMT_PEM, NULL, 0);
}

struct http_certificate *http_certificate_read(const char *chain, const char *key,
                                               const char **problem) {
  struct http_certificate *certificate = calloc(1, sizeof *certificate);
  gnutls_datum_t chain_datum = datum(chain), key_datum = datum(key);
  int code =
      certificate == NULL ? GNUTLS_E_MEMORY_ERROR : import(certificate, &chain_datum, &key_datum);
  if (code >= 0) return certificate;
  *problem = gnutls_strerror(code);
  http_certificate_free(certificate);
  return NULL;
}

struct http_certificate *http_certificate_replace(struct http_certificate *older,
                                                  struct http_certificate *newer) {
  newer->older = older;
  return newer;
}

void http_certificate_free(struct http_certificate *certificate) {
  while (certificate != NULL) {
    struct http_certificate *older = certificate->older;
    for (unsigned i = 0; i < certificate->length; i++) gnutls_pcert_deinit(&certificate->chain[i]);
    if (certificate->key != NULL) gnutls_privkey_deinit(certificate->key);
    free(certificate);
    certificate = older;
  }
}

void http_certificate_show(const struct http_certificate *certificate) {
  shown = certificate;
}

int http_certificate_retrieve(gnutls_session_t session, const gnutls_datum_t *authorities,
                              int authority_count, const gnutls_pk_algorithm_t *algorithms,
                              int algorithm_count, gnutls_pcert_st **chain, unsigned *length,
                              gnutls_privkey_t *key) {
  (void)session, (void)authorities, (void)authority_count, (void)algorithms, (void)algorithm_count;
  if (shown == NULL) return -1;
  *chain = (gnutls_pcert_st *)(uintptr_t)shown->chain;
  *length = shown->length;
  *key = shown->key;
  return 0;
}
