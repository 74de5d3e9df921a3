// The Driver port: makes Collections, Operations and Feeds for the Targets of one kind.
#pragma once

#include <memory>
#include <string_view>

#include "model/settings.h"
#include "ports/collection.h"
#include "ports/feed.h"
#include "ports/grants.h"
#include "ports/operation.h"
#include "ports/policy_server.h"
#include "ports/signal.h"
#include "ports/table_report.h"

namespace sideband {

enum class Role : std::uint8_t { kDesired, kActual };

// Thread-safe. `open` and `watch` check what they can without talking to the target for long; an
// unreachable target is an error with Retry::kAfter, a wrong option one with Retry::kPerson.
class Driver {
 public:
  virtual ~Driver() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  virtual Result<std::unique_ptr<Collection>> open(const TargetSettings& target,
                                                   const CollectionSettings& collection,
                                                   Role role) = 0;
  // What the credential may do, against what `needs` says of a Collection like this one. Reads
  // only. Of the driver and not of the Collection, because one that may not read cannot be opened.
  // Errors as open; a missing grant is none.
  virtual Result<GrantReport> grants(const TargetSettings& target,
                                     const CollectionSettings& collection, Role role,
                                     const GrantNeeds& needs) = 0;
  // What the tables behind a Collection like this one are, and what of them does not fit it: a
  // missing table or column, keys that are not unique. `role` kActual: they are to be changed too.
  // Reads only, and ends in `timeout`. Errors as open; what does not fit is none. Empty where a
  // driver has no tables.
  virtual Result<TableReport> look_at_table(const TargetSettings& /*target*/,
                                            const CollectionSettings& /*collection*/, Role /*role*/,
                                            Duration /*timeout*/) {
    return TableReport();
  }
  // What playbooks do on that target. kUnsupported where nothing can be done there but by a
  // Collection.
  virtual Result<std::unique_ptr<Operation>> operation(const TargetSettings& target) {
    return Error::unsupported("target " + target.name + ": the driver '" + std::string(name()) +
                              "' has no operations");
  }
  // What is measured there. `kind` is a word of the driver's signals (config::SignalKind), whose
  // table `options` are of. kUnsupported where nothing is.
  virtual Result<std::unique_ptr<Signal>> signal(const TargetSettings& target,
                                                 const std::string& /*kind*/,
                                                 const DriverOptions& /*options*/) {
    return Error::unsupported("target " + target.name + ": the driver '" + std::string(name()) +
                              "' measures nothing");
  }
  // Whom policies are asked of there. kUnsupported where nobody is.
  virtual Result<std::unique_ptr<PolicyServer>> policies(const TargetSettings& target) {
    return Error::unsupported("target " + target.name + ": the driver '" + std::string(name()) +
                              "' asks no policies");
  }
  // kUnsupported where this kind of target has no feed.
  virtual Result<std::unique_ptr<Feed>> watch(const TargetSettings& target,
                                              const CollectionSettings& collection, Role role) = 0;
};

}  // namespace sideband
