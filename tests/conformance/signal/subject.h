// What the suite needs of a driver's signals: a real target, and ways to change it that do not use
// the driver.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "drivers/context.h"
#include "ports/driver.h"

namespace sideband {

// One way in which a subject is asked for something that is no reading.
struct Odd {
  std::string name;
  std::string kind;
  DriverOptions options;
  std::string why;  // part of the error
};

// One target. `set` may be called from another thread.
class SignalSubject {
 public:
  virtual ~SignalSubject() = default;

  virtual std::unique_ptr<Signal> open(const std::string& kind, const DriverOptions& options) = 0;
  virtual std::string kind() = 0;
  // A signal that reads what `set` sets: whole numbers from 0 on.
  virtual DriverOptions good() = 0;
  virtual void set(std::int64_t value) = 0;
  virtual std::vector<Odd> odd() = 0;
  // Asked for them, nothing is changed; empty: nothing could be.
  virtual std::vector<DriverOptions> writes() { return {}; }
  // Answers only after many seconds; empty: the target has nothing that could.
  virtual DriverOptions slow() { return {}; }
  // From now on nobody answers.
  virtual void take_away() = 0;
  // Whether readings say which server answered.
  [[nodiscard]] virtual bool tells_who() const { return false; }
};

struct SignalSubjectFactory {
  std::string name;
  // Null where the target's server cannot run here: the tests are then skipped.
  std::function<std::unique_ptr<SignalSubject>()> make;
};

std::unique_ptr<SignalSubject> make_exec_signals();
std::unique_ptr<SignalSubject> make_files_signals();
std::unique_ptr<SignalSubject> make_http_signals();
std::unique_ptr<SignalSubject> make_postgres_signals();
std::unique_ptr<SignalSubject> make_prometheus_signals();
std::unique_ptr<SignalSubject> make_redis_signals();
std::unique_ptr<SignalSubject> make_sqlite_signals();

DriverContext signal_context();
std::vector<SignalSubjectFactory> signal_subjects();

}  // namespace sideband
