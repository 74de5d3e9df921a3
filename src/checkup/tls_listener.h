// Where servers answer with which certificates, from their configuration.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkup/finding.h"
#include "checkup/nginx_config.h"

namespace sideband::scan {

struct TlsListener {
  std::string address;             // "127.0.0.1", "::1"; of a socket, its path
  std::uint16_t port = 0;          // 0: a socket
  std::string name;                // to be asked for (SNI); may be empty
  std::vector<std::string> files;  // any of their certificates is right

  [[nodiscard]] std::string place() const;  // "127.0.0.1:443"
};

// The address at which a listener of that host is reached from here: loopback for all addresses.
// Empty for names of hosts: nobody is asked for them.
std::string reachable_address(const std::string& host);

// One for each server of each address. Where it cannot be told how a server is reached, that is a
// gap. Certificates whose names hold variables are left out. `folder` is what relative names start
// from.
std::vector<TlsListener> nginx_tls_listeners(const NginxConfig& config, const std::string& folder,
                                             std::vector<Gap>& gaps);

}  // namespace sideband::scan
