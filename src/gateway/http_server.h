// HTTP/1.1 on a unix socket and, if wanted, on a TCP address and over TLS on another one. Knows no
// routes and no domain.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "gateway/peer_identity.h"
#include "gateway/tls_files.h"

namespace sideband {

// Where a request came in.
enum class Listener : std::uint8_t {
  kSocket,  // the unix socket: this machine's user
  kPort,    // a TCP address without TLS: anybody, and nothing may be believed
  kTls,     // a TCP address with TLS: anybody, whose credentials nobody else heard
};
// "socket", "port", "tls".
std::string_view listener_name(Listener listener);

struct HttpRequest {
  std::string method;
  std::string path;                          // without the query, not decoded
  std::map<std::string, std::string> query;  // percent-decoded
  std::string authorization;
  std::string idempotency_key;
  std::string body;
  Listener listener = Listener::kPort;
  PeerIdentity peer = {};  // of a client certificate that was verified
  // Set once the caller has hung up, while the request waits or is worked on; null = not watched.
  std::shared_ptr<const std::atomic<bool>> gone;
};

struct HttpResponse {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

using HttpRespond = std::function<void(HttpResponse)>;

// Takes a request whose head was admitted, now with its body, and answers by calling `respond`
// once, from any thread. Called on the server's thread; must not block.
using HttpTake = std::function<void(HttpRequest request, HttpRespond respond)>;

// What became of a head: an answer at once, or who takes the request when its body has come. What
// was found out for the head, such as who asks, is in `take` and is not asked for again.
struct HttpAdmission {
  HttpResponse refusal;
  HttpTake take;  // empty: refused

  static HttpAdmission refuse(HttpResponse answer) { return {std::move(answer), {}}; }
  static HttpAdmission admit(HttpTake take) { return {{}, std::move(take)}; }
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Looks at the head alone, before a byte of the body is read. Called on the server's thread; must
  // not block.
  virtual HttpAdmission admit(const HttpRequest& head) = 0;
  // A connection was closed at once, because its listener has as many as it may. Called on the
  // server's thread; must not block.
  virtual void turned_away(Listener listener) = 0;
  // A TLS handshake ended, well or not. On the server's thread; must not block.
  virtual void handshake_ended(bool well) = 0;
};

struct HttpOptions {
  std::string unix_path;       // made with mode 0600; see gateway/socket_file.h
  std::string tcp_address;     // empty = no TCP; "127.0.0.1"
  std::uint16_t tcp_port = 0;  // 0 = a free one
  std::size_t max_body = 1 << 20;
  std::size_t max_local = 1000;  // connections at the unix socket
  std::size_t max_tcp = 200;     // at the port, so that strangers there take no place of the others
  std::shared_ptr<TlsFiles> tls = {};  // null: no TLS
  std::string tls_address = {};        // with TLS; "0.0.0.0"
  std::uint16_t tls_port = 0;          // 0 = a free one
  std::string trust_domain = {};       // of client certificates; see gateway/peer_identity.h
  std::size_t max_tls = 400;           // connections over TLS, those that shake hands included
  std::size_t max_tls_of_one = 100;    // of one address, so that it takes no place of all others
  // A handshake, and each head of somebody who is not known yet, has to be through by then.
  Duration stranger = std::chrono::seconds(10);
  Duration idle = std::chrono::seconds(60);  // a connection without a request is closed
};

// A call that is due; see HttpServer::after. Thread-safe.
class HttpTimer {
 public:
  virtual ~HttpTimer() = default;
  // It need not be made any more; one that is about to be made may still be.
  virtual void cancel() = 0;
};

class HttpServer {
 public:
  // Takes its addresses and listens; who connects waits for `serve`. kConflict: another one serves
  // the socket; kInvalid: an address that cannot be; kUnavailable: a port that is in use.
  static Result<std::unique_ptr<HttpServer>> bind(const HttpOptions& options);
  virtual ~HttpServer() = default;
  // Answers on a thread of its own until stop; called once. `handler` must outlive the server.
  virtual void serve(HttpHandler& handler) = 0;
  [[nodiscard]] virtual std::uint16_t tcp_port() const = 0;
  [[nodiscard]] virtual std::uint16_t tls_port() const = 0;
  // Calls `then` on the server's thread after `wait`; it is kept until then, or until cancelled.
  virtual std::shared_ptr<HttpTimer> after(Duration wait, std::function<void()> then) = 0;
  // Stops listening and closes connections; blocks until the thread ended. May be called twice.
  virtual void stop() = 0;
};

}  // namespace sideband
