// Which addresses a client may connect to, so that nobody can make it speak to what only this
// machine or this network reaches (SSRF). Ranges: the special-purpose registries of IANA,
// https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sideband {

// An address as the 16 bytes of IPv6; IPv4 is ::ffff:a.b.c.d.
struct NetAddress {
  std::array<unsigned char, 16> bytes{};
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool loopback() const;
};
// Nothing for a family that is neither IPv4 nor IPv6.
std::optional<NetAddress> net_address(const sockaddr* address);

class AddressRules {
 public:
  // Public addresses, and these: an address (10.1.2.3), a range (10.0.0.0/8, fd00::/8), or a host
  // name (shop.internal), which takes whatever that name leads to except link-local addresses,
  // where clouds keep their credentials. An error for anything else.
  static Result<AddressRules> parse(const std::vector<std::string>& allow);

  // Why `host` may not be reached at this address; empty where it may.
  [[nodiscard]] std::string refusal(const std::string& host, const NetAddress& address) const;

 private:
  struct Range {
    NetAddress first;
    int bits = 128;
    [[nodiscard]] bool holds(const NetAddress& address) const;
  };
  static std::optional<Range> parse_range(const std::string& text);
  static std::string kind_of(const NetAddress& address);

  std::vector<Range> ranges_;
  std::vector<std::string> hosts_;
};

// All addresses of a name, in order. Blocks as long as resolv.conf says.
Result<std::vector<NetAddress>> resolve_host(const std::string& host);

}  // namespace sideband
