// A request that carries a key (Idempotency-Key) starts one job, however often it arrives:
// reliability property P-2. The key is written in the transaction that makes the job, so that a
// crash leaves both or neither, and is kept for 7 days (engine/runtime/maintenance.cpp).
//
// The header is that of draft-ietf-httpapi-idempotency-key-header-07.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "model/principal.h"
#include "ports/store.h"

namespace sideband {

struct RequestKey {
  std::string id;    // of the identity and its key; empty = the request carries none
  std::string by;    // name of the identity
  std::string hash;  // of all that is asked
};

// Keys are compared for each identity by itself. kInvalid: `key` is not 1 to 255 visible
// characters, between quotes or without them. No key gives no id.
Result<RequestKey> make_request_key(std::string_view key, const Principal& by,
                                    std::string_view asked);

// In the transaction that makes the job. kConflict: a request with this key was faster.
Result<void> note_job(StoreTx& store, const RequestKey& request, const Uuid& job, WallTime now);

// The job that this request started when it came before. kRefused: another request used the key.
Result<std::optional<Repair>> started_before(Store& store, const RequestKey& request);

}  // namespace sideband
