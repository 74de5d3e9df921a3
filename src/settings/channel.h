// Channels: what tells people, and whom of them a reconciler tells.
#pragma once

#include "settings/checks.h"

namespace sideband::policy {

// `driver`: of its target; null where that is not known, which is reported elsewhere.
config::Fields channel_fields(const config::DriverFields* driver);

// Reports what cannot be told, and makes the options ready to be filled in. `sound`: each value of
// the document is right by itself.
void check_channel(const CheckContext& context, const config::Node& node, ChannelSettings& channel,
                   bool sound);

// Channels that reconcilers name exist.
void check_notify(const CheckContext& context);

}  // namespace sideband::policy
