// Settings of a detector as they are written: names and texts, read by a table that also makes
// help and the manual.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sideband::detectors {

enum class Form : std::uint8_t { kNumber, kDuration, kCount, kFlag };

// One setting that a kind of detector has.
struct SettingRow {
  const char* name;
  Form form;
  const char* fallback;  // as somebody would write it; "" where there is none
  const char* doc;
};
using SettingTable = std::vector<SettingRow>;

// "number", "duration such as 5m", ...: what a person may write.
std::string form_text(Form form);

// Texts that all have a row and its form. A value; thread-safe when it is not written to.
class Settings {
 public:
  // `table` must outlive it. kInvalid: a name without a row, with the nearest one, or a text
  // without its form.
  static Result<Settings> read(const SettingTable& table,
                               const std::map<std::string, std::string>& given);

  // Of a setting of that form. The two below are for those that have a fallback.
  [[nodiscard]] Result<std::optional<double>> number(const std::string& name) const;
  [[nodiscard]] Result<Duration> duration(const std::string& name) const;
  [[nodiscard]] Result<std::int64_t> count(const std::string& name) const;
  [[nodiscard]] bool flag(const std::string& name) const { return text(name) == "true"; }
  // All of them, "above=90,for=0s": two detectors of a kind with equal texts behave alike.
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] std::string text(const std::string& name) const;

  const SettingTable* table_ = nullptr;
  std::map<std::string, std::string> given_;
};

}  // namespace sideband::detectors
