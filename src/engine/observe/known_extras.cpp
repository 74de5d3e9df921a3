#include "engine/observe/known_extras.h"

namespace sideband {
namespace {

constexpr std::int64_t kPage = 1000;
constexpr std::size_t kMaxExtras = 10'000;

// Also one that a held plan has.
bool waits(const Drift& drift, std::int64_t scan) {
  return !drift.rests() && drift.scan < scan;
}

// One page after the other, so that no read view lives long.
Result<std::vector<std::string>> unseen(Store& store, const std::string& reconciler,
                                        std::int64_t scan) {
  std::vector<std::string> keys;
  std::string after;
  for (bool more = true; more && keys.size() < kMaxExtras;) {
    std::vector<Drift> page;
    const StoreReadFn look = [&](StoreReader& reader) -> Result<void> {
      SB_ASSIGN(page, reader.list_drifts(reconciler, after, kPage));
      return {};
    };
    SB_TRY(store.read(look));
    for (const Drift& drift : page) {
      if (waits(drift, scan)) keys.push_back(drift.key);
    }
    more = static_cast<std::int64_t>(page.size()) == kPage;
    if (more) after = page.back().key;
  }
  return keys;
}

}  // namespace

Result<std::vector<std::string>> known_extras(Store& store, const ReconcilerRuntime& runtime,
                                              std::int64_t scan) {
  SB_ASSIGN(const std::vector<std::string> keys, unseen(store, runtime.name(), scan));
  std::vector<std::string> extras;
  if (keys.empty()) return extras;
  SB_ASSIGN(const std::vector<Item> desired, runtime.desired->read(keys, runtime.call_timeout));
  SB_CHECK(desired.size() == keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (desired[i].state.absent_for_sure()) extras.push_back(keys[i]);
  }
  return extras;
}

}  // namespace sideband
