// Reads fields out of an audit record without the code that wrote it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sideband::sim {

// A canonical JSON object (RFC 8785) whose wanted fields stand at its top and hold no escapes.
class Leaf {
 public:
  explicit Leaf(std::string_view record) : record_(record) {}
  // Empty, or 0, where there is no such field.
  [[nodiscard]] std::string text(std::string_view field) const;
  [[nodiscard]] std::int64_t number(std::string_view field) const;
  [[nodiscard]] bool contains(std::string_view text) const { return record_.find(text) != npos; }
  // Of a decision: people let it pass this gate, which said no.
  [[nodiscard]] bool released(std::string_view gate) const;
  [[nodiscard]] bool has(std::string_view field) const { return find(field) != npos; }

 private:
  static constexpr std::size_t npos = std::string_view::npos;
  [[nodiscard]] std::size_t find(std::string_view field) const;
  std::string_view record_;
};

}  // namespace sideband::sim
