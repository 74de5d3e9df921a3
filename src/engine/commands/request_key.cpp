#include "engine/commands/request_key.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/sha256.h"

namespace sideband {
namespace {

constexpr std::size_t kMaxLength = 255;

std::string_view unquoted(std::string_view key) {
  const bool quoted = key.size() >= 2 && key.front() == '"' && key.back() == '"';
  return quoted ? key.substr(1, key.size() - 2) : key;
}

}  // namespace

Result<RequestKey> make_request_key(std::string_view key, const Principal& by,
                                    std::string_view asked) {
  RequestKey request;
  if (key.empty()) return request;
  const std::string_view plain = unquoted(key);
  const bool visible =
      std::all_of(plain.begin(), plain.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (plain.empty() || plain.size() > kMaxLength || !visible) {
    return Error::invalid("Idempotency-Key must be 1 to 255 visible ASCII characters");
  }
  request.id = to_hex(sha256(by.name() + '\n' + std::string(plain)));
  request.by = by.name();
  request.hash = to_hex(sha256(asked));
  return request;
}

Result<void> note_job(StoreTx& store, const RequestKey& request, const Uuid& job, WallTime now) {
  if (request.id.empty()) return {};
  return store.put_idempotent(request.id, {request.by, request.hash, job.text(), now});
}

Result<std::optional<Repair>> started_before(Store& store, const RequestKey& request) {
  std::optional<Repair> repair;
  if (request.id.empty()) return repair;
  SB_TRY(store.read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(const auto answer, reader.idempotent(request.id));
    if (!answer) return {};
    if (answer->body_hash != request.hash) {
      return Error::refused("this Idempotency-Key belongs to another request; use a new one");
    }
    SB_ASSIGN(const Uuid id, Uuid::parse(answer->answer));
    SB_ASSIGN(repair, reader.repair(id));
    return {};
  }));
  return repair;
}

}  // namespace sideband
