// What is allowed and most likely not meant.
#pragma once

#include "settings/checks.h"

namespace sideband::policy {

// Warnings: promises that cannot be kept, automatic repair without a second look, and the like.
void check_advice(const CheckContext& context);

}  // namespace sideband::policy
