// JSON in the canonical form of RFC 8785 (JCS), restricted to what our records use: objects,
// arrays, strings, booleans, null and whole numbers within +-(2^53 - 1).
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sideband {

// A JSON string literal with the escapes that RFC 8785 3.2.2.2 asks for. Invalid UTF-8 becomes
// U+FFFD, so that a hostile name cannot make a record unreadable.
std::string json_string(std::string_view text);

// Collects members and writes them in canonical order. Adding a key twice keeps the last value.
class JsonObject {
 public:
  JsonObject& add(std::string_view key, std::string_view value);
  JsonObject& add(std::string_view key, const char* value) {
    return add(key, std::string_view(value));
  }
  JsonObject& add(std::string_view key, const std::string& value) {
    return add(key, std::string_view(value));
  }
  JsonObject& add(std::string_view key, std::int64_t value);
  JsonObject& add(std::string_view key, int value) {
    return add(key, static_cast<std::int64_t>(value));
  }
  JsonObject& add(std::string_view key, std::uint64_t value);
  JsonObject& add(std::string_view key, bool value);
  // `json` must be JSON text itself, canonical where the whole is to be canonical.
  JsonObject& add_json(std::string_view key, std::string_view json);
  JsonObject& add_object(std::string_view key, const JsonObject& object);
  [[nodiscard]] std::string text() const;
  // Appends the text.
  void put(std::string& out) const;

 private:
  // Keys are ASCII, so that byte order is the UTF-16 order of RFC 8785 3.2.3.
  struct Member {
    std::uint64_t prefix;  // the first bytes of the key, which tell most keys apart
    std::size_t key;       // where the key begins in bytes_
    std::size_t value;
    std::size_t end;
  };
  using Members = boost::container::small_vector<Member, 12>;  // as many as most records have
  void begin(std::string_view key);
  JsonObject& end();
  [[nodiscard]] std::string_view key_of(const Member& member) const;

  std::string bytes_;  // keys and values as they came; a tree would cost more than it is worth
  Members members_;
};

// "[a,b]" from JSON texts; and from strings.
std::string json_array(const std::vector<std::string>& json_items);
std::string json_strings(const std::vector<std::string>& texts);

}  // namespace sideband
