// Worlds whose nodes sign the log, and of those some whose store is set back under running nodes,
// as a wrong restore or a lagging replica does it: no signer may sign what does not extend what it
// signed before, and none may refuse without that (P-16). A world that was set back ends with the
// refusal; what else its nodes do is judged no more.
#include <filesystem>

#include "base/check.h"
#include "simulation/world.h"

namespace sideband::sim {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kSignEvery = seconds(1);
constexpr Duration kRefusesWithin = minutes(3);
constexpr Duration kNobodySignsFor = minutes(2);

}  // namespace

void World::choose_signing() {
  signs_ = scheduler_.chance(0.15);
  if (!signs_ || !faults_.likes(Fault::kStoreFork) || scheduler_.chance(0.5)) return;
  scheduler_.at(scheduler_.between(minutes(5), minutes(30)), [this] {
    snapshot_ = database_.snapshot();
    set_back_later();
  });
}

// Each node signs with the key of the log and an anchor of its own, which outlive it.
void World::sign(Node& node, Running& running) {
  running.process.post(kSignEvery, [this, &node, &running] {
    if (running.engine != nullptr && !refused_.contains(node.name)) sign_once(node, running);
    sign(node, running);
  });
}

// As an operator does it for a node that joins a log which others have signed already.
void World::bring_anchor(const std::string& anchor) const {
  namespace fs = std::filesystem;
  for (const Node& other : nodes_) {
    const std::string theirs = options_.folder + "/anchor-" + other.name;
    if (!fs::exists(anchor) && fs::exists(theirs)) fs::copy_file(theirs, anchor);
  }
}

void World::sign_once(Node& node, Running& running) {
  const bool forgets = options_.bug == Bug::kForgetsSigned;
  if (!running.signer || forgets) {
    auto key = SigningKey::load_or_make(options_.folder + "/audit.key", "sideband/simulated");
    SB_CHECK(key.ok());
    CheckpointerOptions options;
    options.anchor = options_.folder + "/anchor-" + node.name;
    bring_anchor(options.anchor);
    options.trust_store = forgets;
    if (forgets) std::filesystem::remove(options.anchor);
    if (nodes_.size() > 1) options.leads = [&running] { return running.engine->leads(); };
    auto opened =
        Checkpointer::open(running.store, std::move(*key), running.clock, std::move(options));
    if (!opened.ok()) return refuse(node, running, opened.error());
    running.signer = std::move(*opened);
  }
  const auto signed_one = running.signer->tick();
  if (!signed_one.ok()) return refuse(node, running, signed_one.error());
  node.signed_size = static_cast<std::int64_t>(running.signer->signed_size());
}

// What the daemon does then: it stops everything for good.
void World::refuse(Node& node, Running& running, const Error& error) {
  if (error.code != ErrorCode::kCorrupt) return;
  if (!set_back_) return checks_->violated("P-16", node.name + " refuses: " + error.message);
  refused_.insert(node.name);
  (void)running.engine->commands().switches.pause(PauseScope::of_key(""), Principal::loop(),
                                                  error.message);
}

// Only once every node has signed what the older store does not have: before, none can tell.
void World::set_back_later() {
  scheduler_.at(seconds(5), [this] {
    if (!faults_.on()) return;
    for (const Node& node : nodes_) {
      if (node.signed_size <= snapshot_.leaves) return set_back_later();
    }
    faults_.count(Fault::kStoreFork);
    faults_.end();
    set_back_ = scheduler_.now();
    checks_->store_was_set_back();
    database_.set_back(snapshot_);
  });
}

// The one that leads has to refuse. Others look only at what somebody signed, or when they lead;
// but nobody may sign, whoever leads next.
void World::await_refusals() {
  const auto broken = [this] { return !checks_->violation().empty(); };
  const bool ended = scheduler_.run_until(*set_back_ + kRefusesWithin,
                                          [&] { return broken() || !refused_.empty(); });
  if (!ended) checks_->violated("P-16", "a store that was set back is refused by nobody");
  scheduler_.run_until(scheduler_.now() + kNobodySignsFor, broken);
}

}  // namespace sideband::sim
