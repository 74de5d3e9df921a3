#include "checkup/served_certificate.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>

#include "checkup/x509_ptr.h"
#include "net/socket.h"

namespace sideband::scan {
namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, FreeSsl>;

std::string interface_text(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  const void* const bytes =
      address.sa_family == AF_INET
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
  ::inet_ntop(address.sa_family, bytes, text, sizeof text);
  return text;
}

// A server may be bound to an address that another machine has now.
bool is_of_this_machine(const std::string& address) {
  if (address.starts_with("127.") || address == "::1") return true;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return false;
  bool found = false;
  for (const ifaddrs* at = all; at != nullptr; at = at->ifa_next) {
    const bool has = at->ifa_addr != nullptr &&
                     (at->ifa_addr->sa_family == AF_INET || at->ifa_addr->sa_family == AF_INET6);
    found = found || (has && interface_text(*at->ifa_addr) == address);
  }
  ::freeifaddrs(all);
  return found;
}

Result<Socket> connect_to(const TlsListener& listener, const Deadline& deadline) {
  if (listener.port == 0) return Socket::connect_unix(listener.address, deadline);
  if (!is_of_this_machine(listener.address)) {
    return Error::invalid("its address is not of this machine now");
  }
  return Socket::connect_tcp(listener.address, listener.port, deadline);
}

// Old protocols and short keys are what one wants to see here, too.
SslPtr new_session(const std::string& name) {
  const std::unique_ptr<SSL_CTX, FreeContext> context(SSL_CTX_new(TLS_client_method()));
  if (!context) return nullptr;
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SslPtr ssl(SSL_new(context.get()));
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = BIO_new(BIO_s_mem());
  if (!ssl || in == nullptr || out == nullptr) {
    BIO_free(in);
    BIO_free(out);
    return nullptr;
  }
  BIO_set_mem_eof_return(in, -1);
  BIO_set_mem_eof_return(out, -1);
  SSL_set_bio(ssl.get(), in, out);
  SSL_set_connect_state(ssl.get());
  if (!name.empty()) SSL_set_tlsext_host_name(ssl.get(), name.c_str());
  return ssl;
}

Result<void> send_pending(SSL& ssl, Socket& socket, const Deadline& deadline) {
  char* data = nullptr;
  BIO* const out = SSL_get_wbio(&ssl);
  const long size = BIO_get_mem_data(out, &data);
  if (size <= 0) return {};
  const std::string bytes(data, static_cast<std::size_t>(size));
  static_cast<void>(BIO_reset(out));
  return socket.send(bytes, deadline);
}

Result<Certificate> shown_certificate(const SSL& ssl) {
  const X509Ptr x(SSL_get1_peer_certificate(&ssl));
  if (!x) return Error::unavailable("it shows no certificate");
  unsigned char* der = nullptr;
  const int size = i2d_X509(x.get(), &der);
  if (size <= 0) return Error::corrupt("its certificate is damaged");
  const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  SB_ASSIGN(auto found, read_certificates(bytes));
  if (found.empty()) return Error::corrupt("its certificate is damaged");
  return std::move(found[0]);
}

}  // namespace

Result<Certificate> served_certificate(const TlsListener& listener, const Deadline& deadline) {
  SB_ASSIGN(Socket socket, connect_to(listener, deadline));
  const SslPtr ssl = new_session(listener.name);
  if (!ssl) return Error::internal("no memory for a TLS session");
  char buffer[16 * 1024];
  for (;;) {
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl.get());
    const int problem = SSL_get_error(ssl.get(), done);
    ERR_clear_error();
    if (SSL_get0_peer_certificate(ssl.get()) != nullptr) return shown_certificate(*ssl);
    if (problem != SSL_ERROR_WANT_READ) return Error::unavailable("it does not answer with TLS");
    SB_TRY(send_pending(*ssl, socket, deadline));
    SB_ASSIGN(const std::size_t got, socket.receive(buffer, sizeof buffer, deadline));
    BIO_write(SSL_get_rbio(ssl.get()), buffer, static_cast<int>(got));
  }
}

}  // namespace sideband::scan
