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

}  // namespace

Result<ApiAnswer> ApiClient::call(const std::string& method, const std::string& path,
                                  const std::string& body, const std::string& key) {
  SB_ASSIGN(const std::string token, read_token(token_file_));
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
  const std::string url = "http://sideband" + path;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
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
  if (code != CURLE_OK) {
    return Error::unavailable("no daemon answers on " + socket_ + " (" + curl_easy_strerror(code) +
                              "); start one with \"sideband serve\", or pass --socket");
  }
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
