// One HTTP connection as bytes, for tests that say what a proper client never would. Shares no code
// with the server or the command line.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"

namespace sideband {

struct HttpAnswer {
  int status = 0;                              // 0 = no answer
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// Used by one thread.
class HttpPeer {
 public:
  explicit HttpPeer(const std::string& unix_path);
  HttpPeer(const std::string& address, int port);

  [[nodiscard]] bool connected() const { return fd_.valid(); }
  // How many bytes were taken before the other side closed or `limit` passed without progress.
  std::size_t send(std::string_view bytes, Duration limit = std::chrono::seconds(10));
  // Reads one answer with its body (Content-Length).
  HttpAnswer receive(Duration limit = std::chrono::seconds(10));
  // True when the other side closes without saying more.
  bool closed(Duration limit = std::chrono::seconds(10));

 private:
  // Reads some more; false at the end.
  bool fill(Duration limit);

  Fd fd_;
  std::string buffer_;
};

// A whole request with Content-Length when there is a body; `more`: lines of the head.
std::string http_request(const std::string& method, const std::string& path,
                         const std::string& token = "", const std::string& body = "",
                         const std::string& more = "");

}  // namespace sideband
