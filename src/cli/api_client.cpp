#include "cli/api_client.h"

#include <curl/curl.h>

#include <memory>

#include "base/bytes.h"
#include "base/read_file.h"

namespace sideband::cli {
namespace {

struct FreeCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::size_t append(char* data, std::size_t size, std::size_t count, void* out) {
  static_cast<std::string*>(out)->append(data, size * count);
  return size * count;
}

Result<std::string> read_token(const std::string& path) {
  if (path.empty()) return std::string();
  const auto text = read_bounded_file(path, 4096);
  const std::string token = text.ok() ? text->substr(0, text->find('\n')) : std::string();
  if (!token.empty()) return token;
  return Error::permission((text.ok() ? path + " is empty" : text.error().message) +
                           "; make a token with \"sideband token add NAME\"");
}

std::string without_slash(std::string server) {
  if (server.ends_with('/')) server.pop_back();
  return server;
}

// Nothing is sent in the clear, and nowhere else than where it was sent to.
Result<void> aim(CURL* curl, const ApiPlace& place, const std::string& path) {
  if (place.server.empty()) {
    curl_easy_setopt(curl, CURLOPT_URL, ("http://sideband" + path).c_str());
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, place.socket.c_str());
    return {};
  }
  SB_TRY(check_server(place.server));
  curl_easy_setopt(curl, CURLOPT_URL, (without_slash(place.server) + path).c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_3));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
  if (!place.ca.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, place.ca.c_str());
  if (place.certificate.empty() != place.key.empty()) {
    return Error::invalid("--client-cert and --client-key go together");
  }
  if (!place.certificate.empty()) {
    curl_easy_setopt(curl, CURLOPT_SSLCERT, place.certificate.c_str());
    curl_easy_setopt(curl, CURLOPT_SSLKEY, place.key.c_str());
  }
  return {};
}

Error no_answer(const ApiPlace& place, CURLcode code) {
  const std::string why = curl_easy_strerror(code);
  if (place.server.empty()) {
    return Error::unavailable("no daemon answers on " + place.socket + " (" + why +
                              "); start one with \"sideband serve\", or pass --socket");
  }
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
    return Error::unavailable(
        place.server + " is not believed to be who it says (" + why +
        "); nothing was sent. Pass --ca with who vouches for it, and the name "
        "that its certificate has");
  }
  return Error::unavailable("no daemon answers at " + place.server + " (" + why +
                            "); it has to be started with --listen");
}

}  // namespace

Result<void> check_server(const std::string& server) {
  const std::string scheme = "https://", plain = without_slash(server);
  const bool good = plain.starts_with(scheme) && plain.size() > scheme.size() &&
                    plain.find_first_of("/?#@ ", scheme.size()) == std::string::npos;
  if (good) return {};
  return Error::invalid("--server is \"" + server +
                        "\"; write it like https://host:9471, a token is sent over TLS alone");
}

Result<ApiAnswer> ApiClient::call(const std::string& method, const std::string& path,
                                  const std::string& body, const std::string& key) {
  SB_ASSIGN(const std::string token, read_token(place_.token_file));
  const std::unique_ptr<CURL, FreeCurl> curl(curl_easy_init());
  std::unique_ptr<curl_slist, FreeCurl> headers;
  const auto header = [&](const std::string& line) {
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
  };
  header("Expect:");
  if (!token.empty()) header("Authorization: Bearer " + token);
  if (method == "POST") header("Content-Type: application/json");
  if (!key.empty()) header("Idempotency-Key: " + key);
  ApiAnswer answer;
  SB_TRY(aim(curl.get(), place_, path));
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.text);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 330L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  if (method == "POST") {
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(curl.get(), CURLOPT_COPYPOSTFIELDS, body.c_str());
  }
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return no_answer(place_, code);
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  if (auto parsed = parse_json(answer.text); parsed.ok()) answer.body = std::move(*parsed);
  return answer;
}

std::string member(const Document& object, const std::string& key) {
  const auto found = object.members.find(key);
  if (found == object.members.end()) return "";
  if (found->second.kind == Document::Kind::kBool) return found->second.truth ? "true" : "false";
  return found->second.text;
}

std::int64_t number(const Document& object, const std::string& key) {
  const std::string text = member(object, key);
  return text.empty() ? 0 : std::atoll(text.c_str());
}

const std::vector<Document>& items(const Document& body) {
  static const std::vector<Document> kNone;
  const auto found = body.members.find("items");
  return found == body.members.end() ? kNone : found->second.items;
}

std::string encoded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ||
                       c == '.' || c == '~';
    out += plain ? std::string(1, c) : "%" + to_hex(std::string_view(&c, 1));
  }
  return out;
}

}  // namespace sideband::cli
