// The certificate that a server of this machine shows to whoever connects.
#pragma once

#include "base/deadline.h"
#include "base/result.h"
#include "checkup/tls_listener.h"
#include "checkup/x509.h"

namespace sideband::scan {

// Connects, asks for the listener's name and ends the connection as soon as the certificate is
// there; nothing is verified and nothing else is sent. Blocks until the deadline at most. Errors:
// kInvalid (an address that is not of this machine now: nothing is sent elsewhere), kTimeout,
// kUnavailable (nobody answers, or not with TLS).
Result<Certificate> served_certificate(const TlsListener& listener, const Deadline& deadline);

}  // namespace sideband::scan
