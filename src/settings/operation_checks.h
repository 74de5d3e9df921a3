// What configuration can tell of an operation that a document has run.
#pragma once

#include <functional>
#include <string>

#include "settings/checks.h"

namespace sideband::policy {

// For checks of one document; lives as long as one of them.
class OperationChecks {
 public:
  using Report = std::function<void(const std::string& path, std::string text)>;
  using IsPlaceholder = std::function<bool(const std::string& text)>;
  // `may_hold`: whether a text looks as if it had one of the document's placeholders. `sound`: each
  // value is right by itself, so that a driver does not miss what was wrong.
  OperationChecks(const CheckContext& context, Report report, IsPlaceholder may_hold, bool sound)
      : context_(context),
        report_(std::move(report)),
        may_hold_(std::move(may_hold)),
        sound_(sound) {}

  bool target_exists(const std::string& path, const std::string& target) const;
  // The driver of a target, if it has operations; null where it has none, which is reported, or is
  // not known.
  [[nodiscard]] const config::DriverFields* driver(const std::string& path,
                                                   const std::string& target) const;
  // Reports what the driver would refuse.
  void check(const std::string& path, const config::DriverFields& driver, const std::string& target,
             const DriverOptions& options) const;
  // Only texts are filled in, and of them none that the driver calls literal, as a statement is:
  // braces of the others are doubled, so that filling in leaves them as they are.
  void keep_texts(const std::string& path, const config::DriverFields& driver,
                  DriverOptions& options) const;

 private:
  const CheckContext& context_;
  const Report report_;
  const IsPlaceholder may_hold_;
  const bool sound_;
};

}  // namespace sideband::policy
