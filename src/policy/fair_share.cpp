#include "policy/fair_share.h"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace sideband {
namespace {

// Length of a turn of weight 1; weights beyond it count as it.
constexpr std::int64_t kTurn = 1'000'000;

}  // namespace

// By the owner's tag, then by its own; where these are equal the greater weight goes first.
bool FairShare::goes_before(const Candidate& a, const Candidate& b) {
  const auto key = [](const Candidate& one) {
    const QueuedFlow& flow = *one.flow;
    return std::tuple(one.tags.owner, -flow.share, std::string_view(flow.owner), one.tags.own,
                      -flow.weight, std::string_view(flow.name));
  };
  return key(a) < key(b);
}

std::int64_t weight_of(Priority priority) {
  constexpr std::int64_t kWeights[] = {1, 4, 16};
  return kWeights[static_cast<std::size_t>(priority)];
}

std::int64_t FairShare::Level::start_of(const std::string& name) const {
  const auto found = ends.find(name);
  return found == ends.end() ? now : std::max(now, found->second);
}

void FairShare::Level::charge(const std::string& name, std::int64_t weight) {
  now = start_of(name);
  ends[name] = now + kTurn / std::clamp<std::int64_t>(weight, 1, kTurn);
  // What is not ahead of the others any more is as good as forgotten.
  std::erase_if(ends, [this](const auto& entry) { return entry.second <= now; });
}

void FairShare::began(const QueuedFlow& flow) {
  owners_.charge(flow.owner, flow.share);
  flows_[flow.owner].charge(flow.name, flow.weight);
}

FairShare::Tags FairShare::tags_of(const QueuedFlow& flow) const {
  const auto own = flows_.find(flow.owner);
  return {owners_.start_of(flow.owner), own == flows_.end() ? 0 : own->second.start_of(flow.name)};
}

std::vector<FairShare::Turn> FairShare::divide(const std::vector<QueuedFlow>& flows,
                                               std::int64_t places) const {
  FairShare ahead = *this;
  std::vector<Candidate> left;
  for (const QueuedFlow& flow : flows) {
    if (flow.room > 0) left.push_back({&flow, tags_of(flow), flow.room});
  }
  std::vector<Turn> turns;
  for (; places > 0 && !left.empty(); --places) {
    const auto next = std::min_element(left.begin(), left.end(), goes_before);
    const QueuedFlow& flow = *next->flow;
    ahead.began(flow);
    // Only its owner's tags moved: everybody else's were at or behind the one that started.
    for (Candidate& other : left) {
      if (other.flow->owner == flow.owner) other.tags = ahead.tags_of(*other.flow);
    }
    const auto turn = std::find_if(turns.begin(), turns.end(),
                                   [&](const Turn& one) { return one.name == flow.name; });
    if (turn == turns.end()) {
      turns.push_back({flow.name, 1});
    } else {
      ++turn->places;
    }
    if (--next->room == 0) left.erase(next);
  }
  return turns;
}

}  // namespace sideband
