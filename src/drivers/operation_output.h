// The output of an operation as a JSON object that keeps within its size.
#pragma once

#include <string>
#include <string_view>

#include "base/jcs.h"
#include "ports/operation.h"

namespace sideband {

// Used by one thread. Short members first: long ones get what room is left.
class OperationOutput {
 public:
  OperationOutput& add(std::string_view key, std::int64_t value);
  // What does not fit is left out, and KEY + "Dropped" says how many bytes of it; `dropped` are
  // those that were not even kept. Bytes that are no UTF-8 become U+FFFD.
  OperationOutput& add_text(const std::string& key, std::string_view text, std::size_t dropped = 0);
  // JSON text by somebody else. False, and nothing added, where it is none or does not fit.
  bool add_json(const std::string& key, std::string_view json);

  [[nodiscard]] std::string text() const { return object_.text(); }

 private:
  [[nodiscard]] std::size_t room(std::string_view key) const;

  JsonObject object_;
  std::size_t used_ = 2;
};

// The text without line breaks at its end, as $(...) of a shell has it.
std::string_view without_last_breaks(std::string_view text);

// The last line of what somebody complained, on one line and short, for messages.
std::string last_words(std::string_view text);

}  // namespace sideband
