// The state of a detector as a text of one line, so that a restart goes on where it was. A class
// that has state names its members once, in
//   template <class Self, class Archive> static void each_member(Self& self, Archive& archive);
// which both directions use, so that none can be written and not read.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/clock.h"

namespace sideband::detectors {

template <class T>
concept Scalar = std::is_arithmetic_v<T>;

// Numbers in the shortest form that reads back as the same, with a blank before each.
class StateWriter {
 public:
  template <class... Members>
  void operator()(const Members&... members) {
    (put(members), ...);
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  template <Scalar T>
  void put(T value) {
    char digits[40];
    char* const end = [&] {
      if constexpr (std::is_same_v<T, bool>) {
        return std::to_chars(digits, digits + sizeof digits, value ? 1 : 0).ptr;
      } else {
        return std::to_chars(digits, digits + sizeof digits, value).ptr;
      }
    }();
    text_ += ' ';
    text_.append(digits, end);
  }
  void put(WallTime time) { put(static_cast<std::int64_t>(time.time_since_epoch().count())); }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(values.size());
    for (const T& value : values) put(value);
  }
  template <class T, std::size_t n>
  void put(const std::array<T, n>& values) {
    for (const T& value : values) put(value);
  }
  template <class T>
  requires requires(const T& member, StateWriter& writer) { T::each_member(member, writer); }
  void put(const T& member) { T::each_member(member, *this); }

  std::string text_;
};

// Reads what StateWriter wrote. What does not fit ends it: everything behind stays as it was, and
// ok() is false.
class StateReader {
 public:
  // A list longer than this is damage.
  static constexpr std::size_t kMostItems = 4096;

  explicit StateReader(std::string_view text) : rest_(text) {}
  template <class... Members>
  void operator()(Members&... members) {
    (get(members), ...);
  }
  // Whether all was read, and nothing is left.
  [[nodiscard]] bool ok() const { return ok_ && rest_.empty(); }

 private:
  template <Scalar T>
  void get(T& value) {
    using Read = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;
    Read read{};
    ok_ = ok_ && rest_.starts_with(' ');
    if (!ok_) return;
    const char* const end = rest_.data() + rest_.size();
    const auto [stop, problem] = std::from_chars(rest_.data() + 1, end, read);
    ok_ = problem == std::errc();
    if constexpr (std::is_same_v<T, bool>) ok_ = ok_ && read <= 1;
    if constexpr (std::is_floating_point_v<T>) ok_ = ok_ && !std::isnan(read);
    if (!ok_) return;
    value = static_cast<T>(read);
    rest_ = std::string_view(stop, static_cast<std::size_t>(end - stop));
  }
  void get(WallTime& time) {
    std::int64_t us = time.time_since_epoch().count();
    get(us);
    time = WallTime(Duration(us));
  }
  template <class T>
  void get(std::optional<T>& value) {
    bool there = false;
    get(there);
    value.reset();
    if (!ok_ || !there) return;
    get(value.emplace());
  }
  template <class T>
  void get(std::vector<T>& values) {
    std::size_t count = 0;
    get(count);
    ok_ = ok_ && count <= kMostItems;
    if (!ok_) return;
    values.assign(count, T{});
    for (T& value : values) get(value);
  }
  template <class T, std::size_t n>
  void get(std::array<T, n>& values) {
    for (T& value : values) get(value);
  }
  template <class T>
  requires requires(T& member, StateReader& reader) { T::each_member(member, reader); }
  void get(T& member) { T::each_member(member, *this); }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace sideband::detectors
