// The types that a field's value can have, and the readers of their texts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace sideband::config {

enum class FieldType : std::uint8_t {
  kText,      // any text that is not empty
  kName,      // a DNS label: names of documents
  kTemplate,  // text with {column} placeholders; {{ and }} stand for braces
  kPointer,   // JSON pointer (RFC 6901); a segment * matches every key or index
  kDuration,  // 30s, 1h30m
  kCount,     // 500, 200k
  kPercent,   // 10%
  kAmount,    // a count or a percentage
  kSize,      // 64KiB
  kNumber,    // 1.5
  kQuantity,  // 1.5, 20ms, 64MiB, 90%
  kBool,      // true, false
  kDate,      // 2027-06-30
  kEnum,      // one of the field's values
  kSecret,    // {valueFrom: {env: NAME}} or {valueFrom: {file: PATH}}; never the secret itself
  kTable,     // a map with keys of its own
  kList,      // a list of items
  kMap,       // a map with free keys
  kAny,       // whatever stands there; its meaning is checked elsewhere
};

// As it stands in the reference: "duration", "count", ...
std::string_view type_name(FieldType type);
// For sentences: "a duration", "text", "true or false".
std::string type_phrase(FieldType type);
// A value as people would write it: "30s".
std::string_view type_example(FieldType type);

struct Amount {
  std::int64_t count = 0;
  std::int64_t percent = 0;  // millionths; used when count is 0
};

// Every error says what was expected, with an example.
Result<std::string> read_text(std::string_view text);
Result<std::string> read_name(std::string_view text);
Result<std::string> read_template(std::string_view text);
Result<std::string> read_pointer(std::string_view text);
Result<Amount> read_amount(std::string_view text);
Result<double> read_number(std::string_view text);
Result<bool> read_bool(std::string_view text);
// Midnight UTC at the start of that day.
Result<WallTime> read_date(std::string_view text);

// Checks `text` as a value of the scalar type `type`; kEnum, kTable and lists are not scalars here.
Result<void> check_scalar(FieldType type, std::string_view text);

}  // namespace sideband::config
