// Puts the parts of this build together: configuration with the drivers' tables, and the drivers
// themselves behind the engine's connector.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "cli/grammar/program.h"
#include "drivers/registry.h"
#include "engine/runtime/reconciler_runtime.h"
#include "model/settings.h"

namespace sideband {

// Loads and checks `paths` as one configuration; prints what is wrong with it to `err`. Warnings do
// not prevent anything; with `about`, only those of the document of that name are printed.
// Credentials are resolved. kInvalid: there is nothing to use.
Result<std::shared_ptr<const Settings>> load_settings(const std::vector<std::string>& paths,
                                                      const Clock& clock, std::ostream& err,
                                                      bool color, std::string_view about = {});

// The same for a start: a folder without any configuration is a daemon that has nothing to do yet,
// and says on `err` how to give it something. A reload to nothing is an error instead, because then
// it is more likely that the folder is gone.
Result<std::shared_ptr<const Settings>> first_settings(const std::string& path, const Clock& clock,
                                                       std::ostream& err, bool color);

// Both keep references to what they are given.
TargetConnector make_connector(DriverRegistry& drivers);
MakeNormalize make_normalize(const Clock& clock);

// The same for one command, with drivers that live as long as what is returned.
cli::TargetAccess reach_targets(const Clock& clock);

}  // namespace sideband
