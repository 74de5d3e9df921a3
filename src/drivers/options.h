// Typed reading of a driver's options. The configuration has checked them against the driver's
// field table already; here a missing or wrong one is still an error with Retry::kPerson, never a
// crash.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/field_table.h"
#include "model/settings.h"

namespace sideband {

// Reads one map; `where` starts every message ("target shop-cache"). Keeps a reference to the map.
class OptionReader {
 public:
  // With `faults`, which must live as long, what is wrong is added there too, with its key.
  OptionReader(const DriverOptions& options, std::string where,
               config::OptionFaults* faults = nullptr)
      : options_(options), where_(std::move(where)), faults_(faults) {}

  [[nodiscard]] bool has(const std::string& name) const { return options_.contains(name); }
  // Whether a secret is there, or it is said where it is.
  [[nodiscard]] bool has_secret(const std::string& name) const {
    return has(name) || has(name + ".env") || has(name + ".file");
  }
  [[nodiscard]] Result<std::string> text(const std::string& name) const;
  [[nodiscard]] std::string text_or(const std::string& name, const std::string& fallback) const;
  [[nodiscard]] Result<bool> flag_or(const std::string& name, bool fallback) const;
  [[nodiscard]] Result<std::int64_t> count_or(const std::string& name, std::int64_t fallback) const;
  [[nodiscard]] Result<std::int64_t> size_or(const std::string& name, std::int64_t fallback) const;
  [[nodiscard]] Result<Duration> duration_or(const std::string& name, Duration fallback) const;
  // One entry for each line; empty when the option is missing.
  [[nodiscard]] std::vector<std::string> lines(const std::string& name) const;

  // The same for lists whose items may be empty: one entry for each line, empty ones too.
  [[nodiscard]] std::vector<std::string> items(const std::string& name) const;

  // The host, which has its port beside it.
  [[nodiscard]] Result<std::string> host_or(const std::string& fallback) const;

  // An error about this option, for checks that only the driver can make.
  [[nodiscard]] Error wrong(const std::string& name, const std::string& why) const;

 private:
  const DriverOptions& options_;
  std::string where_;
  config::OptionFaults* faults_;
};

// An error that only a person can repair: a wrong option, a missing grant or table.
Error for_person(Error error);

}  // namespace sideband
