#include "checkup/tls_listener.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "checkup/words.h"

namespace sideband::scan {
namespace {

// One `listen`: https://nginx.org/en/docs/http/ngx_http_core_module.html#listen
struct Listen {
  std::string address;
  std::uint16_t port = 0;
  bool ssl = false, first = false, proxied = false, known = true;

  [[nodiscard]] std::string key() const { return address + " " + std::to_string(port); }
};

struct ServerBlock {
  int depth = 0;
  std::vector<Listen> listens;
  std::vector<std::string> names;
  std::vector<std::string> files;
};

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

void read_address(const std::string& text, Listen& listen) {
  if (text.starts_with("unix:")) {
    listen.address = text.substr(5);
    return;
  }
  const std::size_t colon = text.rfind(':');
  const bool has_port = colon != std::string::npos && text.find(']', colon) == std::string::npos;
  const std::string port = is_number(text) ? text : has_port ? text.substr(colon + 1) : "80";
  listen.address =
      reachable_address(is_number(text) ? "" : text.substr(0, has_port ? colon : text.size()));
  const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), listen.port);
  listen.known = !listen.address.empty() && problem == std::errc() &&
                 end == port.data() + port.size() && listen.port != 0;
}

// Nothing for one that has no TCP.
std::optional<Listen> listen_of(const std::vector<std::string>& words) {
  if (words.empty()) return std::nullopt;
  Listen listen;
  read_address(words[0], listen);
  for (const std::string& word : words) {
    if (word == "quic" || word == "udp") return std::nullopt;
    listen.ssl = listen.ssl || word == "ssl";
    listen.first = listen.first || word == "default_server" || word == "default";
    listen.proxied = listen.proxied || word == "proxy_protocol";
  }
  return listen;
}

class ListenerReader {
 public:
  ListenerReader(std::string folder, std::vector<Gap>& gaps)
      : folder_(std::move(folder)), gaps_(gaps) {}

  std::vector<TlsListener> run(const NginxConfig& config) {
    for (const NginxDirective& directive : config.directives) read(directive);
    for (const ServerBlock& server : servers_) note_addresses(server);
    for (const ServerBlock& server : servers_) add(server);
    return std::move(found_);
  }

 private:
  void read(const NginxDirective& directive) {
    if (inside_ && directive.depth <= servers_.back().depth) inside_ = false;
    if (!inside_ && directive.block && directive.name == "server") {
      inside_ = true;
      servers_.emplace_back().depth = directive.depth;
    } else if (!inside_) {
      read_certificate(directive, outer_);
    } else if (directive.depth == servers_.back().depth + 1) {
      read_server(directive, servers_.back());
    }
  }

  void read_certificate(const NginxDirective& directive, std::vector<std::string>& files) const {
    if (directive.name != "ssl_certificate" || directive.arguments.size() != 1) return;
    const std::string& file = directive.arguments[0];
    const bool plain = file.find('$') == std::string::npos && file.find(':') == std::string::npos;
    if (plain) files.push_back(absolute_path(file, folder_));
  }

  void read_server(const NginxDirective& directive, ServerBlock& server) const {
    const auto& words = directive.arguments;
    read_certificate(directive, server.files);
    if (directive.name == "server_name") {
      server.names.insert(server.names.end(), words.begin(), words.end());
    }
    if (directive.name != "listen") return;
    if (const auto listen = listen_of(words)) server.listens.push_back(*listen);
  }

  // `ssl` at one server's address is for all servers of that address.
  void note_addresses(const ServerBlock& server) {
    for (const Listen& listen : server.listens) {
      if (listen.ssl) with_tls_.insert(listen.key());
      if (listen.proxied) proxied_.insert(listen.key());
      if (listen.first) has_first_.insert(listen.key());
    }
  }

  void add(const ServerBlock& server) {
    const auto& files = server.files.empty() ? outer_ : server.files;
    if (files.empty()) return;
    for (const Listen& listen : server.listens) {
      if (with_tls_.count(listen.key()) != 0) add(listen, server, files);
    }
  }

  void add(const Listen& listen, const ServerBlock& server, const std::vector<std::string>& files) {
    TlsListener found{listen.address, listen.port, "", files};
    const bool first =
        listen.first || (has_first_.count(listen.key()) == 0 && begun_.count(listen.key()) == 0);
    begun_.insert(listen.key());
    if (!listen.known) return gap(found, "it listens by a name or a range of ports");
    if (proxied_.count(listen.key()) != 0) return gap(found, "it wants the PROXY protocol");
    const auto name = name_to_ask(server);
    if (!name && !first) return gap(found, "no name that can be asked for leads to that server");
    found.name = name.value_or("");
    // Of two servers with one name and address, nginx takes the first.
    if (taken_.insert(listen.key() + " " + found.name).second) found_.push_back(std::move(found));
  }

  // Nothing when it has regular expressions only, or no name.
  static std::optional<std::string> name_to_ask(const ServerBlock& server) {
    for (const std::string& name : server.names) {
      const bool plain = name.find_first_of("~$*_ ") == std::string::npos && !name.empty();
      if (plain) return name.starts_with('.') ? name.substr(1) : name;
      if (name.starts_with("*.") && name.find_first_of("~$* ", 1) == std::string::npos) {
        return "any" + name.substr(1);
      }
    }
    return std::nullopt;
  }

  void gap(const TlsListener& listener, const char* why) {
    gaps_.push_back({"what is served of " + listener.files[0], why});
  }

  std::string folder_;
  std::vector<Gap>& gaps_;
  std::vector<ServerBlock> servers_;
  bool inside_ = false;
  std::vector<std::string> outer_;  // certificates for all servers that have none
  std::set<std::string> with_tls_, proxied_, has_first_, begun_, taken_;
  std::vector<TlsListener> found_;
};

}  // namespace

std::string reachable_address(const std::string& host) {
  if (host.empty() || host == "*" || host == "0.0.0.0" || host == "localhost") return "127.0.0.1";
  if (host == "[::]") return "::1";
  if (host.starts_with('[') && host.ends_with(']')) return host.substr(1, host.size() - 2);
  return host.find_first_not_of("0123456789.") == std::string::npos ? host : "";
}

std::string TlsListener::place() const {
  if (port == 0) return address;
  const bool six = address.find(':') != std::string::npos;
  return (six ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

std::vector<TlsListener> nginx_tls_listeners(const NginxConfig& config, const std::string& folder,
                                             std::vector<Gap>& gaps) {
  return ListenerReader(folder, gaps).run(config);
}

}  // namespace sideband::scan
