/* SPDX-License-Identifier: MIT */
/* What a server shows who it is by, which may change while it serves. */
#ifndef HATHORA_HOST_HTTP_CERTIFICATE_H
#define HATHORA_HOST_HTTP_CERTIFICATE_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

struct http_certificate;

/* A chain and its key, of PEM text. NULL: they cannot be used, for the reason in problem. */
struct http_certificate *http_certificate_read(const char *chain, const char *key,
                                               const char **problem);
/* It takes the place of an older one, which a handshake under way may still use, and frees it. */
struct http_certificate *http_certificate_replace(struct http_certificate *older,
                                                  struct http_certificate *newer);
void http_certificate_free(struct http_certificate *certificate);

/* GnuTLS' callback has no context: what it is to show in this thread from now on. */
void http_certificate_show(const struct http_certificate *certificate);
gnutls_certificate_retrieve_function2 http_certificate_retrieve;

#endif
