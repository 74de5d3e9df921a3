// What the API says of one repair beyond its row: who agreed to it, and which keys did not go well.
#pragma once

#include <string>

#include "engine/execute/job_handler.h"
#include "model/repair.h"
#include "ports/store.h"

namespace sideband {

// The repair with `approvals`, and, while it waits for people, `approvalsNeeded` and
// `approvalExpiresAt`.
Result<std::string> repair_details(StoreReader& reader, const JobHandlers& handlers,
                                   const Repair& repair);

// Up to `limit` keys that were refused, failed, or whose outcome nobody knows, in the order of the
// plan, each with its reason; `more` says how many were left out.
Result<std::string> outcomes_view(StoreReader& reader, const Repair& repair, std::int64_t limit);

}  // namespace sideband
