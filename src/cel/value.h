// A value of the rule language (CEL, cel-spec doc/langdef.md, "Values"), and what an evaluation has
// beside values: an error, and what is not known.
//
// A Value is immutable, copyable at the price of a reference count, and safe to share between
// threads.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sideband::cel {

enum class Kind : std::uint8_t {
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kList,
  kMap,
  kTimestamp,
  kDuration,
  kType,
  kOptional,
  kError,
  kUnknown,
};

// "int", "google.protobuf.Timestamp": the name that type() answers with.
std::string_view type_name(Kind kind);

// Lists and maps that are nested deeper are errors: whoever walks through a value does it by
// recursion.
inline constexpr std::uint32_t kMaxValueDepth = 256;

class Map;
struct List;

// Seconds since 1970 with 0 to 999,999,999 nanoseconds after them.
struct Timestamp {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  auto operator<=>(const Timestamp&) const = default;
};

// Why there is no value, and where in the source; npos where that is not known yet.
struct Failure {
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
  std::string message;
  std::size_t offset = kNowhere;
};

class Value {
 public:
  Value() = default;  // null

  static Value boolean(bool truth) { return {Kind::kBool, truth ? 1u : 0u}; }
  static Value integer(std::int64_t number) {
    return {Kind::kInt, static_cast<std::uint64_t>(number)};
  }
  static Value unsigned_integer(std::uint64_t number) { return {Kind::kUint, number}; }
  static Value number(double number) {
    return {Kind::kDouble, std::bit_cast<std::uint64_t>(number)};
  }
  static Value string(std::string text);  // UTF-8
  static Value bytes(std::string bytes);
  // An error when the items are nested too deep.
  static Value list(std::vector<Value> items);
  // An error when a key is no bool, int, uint or string, when a key is there twice, or when the
  // values are nested too deep.
  static Value map(std::vector<std::pair<Value, Value>> entries);
  static Value timestamp(Timestamp time);
  static Value duration(std::int64_t nanoseconds) {
    return {Kind::kDuration, static_cast<std::uint64_t>(nanoseconds)};
  }
  static Value type(std::string name);
  static Value optional(Value inner);
  static Value none() { return {Kind::kOptional, 0}; }
  static Value error(std::string message, std::size_t offset = Failure::kNowhere);
  // Not known, because of what these names stand for.
  static Value unknown(std::vector<std::string> names);

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool is(Kind kind) const { return kind_ == kind; }
  // An error or unknown: what no function is called with.
  [[nodiscard]] bool is_missing() const { return kind_ >= Kind::kError; }
  [[nodiscard]] bool is_true() const { return kind_ == Kind::kBool && bits_ != 0; }
  [[nodiscard]] bool is_false() const { return kind_ == Kind::kBool && bits_ == 0; }
  [[nodiscard]] bool is_number() const { return kind_ >= Kind::kInt && kind_ <= Kind::kDouble; }

  // Each is for its kind only; the others' bits mean nothing.
  [[nodiscard]] bool as_bool() const { return bits_ != 0; }
  [[nodiscard]] std::int64_t as_int() const { return static_cast<std::int64_t>(bits_); }
  [[nodiscard]] std::uint64_t as_uint() const { return bits_; }
  [[nodiscard]] double as_double() const { return std::bit_cast<double>(bits_); }
  [[nodiscard]] std::int64_t as_duration() const { return static_cast<std::int64_t>(bits_); }
  [[nodiscard]] Timestamp as_timestamp() const { return {as_int(), nanos_}; }
  // Of strings, bytes and types.
  [[nodiscard]] const std::string& as_text() const { return object<std::string>(); }
  [[nodiscard]] const std::vector<Value>& items() const;
  [[nodiscard]] const Map& as_map() const { return object<Map>(); }
  [[nodiscard]] bool has_value() const { return object_ != nullptr; }
  [[nodiscard]] const Value& inner() const { return object<Value>(); }
  [[nodiscard]] const Failure& failure() const { return object<Failure>(); }
  // Sorted, each once.
  [[nodiscard]] const std::vector<std::string>& unknown_names() const {
    return object<std::vector<std::string>>();
  }

  // How many lists and maps are around the innermost; 0 for what is neither.
  [[nodiscard]] std::uint32_t depth() const;
  // What a walk through all of it costs: one for each value in it, and one for every 16 bytes of
  // text. A value that holds the same list twice counts it twice; saturates.
  [[nodiscard]] std::uint64_t weight() const;

 private:
  Value(Kind kind, std::uint64_t bits) : kind_(kind), bits_(bits) {}
  Value(Kind kind, std::shared_ptr<const void> object) : kind_(kind), object_(std::move(object)) {}
  template <class T>
  [[nodiscard]] const T& object() const {
    return *static_cast<const T*>(object_.get());
  }

  Kind kind_ = Kind::kNull;
  std::int32_t nanos_ = 0;
  std::uint64_t bits_ = 0;
  std::shared_ptr<const void> object_;
};

// Depth and weight of what holds other values, gathered while it is made.
struct Extent {
  std::uint32_t depth = 1;
  std::uint64_t weight = 1;
  void hold(const Value& value);
};

struct List {
  std::vector<Value> items;
  Extent extent;
};

inline const std::vector<Value>& Value::items() const {
  return object<List>().items;
}

// The two names in one sorted list, each once.
Value merge_unknowns(const Value& a, const Value& b);

}  // namespace sideband::cel
