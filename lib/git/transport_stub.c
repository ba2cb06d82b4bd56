/* Stands in for libgit2's network transports, TLS streams and SHA-256.
 *
 * masc's own repository is local and SHA-1, so none of them is ever used; with these symbols defined
 * first, the linker leaves http, ssh, mbedtls and their libraries out of the binary. That keeps it
 * static and small, and spares every start the reading of all CA certificates.
 * The names and signatures are libgit2 1.5's (src/libgit2/libgit2.c, transport.c, src/util/hash.c).
 */
#include <stdbool.h>
#include <stddef.h>

int git_mbedtls_stream_global_init(void) { return 0; }
int git_mbedtls__set_cert_location(const char* file, const char* path) {
  (void)file;
  (void)path;
  return -1;
}
int git_transport_ssh_global_init(void) { return 0; }

#define MASC_NO_TRANSPORT(name)                      \
  int name(void** out, void* owner, void* param) {   \
    (void)out;                                       \
    (void)owner;                                     \
    (void)param;                                     \
    return -1;                                       \
  }
MASC_NO_TRANSPORT(git_transport_smart)
MASC_NO_TRANSPORT(git_transport_local)
MASC_NO_TRANSPORT(git_smart_subtransport_http)
MASC_NO_TRANSPORT(git_smart_subtransport_git)
MASC_NO_TRANSPORT(git_smart_subtransport_ssh)

bool git_http__expect_continue = false;
bool git_smart__ofs_delta_enabled = true;

int git_hash_sha256_global_init(void) { return 0; }
int git_hash_sha256_ctx_init(void* ctx) {
  (void)ctx;
  return -1;
}
void git_hash_sha256_ctx_cleanup(void* ctx) { (void)ctx; }
int git_hash_sha256_init(void* ctx) {
  (void)ctx;
  return -1;
}
int git_hash_sha256_update(void* ctx, const void* data, size_t length) {
  (void)ctx;
  (void)data;
  (void)length;
  return -1;
}
int git_hash_sha256_final(unsigned char* out, void* ctx) {
  (void)out;
  (void)ctx;
  return -1;
}
