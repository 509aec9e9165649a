#ifndef LINLI_COPENSSL_SHIM_H
#define LINLI_COPENSSL_SHIM_H

// What Swift cannot import: macros that call a function.

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/// Refuses everything before TLS 1.2. 1, or 0.
static inline int linli_tls12_at_least(SSL_CTX *context) {
    return (int)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}

/// Gives the buffers of idle connections back, and takes neither compression nor renegotiation.
static inline void linli_set_modest(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
}

/// Tells the server which name is meant. 1, or 0.
static inline int linli_set_server_name(SSL *connection, const char *name) {
    return (int)SSL_set_tlsext_host_name(connection, name);
}

/// What an error of OpenSSL is about, without its library.
static inline int linli_error_reason(unsigned long error) { return ERR_GET_REASON(error); }

/// Whether a reason says that the other side does not speak TLS at all.
static inline int linli_is_foreign(int reason) {
#ifdef SSL_R_RECORD_LAYER_FAILURE
    if (reason == SSL_R_RECORD_LAYER_FAILURE) return 1;
#endif
    return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_PACKET_LENGTH_TOO_LONG ||
           reason == SSL_R_HTTP_REQUEST || reason == SSL_R_UNEXPECTED_MESSAGE ||
           reason == SSL_R_BAD_RECORD_TYPE;
}

#endif
