#include "net/http_client.h"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "base/bytes.h"
#include "base/check.h"

namespace sideband {
namespace {

constexpr std::size_t kMaxHeaderBytes = 64 * 1024;
// A body beyond what is kept is read on for this far, so that a server is not cut off for nothing.
constexpr std::size_t kMaxDropped = 1024 * 1024;

struct FreeCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Lines = std::unique_ptr<curl_slist, FreeCurl>;

void append(Lines& lines, const std::string& line) {
  lines.reset(curl_slist_append(lines.release(), line.c_str()));
}

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  const std::unique_ptr<char, void (*)(void*)> owner(text, &curl_free);
  return text;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool iequals_start(std::string_view line, std::string_view name) {
  if (line.size() < name.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = line[i] >= 'A' && line[i] <= 'Z' ? static_cast<char>(line[i] + 32) : line[i];
    if (c != name[i]) return false;
  }
  return true;
}

std::string value_of(std::string_view line, std::size_t from) {
  std::string_view rest = line.substr(from);
  while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
  while (!rest.empty() && (is_control(rest.back()) || rest.back() == ' ')) rest.remove_suffix(1);
  std::string out(rest.substr(0, 500));
  for (char& c : out) c = is_control(c) ? '?' : c;
  return out;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "HTTP/1.1 412 Moved on", where the words may be missing. Of a line that only begins like that
// curl makes a 200.
bool is_status_line(std::string_view line) {
  const bool version = line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ");
  if (!version || line.size() < 13) return false;
  const bool number = line[9] >= '1' && line[9] <= '5' && is_digit(line[10]) && is_digit(line[11]);
  return number && (line[12] == ' ' || line[12] == '\r' || line[12] == '\n');
}

// One request, and what curl calls back for it.
class Exchange {
 public:
  Exchange(const HttpBase& base, const HttpPolicy& policy, const HttpCall& call,
           const std::atomic<bool>& stop)
      : base_(base), policy_(policy), call_(call), stop_(stop), curl_(curl_easy_init()) {
    SB_CHECK(curl_ != nullptr);
  }

  Result<HttpReply> run(const Deadline& deadline);

 private:
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static std::size_t take_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self);
  static int progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

  [[nodiscard]] std::string refusal(const NetAddress& address) const;
  Result<void> pin();
  void restrict_it();
  void prepare(const Deadline& deadline);
  [[nodiscard]] Error failure(CURLcode code) const;
  [[nodiscard]] std::optional<WallTime> certificate_ends() const;

  template <class Value>
  void set(CURLoption option, Value value) {
    SB_CHECK(curl_easy_setopt(curl_.get(), option, value) == CURLE_OK);
  }

  const HttpBase& base_;
  const HttpPolicy& policy_;
  const HttpCall& call_;
  const std::atomic<bool>& stop_;
  const std::unique_ptr<CURL, FreeCurl> curl_;
  Lines headers_;
  Lines pinned_;
  HttpReply answer_;
  std::size_t header_bytes_ = 0;
  bool odd_ = false;         // what came is not the head of an answer
  bool whole_head_ = false;  // of the last answer, of which there are several with 100 Continue
  bool enough_ = false;      // the body went on for too long; what came counts
  std::string refused_;      // why the last address was not connected to
  char words_[CURL_ERROR_SIZE] = {};
};

std::string Exchange::refusal(const NetAddress& address) const {
  if (policy_.only_loopback && !address.loopback()) {
    return "'" + base_.host + "' leads to another machine, " + address.text() +
           ", and would be spoken to without TLS";
  }
  return policy_.addresses.refusal(base_.host, address);
}

// Looks the name up for once and lets curl use nothing but that: another answer of the name server
// a moment later leads nowhere else.
Result<void> Exchange::pin() {
  SB_ASSIGN(const std::vector<NetAddress> addresses, resolve_host(base_.host));
  const bool numeric = base_.host.find(':') != std::string::npos;
  std::string line = (numeric ? "[" + base_.host + "]" : base_.host) + ':' + base_.port + ':';
  for (const NetAddress& address : addresses) {
    const std::string why = refusal(address);
    if (!why.empty()) return Error::permission(why);
    const std::string text = address.text();
    line += (line.ends_with(':') ? "" : ",");
    line += text.find(':') == std::string::npos ? text : "[" + text + "]";
  }
  append(pinned_, line);
  return {};
}

// The last look, at the address that is really connected to.
curl_socket_t Exchange::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(self);
  const auto known = net_address(&address->addr);
  exchange.refused_ = known ? exchange.refusal(*known) : "only IPv4 and IPv6 are spoken";
  if (!exchange.refused_.empty()) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t Exchange::take_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  const std::string_view line(data, size * count);
  exchange.header_bytes_ += line.size();
  if (exchange.header_bytes_ > kMaxHeaderBytes) return 0;
  const bool status = iequals_start(line, "http/");
  const bool first = exchange.header_bytes_ == line.size();
  exchange.odd_ = status ? !is_status_line(line) : first;
  if (exchange.odd_) return 0;
  exchange.whole_head_ = !status && (exchange.whole_head_ || line == "\r\n" || line == "\n");
  if (iequals_start(line, "location:")) exchange.answer_.location = value_of(line, 9);
  return line.size();
}

std::size_t Exchange::take_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  const std::size_t bytes = size * count;
  std::string& body = exchange.answer_.body;
  const std::size_t kept = std::min(bytes, exchange.policy_.max_body - body.size());
  body.append(data, kept);
  exchange.answer_.dropped += bytes - kept;
  exchange.enough_ = exchange.answer_.dropped > kMaxDropped;
  return exchange.enough_ ? 0 : bytes;
}

int Exchange::progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Exchange*>(self)->stop_ ? 1 : 0;
}

void Exchange::restrict_it() {
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");  // none of the environment
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_RESOLVE, pinned_.get());
  set(CURLOPT_OPENSOCKETFUNCTION, &Exchange::open_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_PATH_AS_IS, 1L);
  // A connection that is used again could have died, and curl would try once more by itself.
  set(CURLOPT_FRESH_CONNECT, 1L);
  set(CURLOPT_FORBID_REUSE, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (base_.tls) set(CURLOPT_CERTINFO, 1L);
  if (!policy_.ca_file.empty()) set(CURLOPT_CAINFO, policy_.ca_file.c_str());
}

void Exchange::prepare(const Deadline& deadline) {
  for (const std::string& line : call_.headers) append(headers_, line);
  append(headers_, "Expect:");
  set(CURLOPT_URL, (base_.origin + call_.target).c_str());
  if (call_.has_body) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call_.body.size()));
    set(CURLOPT_POSTFIELDS, call_.body.data());
  }
  if (call_.method == "HEAD") set(CURLOPT_NOBODY, 1L);
  set(CURLOPT_CUSTOMREQUEST, call_.method.c_str());
  set(CURLOPT_HTTPHEADER, headers_.get());
  set(CURLOPT_NOSIGNAL, 1L);
  const long left = std::max(deadline.left_ms(), 1);
  const auto connect =
      std::chrono::duration_cast<std::chrono::milliseconds>(policy_.connect_timeout);
  set(CURLOPT_TIMEOUT_MS, left);
  set(CURLOPT_CONNECTTIMEOUT_MS, std::clamp(static_cast<long>(connect.count()), 1L, left));
  set(CURLOPT_HEADERFUNCTION, &Exchange::take_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Exchange::take_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &Exchange::progress);
  set(CURLOPT_XFERINFODATA, this);
  set(CURLOPT_ERRORBUFFER, words_);
}

Error Exchange::failure(CURLcode code) const {
  curl_off_t before_sending = 0;
  curl_easy_getinfo(curl_.get(), CURLINFO_PRETRANSFER_TIME_T, &before_sending);
  const Effect effect = before_sending == 0 ? Effect::kNone : Effect::kMaybe;
  if (odd_)
    return {ErrorCode::kCorrupt, base_.origin + ": does not answer in HTTP/1.1", Retry::kAfter,
            effect};
  const std::string message =
      base_.origin + ": " + (words_[0] == 0 ? curl_easy_strerror(code) : words_);
  if (!refused_.empty()) return Error::permission(refused_);
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return Error::timeout(message, effect);
    case CURLE_ABORTED_BY_CALLBACK:
      return {ErrorCode::kCancelled, base_.origin + ": stopped", Retry::kAfter, effect};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return Error::permission(message);
    default:
      return {ErrorCode::kUnavailable, message, Retry::kAfter, effect};
  }
}

// Of the first certificate of the chain, which is the server's own. libcurl lists each as lines
// "NAME:VALUE" (CURLINFO_CERTINFO).
std::optional<WallTime> Exchange::certificate_ends() const {
  constexpr std::string_view kName = "Expire date:";
  curl_certinfo* chain = nullptr;
  const CURLcode told = curl_easy_getinfo(curl_.get(), CURLINFO_CERTINFO, &chain);
  if (told != CURLE_OK || chain == nullptr || chain->num_of_certs == 0) return std::nullopt;
  for (const curl_slist* line = chain->certinfo[0]; line != nullptr; line = line->next) {
    const std::string_view text(line->data);
    if (!text.starts_with(kName)) continue;
    const time_t ends = curl_getdate(line->data + kName.size(), nullptr);
    if (ends != -1) return WallTime(std::chrono::seconds(ends));
  }
  return std::nullopt;
}

Result<HttpReply> Exchange::run(const Deadline& deadline) {
  SB_TRY(pin());
  if (deadline.passed()) return Error::timeout("no time left to connect", Effect::kNone);
  restrict_it();
  prepare(deadline);
  const CURLcode code = curl_easy_perform(curl_.get());
  if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && enough_)) return failure(code);
  if (!whole_head_) {
    return Error{ErrorCode::kUnavailable, base_.origin + ": the answer ended within its head",
                 Retry::kAfter, Effect::kMaybe};
  }
  long status = 0;
  curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
  answer_.status = static_cast<int>(status);
  curl_off_t seconds = 0;
  curl_easy_getinfo(curl_.get(), CURLINFO_RETRY_AFTER, &seconds);
  constexpr curl_off_t kMaxPause = 24 * 3600;
  answer_.certificate_ends = certificate_ends();
  if (seconds > 0) answer_.retry_after = std::chrono::seconds(std::min(seconds, kMaxPause));
  return std::move(answer_);
}

}  // namespace

bool is_header_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), is_control);
}

bool is_header_name(std::string_view text) {
  constexpr std::string_view kToken =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return !text.empty() && text.find_first_not_of(kToken) == std::string_view::npos;
}

bool is_plain_path(std::string_view text) {
  if (!text.starts_with('/') || text.starts_with("//")) return false;
  for (const char c : text) {
    if (is_control(c) || static_cast<unsigned char>(c) > 0x7e) return false;
    if (std::string_view(" ?#\\\"<>^`{|}").find(c) != std::string_view::npos) return false;
  }
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    const std::string_view code = text.substr(at + 1, 2);
    unsigned meant = 0;
    const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), meant, 16);
    if (code.size() < 2 || error != std::errc() || end != code.data() + 2) return false;
    if (meant < 0x20 || meant == 0x7f || meant == '/' || meant == '.') return false;
    if (meant == '\\' || meant == '%') return false;
  }
  const std::string whole = std::string(text) + '/';
  return whole.find("/../") == std::string::npos && whole.find("/./") == std::string::npos;
}

std::string url_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : "%" + to_hex(std::string_view(&c, 1));
  }
  return out;
}

Result<HttpBase> parse_http_base(const std::string& text) {
  const std::unique_ptr<CURLU, FreeCurl> url(curl_url());
  constexpr unsigned kFlags = CURLU_PATH_AS_IS | CURLU_NON_SUPPORT_SCHEME;
  // What curl would read as something else than people do.
  if (text.find('@') != std::string::npos || text.find(":///") != std::string::npos) {
    return Error::invalid("has a user, or no host");
  }
  if (!is_header_value(text) || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), kFlags) != 0) {
    return Error::invalid("is no URL; write it like https://shop.internal:8443");
  }
  HttpBase out;
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return Error::invalid("must begin with https://");
  for (const auto part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT,
                          CURLUPART_ZONEID}) {
    if (part_of(url.get(), part).empty()) continue;
    return Error::invalid("has a user, a zone, a query or a fragment, which have no place here");
  }
  out.tls = scheme == "https";
  out.host = part_of(url.get(), CURLUPART_HOST);
  const std::string host = out.host;
  if (out.host.starts_with('[')) out.host = out.host.substr(1, out.host.size() - 2);
  if (out.host.find('%') != std::string::npos) return Error::invalid("has no plain host");
  out.port = part_of(url.get(), CURLUPART_PORT);
  out.origin = scheme + "://" + host + (out.port.empty() ? "" : ":" + out.port);
  if (out.port.empty()) out.port = out.tls ? "443" : "80";
  out.path = part_of(url.get(), CURLUPART_PATH);
  while (out.path.ends_with('/')) out.path.pop_back();
  if (!out.path.empty() && !is_plain_path(out.path)) return Error::invalid("has no plain path");
  return out;
}

Result<HttpReply> http_call(const HttpBase& base, const HttpPolicy& policy, const HttpCall& call,
                            const Deadline& deadline, const std::atomic<bool>& stop) {
  static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
  SB_CHECK(kReady == CURLE_OK);
  return Exchange(base, policy, call, stop).run(deadline);
}

}  // namespace sideband
