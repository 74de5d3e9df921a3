#include "checkup/haproxy_config.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "checkup/words.h"
#include "checkup/x509.h"

namespace sideband::scan {
namespace {

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    if (comma > at) parts.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

// Nothing for binds without TLS.
std::optional<HaproxyBind> bind_of(const std::vector<std::string>& words, const std::string& base) {
  if (words.size() < 2 || words[0] != "bind") return std::nullopt;
  HaproxyBind bind;
  bind.addresses = parts_of(words[1]);
  bool ssl = false;
  for (std::size_t i = 2; i < words.size(); ++i) {
    ssl = ssl || words[i] == "ssl";
    bind.proxied = bind.proxied || words[i] == "accept-proxy";
    bind.listed = bind.listed || words[i] == "crt-list";
    if (words[i] == "crt" && i + 1 < words.size()) {
      bind.files.push_back(absolute_path(words[++i], base));
    }
  }
  return ssl ? std::optional(bind) : std::nullopt;
}

// Where a bind is reached on this machine; nothing for what only HAProxy can follow.
std::optional<TlsListener> listener_at(std::string address) {
  for (const char* kind : {"ipv4@", "ipv6@", "unix@"}) {
    if (address.starts_with(kind)) address.erase(0, 5);
  }
  TlsListener listener;
  if (address.starts_with('/')) {
    listener.address = address;
    return listener;
  }
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::string host = address.substr(0, colon);
  const char* const end = address.data() + address.size();
  const auto [stop, problem] = std::from_chars(address.data() + colon + 1, end, listener.port);
  if (problem != std::errc() || stop != end || listener.port == 0) return std::nullopt;
  const bool six = host.find(':') != std::string::npos && !host.starts_with('[');
  listener.address = reachable_address(six ? "[" + host + "]" : host);
  return listener.address.empty() ? std::nullopt : std::optional(listener);
}

// The files of certificates; a key or another thing beside them is none.
std::vector<std::pair<std::string, std::string>> named_files(const Tree& tree,
                                                             const HaproxyBind& bind) {
  std::vector<std::pair<std::string, std::string>> found;  // file, name of its certificate
  for (const std::string& named : bind.files) {
    const auto info = tree.info(named);
    const bool folder = info.ok() && info->kind == FileKind::kFolder;
    for (const std::string& file :
         folder ? tree.glob(named + "/*") : std::vector<std::string>{named}) {
      const auto bytes = tree.read(file, kMaxConfig);
      const auto all = bytes.ok() ? read_certificates(*bytes) : bytes.error();
      if (all.ok() && !all->empty()) found.emplace_back(file, all->front().name);
    }
  }
  return found;
}

// Names that cannot be asked for lead to the first certificate.
std::string name_to_ask(const std::string& name) {
  if (name.starts_with("*.")) return "any" + name.substr(1);
  const bool plain = name.find_first_not_of("0123456789.") != std::string::npos &&
                     name.find_first_of(":*,= ") == std::string::npos;
  return plain ? name : "";
}

}  // namespace

std::vector<HaproxyBind> parse_haproxy_binds(std::string_view text) {
  std::vector<HaproxyBind> binds;
  std::string base = "/etc/haproxy";
  for (const std::string_view line : lines_of(text)) {
    const auto words = words_of(line.substr(0, line.find('#')));
    if (words.size() > 1 && words[0] == "crt-base") base = words[1];
    if (auto bind = bind_of(words, base)) binds.push_back(std::move(*bind));
  }
  return binds;
}

std::vector<TlsListener> haproxy_tls_listeners(const Tree& tree,
                                               const std::vector<std::string>& files,
                                               std::vector<Gap>& gaps) {
  std::vector<TlsListener> found;
  const auto add = [&](const std::string& address, const HaproxyBind& bind) {
    auto listener = listener_at(address);
    if (!listener || bind.proxied || bind.listed) {
      gaps.push_back({"what is served at bind " + address, "it cannot be told how it is reached"});
      return;
    }
    const auto named = named_files(tree, bind);
    for (std::size_t i = 0; i < named.size(); ++i) {
      listener->name = name_to_ask(named[i].second);
      if (listener->name.empty() && i > 0) continue;
      listener->files = {named[i].first};
      for (const auto& [file, name] : named) listener->files.push_back(file);
      found.push_back(*listener);
    }
  };
  for (const std::string& path : files) {
    const auto text = tree.read(path, kMaxConfig);
    if (!text.ok()) continue;
    for (const HaproxyBind& bind : parse_haproxy_binds(*text)) {
      for (const std::string& address : bind.addresses) add(address, bind);
    }
  }
  return found;
}

}  // namespace sideband::scan
