#include "ports/store.h"

#include "base/mutex.h"

namespace sideband {

Result<void> Store::run(Lane lane, StoreFn fn) {
  Mutex mutex;
  CondVar finished;
  std::optional<Result<void>> outcome;
  submit(lane, std::move(fn), [&](Result<void> result) {
    const MutexLock lock(mutex);
    outcome = std::move(result);
    finished.notify_all();
  });
  const MutexLock lock(mutex);
  while (!outcome) finished.wait(mutex);
  return std::move(*outcome);
}

}  // namespace sideband
