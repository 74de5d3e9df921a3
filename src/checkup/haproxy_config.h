// Where an HAProxy answers with which certificates, from its configuration.
// https://docs.haproxy.org/2.6/configuration.html#5.1-crt
#pragma once

#include <string>
#include <vector>

#include "checkup/tls_listener.h"
#include "checkup/tree.h"

namespace sideband::scan {

// One `bind` with TLS.
struct HaproxyBind {
  std::vector<std::string> addresses;  // "*:443", "unix@/run/x"
  std::vector<std::string> files;      // or folders: what `crt` names, with crt-base
  bool proxied = false;                // it wants the PROXY protocol
  bool listed = false;                 // `crt-list`: only HAProxy follows it
};

std::vector<HaproxyBind> parse_haproxy_binds(std::string_view text);

// For each address of each bind one for each of its certificates, by the name in it. Its file comes
// first, and those beside it follow: which of them is shown for a name is HAProxy's choice.
std::vector<TlsListener> haproxy_tls_listeners(const Tree& tree,
                                               const std::vector<std::string>& files,
                                               std::vector<Gap>& gaps);

}  // namespace sideband::scan
