// Who a client certificate says it is.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"

// OpenSSL's, as <openssl/types.h> declares it.
struct x509_st;

namespace sideband {

// Who is at the other end of a connection, by its certificate.
struct PeerIdentity {
  std::string name;  // empty: it showed none
  WallTime expires;  // of its certificate
};

// Of a certificate that was verified already. Its name is the path of its only URI among the
// alternative names, "spiffe://TRUST-DOMAIN/NAME" (SPIFFE-ID 2), and is a name as identities have
// them, so that it is one with that of a token. kPermission: another trust domain, several URIs or
// none, a name that no identity can have. Pure.
Result<PeerIdentity> identity_of(const x509_st* certificate, const std::string& trust_domain);

}  // namespace sideband
