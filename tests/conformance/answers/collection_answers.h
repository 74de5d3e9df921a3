// The conversation of a driver's Collection: what it reads, scans and changes, held against what is
// there.
#pragma once

#include "conformance/answers/subject.h"
#include "ports/collection.h"
#include "ports/driver.h"

namespace sideband {

// A target with three keys: "1" is there and is to be changed; "2" is there, and a change of it is
// to be refused; "3" is absent.
class CollectionAnswers : public AnswersSubject {
 public:
  void renew() override;
  void converse(Duration timeout, Belief belief) override;

 protected:
  virtual std::unique_ptr<Driver> driver() = 0;
  // With `timeout` for connections.
  virtual TargetSettings target(Duration timeout) = 0;
  virtual CollectionSettings settings() = 0;
  // The state that holds this text, and the target's key with it, as somebody else sees and writes
  // it.
  virtual State value(const std::string& key, const std::string& text) = 0;
  virtual void put(const std::string& key, const std::string& text) = 0;
  virtual State peek(const std::string& key) = 0;

 private:
  [[nodiscard]] std::string text(const char* what) const;
  [[nodiscard]] State first() { return value("1", text("old")); }
  [[nodiscard]] State second() { return value("2", text("two")); }
  [[nodiscard]] State wanted() { return value("1", text("new")); }

  void ask(Collection& on, Duration timeout);
  void read(Collection& on, Duration timeout);
  void scan(Collection& on, ScanRequest request);
  void digest(Collection& on, Duration timeout);
  void apply(Collection& on, Duration timeout);
  void expect_item(const Item& item, const State& truth);
  void expect_works_again(Collection* opened);

  int round_ = 0;
  Belief belief_ = Belief::kTruth;
};

}  // namespace sideband
