#include "gateway/answers.h"

#include <algorithm>
#include <charconv>

#include "base/units.h"
#include "model/audit_record.h"

namespace sideband {

static constexpr Duration kLongestWait = std::chrono::minutes(5);

static bool has_value(const std::vector<RouteValue>& values, const std::string& name) {
  return std::any_of(values.begin(), values.end(),
                     [&](const RouteValue& value) { return value.name == name; });
}

static std::string names_of(const std::vector<RouteValue>& values) {
  std::string names;
  for (const RouteValue& value : values) {
    names += (names.empty() ? "" : ", ") + std::string(value.name);
  }
  return names.empty() ? "there are none" : "there are " + names;
}

Result<Document> read_body(const Call& call) {
  if (call.request.body.empty()) return Document::of(Document::Kind::kMap);
  SB_ASSIGN(Document body, parse_json(call.request.body));
  if (body.kind != Document::Kind::kMap) return Error::invalid("the body must be a JSON object");
  for (const auto& [key, value] : body.members) {
    if (!has_value(call.doc->body, key)) {
      return Error::invalid("unknown member \"" + key + "\" in the body; " +
                            names_of(call.doc->body));
    }
  }
  return body;
}

Result<void> check_query(const HttpRequest& request, const RouteDoc& doc) {
  for (const auto& [name, value] : request.query) {
    if (!has_value(doc.query, name)) {
      return Error::invalid("unknown parameter \"" + name + "\" in the query; " +
                            names_of(doc.query));
    }
  }
  return {};
}

Result<std::string> text_member(const Document& body, const std::string& key,
                                const std::string& fallback) {
  const auto member = body.members.find(key);
  if (member == body.members.end()) return fallback;
  if (member->second.kind != Document::Kind::kString) {
    return Error::invalid("\"" + key + "\" must be a string");
  }
  if (member->second.text.find('\0') != std::string::npos) {
    return Error::invalid("\"" + key + "\" has a NUL byte, at which others would end it");
  }
  if (member->second.text.size() > kMaxRecordText) {
    return Error::invalid("\"" + key + "\" is longer than " + std::to_string(kMaxRecordText) +
                          " bytes; say it shorter, and where the rest is");
  }
  return member->second.text;
}

Result<std::vector<std::string>> list_member(const Document& body, const std::string& key) {
  std::vector<std::string> out;
  const auto member = body.members.find(key);
  if (member == body.members.end()) return out;
  if (member->second.kind != Document::Kind::kList) {
    return Error::invalid("\"" + key + "\" must be a list of strings");
  }
  for (const Document& item : member->second.items) {
    if (item.kind != Document::Kind::kString) {
      return Error::invalid("\"" + key + "\" must be a list of strings");
    }
    out.push_back(item.text);
  }
  return out;
}

Result<bool> bool_member(const Document& body, const std::string& key) {
  const auto member = body.members.find(key);
  if (member == body.members.end()) return false;
  if (member->second.kind != Document::Kind::kBool) {
    return Error::invalid("\"" + key + "\" must be true or false");
  }
  return member->second.truth;
}

Result<std::int64_t> number_query(const HttpRequest& request, const std::string& key,
                                  std::int64_t fallback, std::int64_t most) {
  const auto found = request.query.find(key);
  if (found == request.query.end()) return fallback;
  std::int64_t value = -1;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > most) {
    return Error::invalid("\"" + key + "\" must be a whole number from 0 to " +
                          std::to_string(most));
  }
  return value;
}

Result<Duration> wait_query(const HttpRequest& request) {
  const auto found = request.query.find("wait");
  if (found == request.query.end()) return Duration(0);
  SB_ASSIGN(const Duration wait, parse_duration(found->second));
  return std::min(wait, kLongestWait);
}

}  // namespace sideband
