// Why something may or may not be done, as data: which gate, what it found, and what it rests on.
// Sentences are made from it at the edge (policy/gates/gate.h); nothing reads a sentence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/gate.h"

namespace sideband {

// Truth of one reason. Unknown never counts as true.
enum class Truth : std::uint8_t { kFalse, kTrue, kUnknown };
std::string_view truth_name(Truth truth);

// One named figure that a gate looked at.
struct Evidence {
  enum class Kind : std::uint8_t { kText, kCount, kShare, kDuration, kTime };
  std::string name;
  Kind kind = Kind::kText;
  std::string text;  // kText
  std::int64_t number =
      0;  // kCount; kShare in millionths; kDuration in us; kTime in us since epoch

  static Evidence of(std::string name, std::string text) {
    return {std::move(name), Kind::kText, std::move(text), 0};
  }
  static Evidence count(std::string name, std::int64_t number) {
    return {std::move(name), Kind::kCount, {}, number};
  }
  static Evidence share(std::string name, std::int64_t millionths) {
    return {std::move(name), Kind::kShare, {}, millionths};
  }
  static Evidence duration(std::string name, Duration duration) {
    return {std::move(name), Kind::kDuration, {}, duration.count()};
  }
  static Evidence time(std::string name, WallTime time) {
    return {std::move(name), Kind::kTime, {}, to_us(time)};
  }
  bool operator==(const Evidence&) const = default;
};

struct Reason {
  GateId gate = GateId::kPause;
  Truth passes = Truth::kUnknown;
  std::vector<Evidence> evidence;

  // Adds what was looked at, in the order in which it is to be shown.
  Reason& with(Evidence item) {
    evidence.push_back(std::move(item));
    return *this;
  }
  [[nodiscard]] const Evidence* find(std::string_view name) const;
  // Of the item with this name; "" and 0 where there is none.
  [[nodiscard]] std::string text(std::string_view name) const;
  [[nodiscard]] std::int64_t number(std::string_view name) const;
  [[nodiscard]] bool passed() const { return passes == Truth::kTrue; }
  bool operator==(const Reason&) const = default;
};

// Bytes of reasons for the store, and back. decode also reads the form of stores before schema
// version 4, whose reasons were sentences: they come back as evidence named "saw" and "until".
std::string encode_reasons(const std::vector<Reason>& reasons);
Result<std::vector<Reason>> decode_reasons(std::string_view bytes);

}  // namespace sideband
