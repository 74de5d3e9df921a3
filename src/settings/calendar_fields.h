// The field table of kind Calendar.
#pragma once

#include "config/field_table.h"
#include "config/messages.h"
#include "model/settings.h"

namespace sideband::policy {

config::Fields calendar_fields();

// What one row cannot know: that the ends of a window are of one kind and in order, and that there
// is such a time zone, by the database of this machine. Reports at `node`, the document.
void check_calendar(const CalendarSettings& calendar, const config::Node& node,
                    config::Messages& messages);

}  // namespace sideband::policy
