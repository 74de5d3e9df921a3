// What a query on an SQLite file answers, as a signal.
#pragma once

#include <string>

#include "base/clock.h"
#include "ports/signal.h"

namespace sideband {

// Thread-safe; each reading has a connection of its own, which cannot write. A file says nothing of
// who it is.
class SqliteSignal final : public Signal {
 public:
  SqliteSignal(std::string target, std::string path, std::string query, const Clock& clock)
      : target_(std::move(target)),
        path_(std::move(path)),
        query_(std::move(query)),
        clock_(clock) {}

  Result<SignalReading> read(Duration timeout) override;

 private:
  const std::string target_;
  const std::string path_;
  const std::string query_;
  const Clock& clock_;
};

}  // namespace sideband
