// Configuration texts to Settings: the one validator behind `check`, start, reload and the API.
//
// All errors are found at once. With any error there are no settings to use; warnings do not
// prevent anything. Deterministic in its arguments; no I/O, but for the files of the time zones
// that Calendars name.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/field_table.h"
#include "config/messages.h"
#include "config/node.h"
#include "model/settings.h"

namespace sideband::policy {

struct SourceText {
  std::string name;  // as shown in messages
  std::string text;
};

struct Compiled {
  Settings settings;
  config::Messages messages;
  // Documents of reconcilers by name, for the places of what is found about them later.
  std::map<std::string, config::Node> reconcilers = {};
  [[nodiscard]] bool ok() const { return messages.errors() == 0; }
};

// `now` decides which ignore entries have expired.
Compiled compile(const std::vector<SourceText>& sources,
                 const std::vector<config::DriverFields>& drivers, WallTime now);

}  // namespace sideband::policy
