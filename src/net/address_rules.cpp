#include "net/address_rules.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>

namespace sideband {
namespace {

struct Special {
  const char* range;
  const char* kind;
};

constexpr int kMapped = 96;  // bits before the IPv4 part

// The first that fits says what an address is.
constexpr Special kSpecial[] = {
    {"127.0.0.0/8", "this machine (loopback)"},
    {"::1/128", "this machine (loopback)"},
    {"169.254.0.0/16", "link-local, where clouds keep their credentials"},
    {"fe80::/10", "link-local"},
    {"0.0.0.0/8", "this network"},
    {"10.0.0.0/8", "private"},
    {"100.64.0.0/10", "shared by a carrier"},
    {"172.16.0.0/12", "private"},
    {"192.168.0.0/16", "private"},
    {"192.0.0.0/24", "reserved"},
    {"192.0.2.0/24", "for documentation"},
    {"192.88.99.0/24", "reserved"},
    {"198.18.0.0/15", "for benchmarks"},
    {"198.51.100.0/24", "for documentation"},
    {"203.0.113.0/24", "for documentation"},
    {"224.0.0.0/4", "multicast"},
    {"240.0.0.0/4", "reserved"},
    {"fc00::/7", "private"},
    {"fec0::/10", "private"},
    {"ff00::/8", "multicast"},
    {"64:ff9b:1::/48", "translated"},
    {"100::/64", "discarded"},
    {"2001::/23", "reserved"},
    {"2001:db8::/32", "for documentation"},
    {"3fff::/20", "for documentation"},
    {"5f00::/16", "reserved"},
    {"::/96", "reserved"},
};

// Where an address of IPv4 is inside one of IPv6: what speaks to it speaks to that.
struct Carrier {
  const char* range;
  std::size_t at;
};
constexpr Carrier kCarriers[] = {{"64:ff9b::/96", 12}, {"2002::/16", 2}};

bool is_v4(const NetAddress& address) {
  constexpr unsigned char kStart[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::memcmp(address.bytes.data(), kStart, sizeof kStart) == 0;
}

NetAddress from_v4(const unsigned char* four) {
  NetAddress out;
  out.bytes[10] = out.bytes[11] = 0xff;
  std::memcpy(out.bytes.data() + 12, four, 4);
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  while (out.size() > 1 && out.back() == '.') out.pop_back();
  return out;
}

bool is_host_name(const std::string& text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-.";
  const bool named = text.find_first_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos;
  return named && text.find_first_not_of(kLetters) == std::string::npos && text.front() != '.' &&
         text.front() != '-';
}

}  // namespace

std::string NetAddress::text() const {
  char buffer[INET6_ADDRSTRLEN];
  const char* made = is_v4(*this) ? inet_ntop(AF_INET, bytes.data() + 12, buffer, sizeof buffer)
                                  : inet_ntop(AF_INET6, bytes.data(), buffer, sizeof buffer);
  return made == nullptr ? "" : made;
}

bool NetAddress::loopback() const {
  NetAddress one;
  one.bytes[15] = 1;
  return bytes == one.bytes || (is_v4(*this) && bytes[12] == 127);
}

std::optional<NetAddress> net_address(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(address);
    return from_v4(reinterpret_cast<const unsigned char*>(&in->sin_addr));
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  NetAddress out;
  const auto* in6 = reinterpret_cast<const sockaddr_in6*>(address);
  std::memcpy(out.bytes.data(), &in6->sin6_addr, 16);
  return out;
}

bool AddressRules::Range::holds(const NetAddress& address) const {
  for (int bit = 0; bit < bits; ++bit) {
    const auto at = static_cast<std::size_t>(bit / 8);
    const int mask = 0x80 >> (bit % 8);
    if ((address.bytes.at(at) & mask) != (first.bytes.at(at) & mask)) return false;
  }
  return true;
}

std::optional<AddressRules::Range> AddressRules::parse_range(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string name = text.substr(0, slash);
  Range out;
  unsigned char bytes[16];
  const bool v4 = inet_pton(AF_INET, name.c_str(), bytes) == 1;
  if (v4) {
    out.first = from_v4(bytes);
  } else if (inet_pton(AF_INET6, name.c_str(), out.first.bytes.data()) != 1) {
    return std::nullopt;
  }
  if (slash == std::string::npos) return out;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + slash + 1, last, out.bits);
  const int most = v4 ? 32 : 128;
  if (error != std::errc() || end != last || out.bits < 0 || out.bits > most) return std::nullopt;
  out.bits += v4 ? kMapped : 0;
  return out;
}

Result<AddressRules> AddressRules::parse(const std::vector<std::string>& allow) {
  AddressRules rules;
  for (const std::string& text : allow) {
    if (const auto range = parse_range(text)) {
      rules.ranges_.push_back(*range);
    } else if (const std::string host = lower(text); is_host_name(host)) {
      rules.hosts_.push_back(host);
    } else {
      return Error::invalid("\"" + text +
                            "\" is no address, range or host name; write 10.1.2.3, "
                            "10.0.0.0/8 or shop.internal");
    }
  }
  return rules;
}

// Empty for a public address.
std::string AddressRules::kind_of(const NetAddress& address) {
  for (const Carrier& carrier : kCarriers) {
    if (!parse_range(carrier.range)->holds(address)) continue;
    return kind_of(from_v4(address.bytes.data() + carrier.at));
  }
  for (const Special& special : kSpecial) {
    if (parse_range(special.range)->holds(address)) return special.kind;
  }
  return "";
}

std::string AddressRules::refusal(const std::string& host, const NetAddress& address) const {
  const std::string kind = kind_of(address);
  if (kind.empty()) return "";
  for (const Range& range : ranges_) {
    if (range.holds(address)) return "";
  }
  const bool named = std::find(hosts_.begin(), hosts_.end(), lower(host)) != hosts_.end();
  if (named && !kind.starts_with("link-local")) return "";
  return "'" + host + "' leads to " + address.text() + ", which is " + kind +
         "; name it in connect.allow of the target if that is meant";
}

Result<std::vector<NetAddress>> resolve_host(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failure = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, &freeaddrinfo);
  if (failure != 0) {
    return Error::unavailable("looking up '" + host + "': " + gai_strerror(failure));
  }
  std::vector<NetAddress> out;
  for (const addrinfo* at = list; at != nullptr; at = at->ai_next) {
    if (const auto address = net_address(at->ai_addr)) out.push_back(*address);
  }
  if (out.empty()) return Error::unavailable("'" + host + "' has no address");
  return out;
}

}  // namespace sideband
