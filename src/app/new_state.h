// Whether the store that is found is the one that was here last, and what a person may do where it
// is not: use it none the less, for a reason that the audit log keeps.
#pragma once

#include <memory>
#include <string>

#include "audit/checkpointer.h"

namespace sideband {

// Before an embedded store is opened, which would make a new one. kCorrupt when this folder has
// signed records and holds no store: with it went pauses, approvals and what gates count.
Result<void> check_store_is_there(const std::string& state);

struct NewState {
  std::string state;   // the folder
  std::string reason;  // why this store is to be used
  std::string actor;   // who says so, for the audit log
};

// Opens it for a store that another one, or none, was before. The anchor of the log that was signed
// here is kept aside, and the reason is in the log before anything else is done. kInvalid when the
// store is the one that was here last: the option is for once. Blocks.
Result<std::unique_ptr<Checkpointer>> open_new_state(Store& store, SigningKey key,
                                                     const Clock& clock,
                                                     CheckpointerOptions options,
                                                     const NewState& accepted);

}  // namespace sideband
