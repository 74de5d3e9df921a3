// Ownership of OpenSSL's certificates.
#pragma once

#include <openssl/x509.h>

#include <memory>

namespace sideband::scan {

struct FreeX509 {
  void operator()(X509* x) const { X509_free(x); }
};
using X509Ptr = std::unique_ptr<X509, FreeX509>;

}  // namespace sideband::scan
