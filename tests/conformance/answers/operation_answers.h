// The conversation of a driver's Operation: what it runs and looks at, held against what happened.
#pragma once

#include "conformance/answers/subject.h"
#include "ports/driver.h"
#include "ports/operation.h"

namespace sideband {

// A target with a counter.
class OperationAnswers : public AnswersSubject {
 public:
  void renew() override;
  void converse(Duration timeout, Belief belief) override;

 protected:
  virtual std::unique_ptr<Driver> driver() = 0;
  // With `timeout` for connections.
  virtual TargetSettings target(Duration timeout) = 0;
  // How often the effect is there, by a look that does not use the driver.
  virtual std::int64_t count() = 0;
  // Adds one to the counter, once for each key; what the target refuses; whether the run of that
  // key was there.
  virtual DriverOptions adds() = 0;
  virtual DriverOptions refuses() = 0;
  virtual DriverOptions looks() = 0;

 private:
  OperationRequest request(const char* what, DriverOptions options, Duration timeout);
  void run(Operation& on, Duration timeout);
  void refuse(Operation& on, Duration timeout);
  void look(Operation& on, Duration timeout);
  void expect_works_again();

  int round_ = 0;
  std::int64_t before_ = 0;
  Belief belief_ = Belief::kTruth;
};

}  // namespace sideband
