// Which reconcilers can repair the same thing.
#pragma once

#include <string_view>

#include "settings/checks.h"

namespace sideband::policy {

// No two reconcilers can repair the same thing, by whatever names they know it, and none compares a
// thing with itself. What cannot be told by configuration alone passes.
void check_overlaps(const CheckContext& context);

// Whether two texts with placeholders ({x}, * or ?) can stand for the same text.
bool patterns_meet(std::string_view a, std::string_view b);
// The same for two lists among a driver's options: whether any of one meets any of the other.
bool any_meet(std::string_view a, std::string_view b);

}  // namespace sideband::policy
