#include "cel/value_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/utf8.h"
#include "cel/map.h"
#include "cel/numbers.h"
#include "cel/text.h"
#include "cel/times.h"

namespace sideband::cel {
namespace {

constexpr std::size_t kShort = 80;

std::string bytes_literal(std::string_view bytes) {
  std::string out = "b\"";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\';
    out += plain ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  return out + '"';
}

// So that it reads as a double again: "1.0" and not "1".
std::string double_literal(double number) {
  const std::string text = double_text(number);
  const bool whole = text.find_first_not_of("-0123456789") == std::string::npos;
  return whole ? text + ".0" : text;
}

class Writer {
 public:
  explicit Writer(std::size_t most) : most_(most) {}

  void put(const Value& value) {
    if (full()) return;
    switch (value.kind()) {
      case Kind::kList:
        return put_list(value.items());
      case Kind::kMap:
        return put_map(value.as_map());
      case Kind::kOptional:
        return put_optional(value);
      case Kind::kString:
        out_ += quoted(std::string_view(value.as_text()).substr(0, most_));
        break;
      case Kind::kBytes:
        out_ += bytes_literal(std::string_view(value.as_text()).substr(0, most_));
        break;
      default:
        out_ += plain(value);
    }
  }

  [[nodiscard]] std::string text() const {
    if (!full()) return out_;
    std::size_t end = most_;
    while (end > 0 && (static_cast<unsigned char>(out_[end]) & 0xC0) == 0x80) --end;
    return out_.substr(0, end) + "...";
  }

 private:
  [[nodiscard]] bool full() const { return out_.size() > most_; }

  void put_list(const std::vector<Value>& items) {
    out_ += '[';
    for (std::size_t i = 0; i < items.size() && !full(); ++i) {
      if (i > 0) out_ += ", ";
      put(items[i]);
    }
    out_ += ']';
  }

  void put_map(const Map& map) {
    out_ += '{';
    bool first = true;
    for (const auto& [key, value] : map.entries()) {
      if (full()) break;
      if (!first) out_ += ", ";
      first = false;
      put(key);
      out_ += ": ";
      put(value);
    }
    out_ += '}';
  }

  void put_optional(const Value& value) {
    if (!value.has_value()) {
      out_ += "optional.none()";
      return;
    }
    out_ += "optional.of(";
    put(value.inner());
    out_ += ')';
  }

  static std::string plain(const Value& value) {
    switch (value.kind()) {
      case Kind::kNull:
        return "null";
      case Kind::kBool:
        return value.as_bool() ? "true" : "false";
      case Kind::kInt:
        return std::to_string(value.as_int());
      case Kind::kUint:
        return std::to_string(value.as_uint()) + "u";
      case Kind::kDouble:
        return double_literal(value.as_double());
      case Kind::kTimestamp:
        return fmt::format("timestamp(\"{}\")", timestamp_text(value.as_timestamp()));
      case Kind::kDuration:
        return fmt::format("duration(\"{}\")", duration_text(value.as_duration()));
      case Kind::kType:
        return value.as_text();
      case Kind::kUnknown:
        return fmt::format("unknown({})", fmt::join(value.unknown_names(), ", "));
      default:
        return fmt::format("error({})", value.failure().message);
    }
  }

  std::size_t most_;
  std::string out_;
};

}  // namespace

std::string value_text(const Value& value, std::size_t most) {
  Writer writer(most);
  writer.put(value);
  return writer.text();
}

std::string short_text(const Value& value) {
  return value_text(value, kShort);
}

}  // namespace sideband::cel
