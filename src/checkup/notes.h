// What one probe has seen so far, and how it travels from the process of the probe to the one that
// prints: one line of JSON a fact, so that what was found before a deadline is not lost.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "checkup/finding.h"

namespace sideband::scan {

// More findings or gaps of one probe than this are counted only: nobody reads a longer table.
inline constexpr std::size_t kMaxOfAKind = 200;

// Used by one thread.
class Notes {
 public:
  using Listener = std::function<void(const std::string& line)>;

  explicit Notes(std::string kind, Listener listener = {});

  // The finding's kind is filled in.
  void found(Finding finding);
  void gap(std::string what, std::string why);
  // One more thing was compared.
  void looked();
  // Tells what is left to tell. Called when the probe is done; a second call tells nothing new.
  void finish();
  [[nodiscard]] const ProbeReport& report() const { return report_; }

 private:
  void tell(const std::string& line) const;

  ProbeReport report_;
  Listener listener_;
  std::int64_t more_findings_ = 0;
  std::int64_t more_gaps_ = 0;
  std::int64_t told_looks_ = 0;
};

std::string finding_json(const Finding& finding);
std::string gap_json(const Gap& gap);

// Adds a line of Notes to a report. kInvalid for anything else.
Result<void> read_note(const std::string& line, ProbeReport& report);

}  // namespace sideband::scan
