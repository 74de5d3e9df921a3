// Backups of the store by the daemon that holds it: recorded, counted, one at a time.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "ports/store.h"

namespace sideband {

// Thread-safe. References must outlive it.
class Backups {
 public:
  // `state`: the state folder, which is no place for its own copy.
  Backups(Store& store, const Clock& clock, Metrics& metrics, std::string state);

  // Copies the store into the new file and says what was written. Who asked and where to is in the
  // audit log before the copy begins, and so in the copy; how it ended is recorded afterwards.
  // Blocks. kConflict while another one runs; else as Store::backup.
  Result<std::string> make(const std::string& file, const std::string& by);

 private:
  Result<std::int64_t> copy(const std::string& file, const std::string& by);
  Result<void> record(const std::string& kind, const std::string& file, const std::string& by,
                      const std::string& reason);
  bool begin();
  void end();
  void count(bool well);

  Store& store_;
  const Clock& clock_;
  Metrics& metrics_;
  const std::string state_;
  Mutex mutex_;
  bool running_ SB_GUARDED_BY(mutex_) = false;
};

}  // namespace sideband
