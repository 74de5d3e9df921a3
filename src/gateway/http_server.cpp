// The one file that knows Boost.Beast and coroutines.
#include "gateway/http_server.h"

#include <openssl/ssl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "base/bytes.h"
#include "base/file_id.h"
#include "base/log.h"
#include "base/thread.h"
#include "gateway/socket_file.h"

namespace sideband {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
using Local = asio::local::stream_protocol;

// What somebody may send before anybody looks at who it is.
constexpr std::uint32_t kMaxHeader = 8 * 1024;
// A peer that does not answer a goodbye is not waited for.
constexpr Duration kGoodbye = std::chrono::seconds(1);
// Before the next attempt where none can be accepted, as when descriptors run out: who connects
// waits, and a loop would only burn a core.
constexpr Duration kAcceptAgain = std::chrono::milliseconds(100);

// A listener with the connections that it may have.
struct Door {
  const Listener listener;
  const std::size_t most;
  const std::size_t most_of_one;
  std::size_t open = 0;
  std::map<asio::ip::address, std::size_t> by_address = {};  // of TLS
};

// A place behind a door, given back at its end.
class Place {
 public:
  Place(Door& door, const std::optional<asio::ip::address>& address)
      : door_(door), address_(address) {
    ++door_.open;
    if (address_) ++door_.by_address[*address_];
  }
  ~Place() {
    --door_.open;
    if (address_ && --door_.by_address[*address_] == 0) door_.by_address.erase(*address_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  Door& door_;
  const std::optional<asio::ip::address> address_;
};

// What is known of a connection before it says anything.
struct Caller {
  Listener listener;
  PeerIdentity peer;
};

// "%41+b" to "A b"; what is malformed stays as it is.
std::string decode_percent(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      std::string digits(text.substr(i + 1, 2));
      for (char& c : digits) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      if (const auto byte = from_hex(digits); byte.ok()) {
        out += *byte;
        i += 2;
        continue;
      }
    }
    out += text[i] == '+' ? ' ' : text[i];
  }
  return out;
}

void parse_target(std::string_view target, HttpRequest& request) {
  const std::size_t mark = target.find('?');
  request.path = std::string(target.substr(0, mark));
  std::string_view rest = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  while (!rest.empty()) {
    const std::size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string value =
        equals == std::string_view::npos ? "" : decode_percent(pair.substr(equals + 1));
    request.query[decode_percent(pair.substr(0, equals))] = value;
  }
}

template <class Fields>
HttpRequest head_of(const Fields& head, const Caller& caller) {
  HttpRequest request;
  request.method = std::string(head.method_string());
  parse_target(std::string_view(head.target().data(), head.target().size()), request);
  request.authorization = std::string(head[http::field::authorization]);
  request.idempotency_key = std::string(head["Idempotency-Key"]);
  request.listener = caller.listener;
  request.peer = caller.peer;
  return request;
}

// What to say to somebody who does not speak our HTTP; status 0 when there is nobody any more.
HttpResponse refusal_of(const boost::system::error_code& error) {
  HttpResponse response;
  response.status = 0;
  const bool spoke = error.category() == make_error_code(http::error::bad_method).category();
  if (!spoke || error == http::error::end_of_stream || error == http::error::partial_message) {
    return response;
  }
  const bool large_head = error == http::error::header_limit;
  response.status = large_head ? 431 : error == http::error::body_limit ? 413 : 400;
  response.type = "text/plain; charset=utf-8";
  response.body = large_head                         ? "the head of the request is too large\n"
                  : error == http::error::body_limit ? "the body of the request is too large\n"
                                                     : "this is not an HTTP/1.1 request\n";
  return response;
}

using Message = http::response<http::string_body>;

Message to_message(HttpResponse response, unsigned version, bool keep_alive) {
  Message message(static_cast<http::status>(response.status), version);
  message.set(http::field::content_type, response.type);
  for (const auto& [name, value] : response.headers) message.set(name, value);
  message.set(http::field::cache_control, "no-store");
  message.body() = std::move(response.body);
  message.keep_alive(keep_alive);
  message.prepare_payload();
  return message;
}

class Timer final : public HttpTimer, public std::enable_shared_from_this<Timer> {
 public:
  Timer(asio::io_context& io, Duration wait) : io_(io), timer_(io, wait) {}

  void start(std::function<void()> then) {
    timer_.async_wait([self = shared_from_this(), then](boost::system::error_code error) {
      if (!error) then();
    });
  }
  void cancel() override {
    asio::post(io_, [self = shared_from_this()] { self->timer_.cancel(); });
  }

 private:
  asio::io_context& io_;
  asio::steady_timer timer_;
};

class Server final : public HttpServer {
 public:
  explicit Server(HttpOptions options)
      : options_(std::move(options)),
        local_(io_),
        tcp_(io_),
        tls_(io_),
        local_door_{Listener::kSocket, options_.max_local, options_.max_local},
        tcp_door_{Listener::kPort, options_.max_tcp, options_.max_tcp},
        tls_door_{Listener::kTls, options_.max_tls, options_.max_tls_of_one} {}
  ~Server() override { stop(); }

  Result<void> listen() {
    SB_TRY(clear_socket_path(options_.unix_path));
    SB_TRY(listening(options_.unix_path, [this] { listen_local(); }));
    if (!options_.tcp_address.empty()) {
      SB_TRY(listening(options_.tcp_address + ":" + std::to_string(options_.tcp_port), [this] {
        tcp_port_ = listen_tcp(tcp_, options_.tcp_address, options_.tcp_port);
      }));
    }
    if (!options_.tls) return {};
    return listening(options_.tls_address + ":" + std::to_string(options_.tls_port), [this] {
      tls_port_ = listen_tcp(tls_, options_.tls_address, options_.tls_port);
    });
  }

  void serve(HttpHandler& handler) override {
    handler_ = &handler;
    asio::co_spawn(io_, accept_loop<Local>(local_, local_door_), asio::detached);
    if (tcp_.is_open()) asio::co_spawn(io_, accept_loop<Tcp>(tcp_, tcp_door_), asio::detached);
    if (tls_.is_open()) asio::co_spawn(io_, accept_loop<Tcp>(tls_, tls_door_), asio::detached);
    thread_ = Thread("http", [this] { io_.run(); });
  }

  [[nodiscard]] std::uint16_t tcp_port() const override { return tcp_port_; }
  [[nodiscard]] std::uint16_t tls_port() const override { return tls_port_; }

  std::shared_ptr<HttpTimer> after(Duration wait, std::function<void()> then) override {
    auto timer = std::make_shared<Timer>(io_, wait);
    timer->start(std::move(then));
    return timer;
  }

  void stop() override {
    if (stopped_.exchange(true)) return;
    io_.stop();
    thread_.join();
    // Never what somebody else put there.
    if (socket_ != FileId() && file_id(options_.unix_path, Links::kItself) == socket_) {
      unlink(options_.unix_path.c_str());
    }
  }

 private:
  static Result<void> listening(const std::string& where, const std::function<void()>& listen) {
    try {
      listen();
    } catch (const boost::system::system_error& error) {
      return Error::unavailable("cannot listen on " + where + ": " + error.code().message() +
                                "; nothing was started");
    }
    return {};
  }

  void listen_local() {
    const Local::endpoint endpoint(options_.unix_path);
    local_.open(endpoint.protocol());
    // Nobody but us may connect, also in the moment before chmod.
    const mode_t before = umask(0177);
    local_.bind(endpoint);
    umask(before);
    socket_ = file_id(options_.unix_path, Links::kItself);
    local_.listen();
  }

  // The port that it got.
  static std::uint16_t listen_tcp(Tcp::acceptor& acceptor, const std::string& address,
                                  std::uint16_t port) {
    const Tcp::endpoint endpoint(asio::ip::make_address(address), port);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen();
    return acceptor.local_endpoint().port();
  }

  // Of TLS alone: behind the other doors are this machine's user, and a few open pages.
  static std::optional<asio::ip::address> address_of(const Door& door, const Tcp::socket& socket) {
    boost::system::error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (door.listener != Listener::kTls || error) return std::nullopt;
    return peer.address();
  }
  static std::optional<asio::ip::address> address_of(const Door&, const Local::socket&) {
    return std::nullopt;
  }

  static bool is_full(const Door& door, const std::optional<asio::ip::address>& address) {
    if (door.open >= door.most) return true;
    const auto known = address ? door.by_address.find(*address) : door.by_address.end();
    return known != door.by_address.end() && known->second >= door.most_of_one;
  }

  template <class Protocol, class Acceptor>
  asio::awaitable<void> accept_loop(Acceptor& acceptor, Door& door) {
    bool failing = false;
    while (true) {
      boost::system::error_code error;
      auto socket =
          co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted) co_return;
      if (error && !failing) {
        log(LogLevel::kWarn, "cannot accept connections", {{"why", error.message()}});
      }
      failing = static_cast<bool>(error);
      if (failing) co_await rest(kAcceptAgain);
      if (failing) continue;
      const auto address = address_of(door, socket);
      if (is_full(door, address)) {
        handler_->turned_away(door.listener);
        continue;
      }
      auto place = std::make_unique<Place>(door, address);
      asio::co_spawn(io_, meet(std::move(socket), std::move(place), door.listener), asio::detached);
    }
  }

  asio::awaitable<void> rest(Duration wait) {
    asio::steady_timer timer(io_, wait);
    co_await timer.async_wait(asio::use_awaitable);
  }

  asio::awaitable<void> meet(Local::socket socket, std::unique_ptr<Place> /*kept*/,
                             Listener listener) {
    beast::basic_stream<Local> stream(std::move(socket));
    const Caller caller{listener, {}};
    co_await converse(stream, caller);
  }

  asio::awaitable<void> meet(Tcp::socket socket, std::unique_ptr<Place> /*kept*/,
                             Listener listener) {
    if (listener != Listener::kTls) {
      beast::basic_stream<Tcp> stream(std::move(socket));
      const Caller caller{listener, {}};
      co_await converse(stream, caller);
      co_return;
    }
    try {
      co_await meet_over_tls(std::move(socket));
    } catch (const std::exception& error) {
      log(LogLevel::kWarn, "a connection over TLS could not be made", {{"why", error.what()}});
    }
  }

  // Who the client's certificate says it is; nobody where none was shown.
  [[nodiscard]] Result<PeerIdentity> peer_of(SSL* tls) const {
    const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(tls),
                                                            &X509_free);
    if (!shown) return PeerIdentity{};
    auto peer = identity_of(shown.get(), options_.trust_domain);
    if (!peer.ok()) log(LogLevel::kWarn, "client refused", {{"why", peer.error().message}});
    return peer;
  }

  asio::awaitable<void> meet_over_tls(Tcp::socket socket) {
    const TlsContext shown = options_.tls->current();
    SSL_CTX_up_ref(shown.get());
    asio::ssl::context context(shown.get());
    beast::ssl_stream<beast::basic_stream<Tcp>> stream(beast::basic_stream<Tcp>(std::move(socket)),
                                                       context);
    auto& lowest = beast::get_lowest_layer(stream);
    lowest.expires_after(options_.stranger);
    boost::system::error_code error;
    co_await stream.async_handshake(asio::ssl::stream_base::server,
                                    asio::redirect_error(asio::use_awaitable, error));
    const auto peer = error ? Error::unavailable("no handshake") : peer_of(stream.native_handle());
    handler_->handshake_ended(peer.ok());
    if (!peer.ok()) co_return;
    // g++ 12 destroys what is written in braces for a coroutine twice.
    const Caller caller{Listener::kTls, *peer};
    co_await converse(stream, caller);
    lowest.expires_after(kGoodbye);
    co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
  }

  template <class Stream>
  asio::awaitable<void> converse(Stream& stream, const Caller& caller) {
    beast::flat_buffer buffer;
    try {
      while (co_await serve_one(stream, buffer, caller)) {
      }
    } catch (const std::exception&) {
      // The peer went away or spoke something else; there is nobody to tell.
    }
  }

  // One request and its answer; false when the connection is over.
  template <class Stream>
  asio::awaitable<bool> serve_one(Stream& stream, beast::flat_buffer& buffer,
                                  const Caller& caller) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(options_.max_body);
    parser.header_limit(kMaxHeader);
    auto& lowest = beast::get_lowest_layer(stream);
    lowest.expires_after(caller.listener == Listener::kTls ? options_.stranger : options_.idle);
    boost::system::error_code error;
    co_await http::async_read_header(stream, buffer, parser,
                                     asio::redirect_error(asio::use_awaitable, error));
    // A body that is announced as too large comes out here, with the head complete.
    const bool too_large = error == http::error::body_limit;
    HttpRequest request = head_of(parser.get(), caller);
    HttpAdmission admission =
        error && !too_large ? HttpAdmission::refuse(refusal_of(error)) : handler_->admit(request);
    if (admission.take && !too_large) {
      lowest.expires_after(options_.idle);
      co_await http::async_read(stream, buffer, parser,
                                asio::redirect_error(asio::use_awaitable, error));
    }
    if (admission.take && error) admission = HttpAdmission::refuse(refusal_of(error));
    const unsigned version = parser.get().version() == 10 ? 10 : 11;
    if (!admission.take) {
      if (admission.refusal.status == 0) co_return false;  // there is nobody any more
      auto message = to_message(std::move(admission.refusal), version, false);
      co_await http::async_write(stream, message, asio::use_awaitable);
      co_return false;
    }
    request.body = std::move(parser.get().body());
    const bool keep_alive = parser.get().keep_alive();
    lowest.expires_never();
    HttpResponse response = co_await answer(stream, std::move(request), admission.take);
    auto message = to_message(std::move(response), version, keep_alive);
    lowest.expires_after(options_.idle);
    co_await http::async_write(stream, message, asio::use_awaitable);
    co_return keep_alive;
  }

  struct Waiting {
    explicit Waiting(asio::io_context& io) : done(io, asio::steady_timer::time_point::max()) {}
    asio::steady_timer done;
    std::optional<HttpResponse> response;
  };

  // A caller whose answer is under way.
  struct Watched {
    std::atomic<bool> gone{false};
    bool over = false;  // answered: the socket may be closed
  };

  // Notices that the caller hangs up, until `over`. More of what it says is no end.
  template <class Socket>
  static std::shared_ptr<Watched> watch(Socket& socket) {
    auto watched = std::make_shared<Watched>();
    socket.async_wait(asio::socket_base::wait_read,
                      [&socket, watched](const boost::system::error_code& error) {
                        if (error || watched->over) return;
                        // What was said before that, as a goodbye of TLS, may not be read yet.
                        pollfd peer{socket.native_handle(), POLLRDHUP, 0};
                        watched->gone = ::poll(&peer, 1, 0) == 1;
                      });
    return watched;
  }

  // The handler may answer at once, later, or from another thread.
  template <class Stream>
  asio::awaitable<HttpResponse> answer(Stream& stream, HttpRequest request, const HttpTake& take) {
    auto& socket = beast::get_lowest_layer(stream).socket();
    const auto watched = watch(socket);
    request.gone = {watched, &watched->gone};
    auto waiting = std::make_shared<Waiting>(io_);
    take(std::move(request), [this, waiting](HttpResponse response) {
      asio::post(io_, [waiting, response = std::move(response)]() mutable {
        waiting->response = std::move(response);
        waiting->done.cancel();
      });
    });
    boost::system::error_code ignored;
    while (!waiting->response) {
      co_await waiting->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    watched->over = true;
    socket.cancel(ignored);
    co_return std::move(*waiting->response);
  }

  HttpOptions options_;
  HttpHandler* handler_ = nullptr;  // before serve: none
  asio::io_context io_{1};
  Local::acceptor local_;
  Tcp::acceptor tcp_;
  Tcp::acceptor tls_;
  std::uint16_t tcp_port_ = 0;
  std::uint16_t tls_port_ = 0;
  FileId socket_;  // the file that we made
  Door local_door_;
  Door tcp_door_;
  Door tls_door_;
  std::atomic<bool> stopped_{false};
  Thread thread_;
};

}  // namespace

std::string_view listener_name(Listener listener) {
  static constexpr std::array<std::string_view, 3> kNames = {"socket", "port", "tls"};
  return kNames.at(static_cast<std::size_t>(listener));
}

Result<std::unique_ptr<HttpServer>> HttpServer::bind(const HttpOptions& options) {
  auto server = std::make_unique<Server>(options);
  SB_TRY(server->listen());
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace sideband
