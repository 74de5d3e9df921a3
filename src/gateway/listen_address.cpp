#include "gateway/listen_address.h"

#include <arpa/inet.h>

#include <charconv>
#include <optional>

namespace sideband {
namespace {

bool is_address(int family, const std::string& text) {
  in6_addr parsed{};
  return inet_pton(family, text.c_str(), &parsed) == 1;
}

std::optional<std::uint16_t> parse_port(const std::string& text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return port;
}

// Without the brackets of an IPv6 address; nothing where it is no address.
std::optional<std::string> parse_host(const std::string& text) {
  if (text == "localhost") return "127.0.0.1";
  if (is_address(AF_INET, text)) return text;
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
  const std::string inner = text.substr(1, text.size() - 2);
  return is_address(AF_INET6, inner) ? std::optional(inner) : std::nullopt;
}

}  // namespace

Result<ListenAddress> parse_listen_address(const std::string& text) {
  if (text.empty()) return ListenAddress();
  const auto wrong = [&](const std::string& why) {
    return Error::invalid("cannot listen on \"" + text + "\": " + why +
                          "; write an address and a port, like 127.0.0.1:9470 for this machine "
                          "alone or 0.0.0.0:9470 for all");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return wrong("there is no address or no port");
  const auto host = parse_host(text.substr(0, colon));
  if (!host) return wrong("what stands before the port is no IP address");
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return wrong("what stands behind the last colon is no port");
  return ListenAddress{*host, *port};
}

}  // namespace sideband
