// Planted bugs of the store's callers: a transaction that lies between them and the real one.
#pragma once

#include "ports/store.h"
#include "simulation/planted.h"

namespace sideband::sim {

// The function as a build with this bug would run it; itself when the bug is elsewhere.
StoreFn plant(Bug bug, StoreFn fn);
// The same of what a process reads.
StoreReadFn plant_read(Bug bug, StoreReadFn fn);

// The function run and taken back: as a disk does it that lies about its sync. The caller is then
// to be told that it went well.
StoreFn lose(StoreFn fn);
bool was_lost(const Result<void>& result);

// Where kIgnoresVersion finds the newest configuration of a reconciler.
inline std::string newest_version(const std::string& reconciler) {
  return "@version/" + reconciler;
}

}  // namespace sideband::sim
