// A small HTTP service on loopback that answers as a test says: also what no proper server would.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "support/loopback_server.h"

namespace sideband {

struct SeenRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// The client of one request, for its handler.
class HttpClientSide {
 public:
  explicit HttpClientSide(int fd) : fd_(fd) {}
  // False when the client has gone.
  bool send(std::string_view bytes) const;
  // "HTTP/1.1 200 ..." with these headers ("Name: value\r\n" each) and this body.
  bool answer(int status, const std::string& body = "", const std::string& headers = "") const;
  // Waits until the client has gone; false when it has not after so long.
  bool await_end(Duration limit) const;

 private:
  int fd_;
};

// Handlers run on a thread for each connection, each with one request.
class HttpService {
 public:
  using Handler = std::function<void(const SeenRequest&, const HttpClientSide&)>;
  // On 127.0.0.1 and a free port.
  explicit HttpService(Handler handler);

  [[nodiscard]] int port() const { return server_.port(); }
  // Waits until no client is connected any more; false when one is after `limit`.
  bool await_idle(Duration limit) { return server_.await_idle(limit); }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }

 private:
  void serve(int client) const;

  const Handler handler_;
  LoopbackServer server_;  // last: its threads use the handler
};

}  // namespace sideband
