// Filling in what a playbook's texts leave open: {inputs.NAME} and {steps.NAME.FIELD}.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/document.h"
#include "model/playbook.h"

namespace sideband {

// One placeholder, taken apart. Neither: it is not one of ours.
struct PlaybookReference {
  enum class Kind : std::uint8_t { kNeither, kInput, kOutput };
  Kind kind = Kind::kNeither;
  std::string name;   // of the input or the step
  std::string field;  // of the step's output
};
PlaybookReference parse_reference(const std::string& placeholder);

// What is known when a text is filled in.
class PlaybookValues {
 public:
  explicit PlaybookValues(std::map<std::string, std::string> inputs) : inputs_(std::move(inputs)) {}

  // `output`: a JSON object. What is nested has dotted names.
  Result<void> add_output(const std::string& step, const std::string& output);
  // From now on outputs that are not there stay as they are written, braces included: for showing.
  void leave_unknown() { leave_unknown_ = true; }

  // Fails, naming the placeholder, where there is no such value.
  [[nodiscard]] Result<std::string> fill(const std::string& text) const;
  // The same for options. Also fails where a value has a line break: there it could become another
  // argument of a command.
  [[nodiscard]] Result<DriverOptions> fill(const DriverOptions& options) const;

 private:
  void add_members(const std::string& step, const std::string& prefix, const Document& map);
  [[nodiscard]] Result<std::string> value_of(const std::string& placeholder) const;

  std::map<std::string, std::string> inputs_;
  std::map<std::string, std::map<std::string, std::string>> outputs_;
  bool leave_unknown_ = false;
};

}  // namespace sideband
