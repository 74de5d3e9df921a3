#include "cel/trace.h"

#include <utility>

namespace sideband::cel {

void Trace::enter(const Node& node) {
  if (skipped_ > 0 || left_ == 0) {
    cut_ = true;
    ++skipped_;
    return;
  }
  --left_;
  Open opened;
  opened.traced.node = &node;
  if (!open_.empty()) opened.traced.round = open_.back().inner_round;
  opened.inner_round = opened.traced.round;
  open_.push_back(std::move(opened));
}

void Trace::set_round(const std::string& names) {
  if (skipped_ > 0) return;
  Open& loop = open_.back();
  loop.inner_round = loop.traced.round.empty() ? names : loop.traced.round + ", " + names;
}

void Trace::leave(const Value& value) {
  if (skipped_ > 0) {
    --skipped_;
    return;
  }
  Traced done = std::move(open_.back().traced);
  open_.pop_back();
  done.value = value;
  if (open_.empty()) {
    root_ = std::move(done);
  } else {
    open_.back().traced.children.push_back(std::move(done));
  }
}

}  // namespace sideband::cel
