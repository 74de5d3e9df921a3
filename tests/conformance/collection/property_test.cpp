// Random sequences of foreign writes and applies against a model of the target.
#include <rapidcheck/gtest.h>

#include <map>

#include "conformance/collection/fixture.h"

namespace sideband {
namespace {

// What the target must hold after one change, and what apply must have said.
Outcome model_apply(std::map<int, std::string>& model, int key, const std::string& found,
                    const std::string& want) {
  const std::string now = model.contains(key) ? model.at(key) : "";
  if (now == want) return Outcome::kAlreadyThere;
  if (now != found) return Outcome::kRefused;
  if (want.empty()) {
    model.erase(key);
  } else {
    model[key] = want;
  }
  return Outcome::kChanged;
}

class CollectionProperty : public CollectionSuite {
 protected:
  // "" stands for absent.
  State state(const std::string& bytes) {
    return bytes.empty() ? State::absent() : subject_->value(bytes);
  }
  Change change(int key, const std::string& found, const std::string& want) {
    ChangeOp op = ChangeOp::kUpdate;
    if (found.empty()) op = ChangeOp::kCreate;
    if (want.empty()) op = ChangeOp::kDelete;
    return {subject_->key(key), op, state(found), state(want)};
  }
  void foreign(std::map<int, std::string>& model, int key, const std::string& bytes) {
    if (bytes.empty()) {
      subject_->erase(subject_->key(key));
      model.erase(key);
    } else {
      subject_->put(subject_->key(key), subject_->value(bytes));
      model[key] = bytes;
    }
  }
  void clear() {
    for (int i = 0; i < 4; ++i) subject_->erase(subject_->key(i));
  }
};

TEST_P(CollectionProperty, TargetFollowsTheModel) {
  const std::vector<std::string> values = {"", "a", "b", "c"};
  const bool held = rc::check([&] {
    clear();
    std::map<int, std::string> model;
    for (int step = *rc::gen::inRange(1, 25); step > 0; --step) {
      const int key = *rc::gen::inRange(0, 4);
      const std::string first = *rc::gen::elementOf(values);
      const std::string second = *rc::gen::elementOf(values);
      if (*rc::gen::inRange(0, 3) == 0) {
        foreign(model, key, first);
      } else if (first != second) {
        const Outcome expected = model_apply(model, key, first, second);
        RC_ASSERT(apply({change(key, first, second)}) == std::vector<Outcome>{expected});
      }
      const State now = peek(key);
      const bool as_modelled =
          model.contains(key) ? now.same_as(state(model.at(key))) : now.absent_for_sure();
      RC_ASSERT(as_modelled);
    }
  });
  EXPECT_TRUE(held);
}

SB_RUN_FOR_ALL_COLLECTIONS(CollectionProperty);

}  // namespace
}  // namespace sideband
