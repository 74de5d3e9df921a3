// The conversation of a driver's Collection: what it reads, scans and changes, held against what is
// there.
#pragma once

#include <optional>

#include "conformance/answers/subject.h"
#include "ports/collection.h"
#include "ports/driver.h"

namespace sideband {

// About a target with three keys: "1" is there and is to be changed; "2" is there, and a change of
// it is to be refused; "3" is absent. Used by one thread.
class CollectionConversation {
 public:
  virtual ~CollectionConversation() = default;
  // Writes what the next one is about; it is another one for each round.
  void renew();
  // As AnswersSubject::converse.
  void converse(Duration timeout, Belief belief);

 protected:
  // From now on the target answers as it should.
  virtual void heal() = 0;
  virtual std::unique_ptr<Driver> driver() = 0;
  // With `timeout` for connections.
  virtual TargetSettings target(Duration timeout) = 0;
  virtual CollectionSettings settings() = 0;
  // The key of the Collection with this name.
  virtual std::string key(const std::string& name) { return name; }
  // The state that holds this text, and the target's key with it, as somebody else sees and writes
  // it.
  virtual State value(const std::string& key, const std::string& text) = 0;
  virtual void put(const std::string& key, const std::string& text) = 0;
  // Nothing where it cannot be told.
  virtual std::optional<State> peek(const std::string& key) = 0;

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
  [[nodiscard]] bool may_hold(const std::string& key, const State& state);

  int round_ = 0;
  Belief belief_ = Belief::kTruth;
};

// The same with a server behind a proxy.
class CollectionAnswers : public AnswersSubject, protected CollectionConversation {
 public:
  void renew() override { CollectionConversation::renew(); }
  void converse(Duration timeout, Belief belief) override {
    CollectionConversation::converse(timeout, belief);
  }

 protected:
  void heal() override { proxy().disarm(); }
};

}  // namespace sideband
