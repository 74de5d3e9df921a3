// Whose queued repair begins next where not all may begin: owners take turns by their shares, and
// the reconcilers of one owner by their priority. Pure.
//
// Start-time fair queueing (Goyal, Vin, Cheng 1996) on two levels. Each owner has a tag that grows
// by 1/share with every start; the lowest goes next, and one that had nothing to do gets no credit
// for it. So an owner that comes new waits for one start of each other owner at most (for as many
// as their shares are greater), however many repairs these have queued, and nobody waits for ever:
// between two starts of a flow others have as many as their weights are greater.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/settings.h"

namespace sideband {

// A reconciler, or a playbook, with queued repairs.
struct QueuedFlow {
  std::string name;
  std::string owner;
  std::int64_t share = 1;   // of its owner, at least 1
  std::int64_t weight = 4;  // within the owner, see weight_of; at least 1
  std::int64_t room = 0;    // how many of its repairs may begin now
};

std::int64_t weight_of(Priority priority);

// Not thread-safe. Kept by each node for itself and lost with it: everybody then begins at the same
// tag, which is fair again.
class FairShare {
 public:
  struct Turn {
    std::string name;
    std::int64_t places = 0;
  };
  // Divides `places` among these flows, as if each had as many repairs as it has room for. In the
  // order of each flow's first turn.
  [[nodiscard]] std::vector<Turn> divide(const std::vector<QueuedFlow>& flows,
                                         std::int64_t places) const;
  // A repair of this flow began.
  void began(const QueuedFlow& flow);

 private:
  // Tags of one level.
  struct Level {
    std::int64_t now = 0;  // tag at which the last one started
    std::map<std::string, std::int64_t> ends;

    [[nodiscard]] std::int64_t start_of(const std::string& name) const;
    void charge(const std::string& name, std::int64_t weight);
  };
  struct Tags {
    std::int64_t owner = 0;
    std::int64_t own = 0;
  };
  struct Candidate {
    const QueuedFlow* flow = nullptr;
    Tags tags;
    std::int64_t room = 0;
  };
  static bool goes_before(const Candidate& a, const Candidate& b);
  [[nodiscard]] Tags tags_of(const QueuedFlow& flow) const;

  Level owners_;
  std::map<std::string, Level> flows_;  // by owner
};

}  // namespace sideband
