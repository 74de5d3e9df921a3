// What the suite needs of a driver's operations: a real target with a counter, and a way to look at
// it that does not use the driver.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "drivers/context.h"
#include "ports/operation.h"

namespace sideband {

// One target whose counter is 0. count and started may be called from another thread.
class OperationSubject {
 public:
  virtual ~OperationSubject() = default;

  virtual std::unique_ptr<Operation> open() = 0;
  // How often the effect is there.
  virtual std::int64_t count() = 0;

  // Adds one to the counter; a second run with the same key does no more.
  virtual DriverOptions adds() = 0;
  // Takes one off.
  virtual DriverOptions takes_off() = 0;
  // Whether the counter is above 0.
  virtual DriverOptions looks() = 0;
  // A look that cannot tell.
  virtual DriverOptions looks_in_vain() = 0;
  // The target says no, and a precondition fails; nothing is done.
  virtual DriverOptions fails() = 0;
  virtual DriverOptions refuses() = 0;
  // Puts out more than a reply may have, and something that is no UTF-8 where that can be.
  virtual DriverOptions talks() = 0;
  // Does not end by itself; and whether one of them runs at the target now.
  virtual DriverOptions hangs() = 0;
  virtual bool hanging() = 0;
  // Options that check refuses.
  virtual std::vector<DriverOptions> wrong() = 0;
};

struct OperationSubjectFactory {
  std::string name;
  // Null where the target's server cannot run here: the tests are then skipped.
  std::function<std::unique_ptr<OperationSubject>()> make;
};

std::unique_ptr<OperationSubject> make_exec_operations();
std::unique_ptr<OperationSubject> make_http_operations();
std::unique_ptr<OperationSubject> make_postgres_operations();
std::unique_ptr<OperationSubject> make_sqlite_operations();

DriverContext operation_context();
std::vector<OperationSubjectFactory> operation_subjects();

}  // namespace sideband
