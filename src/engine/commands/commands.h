// What people may ask of repairs: apply, approve, reject, cancel, retry, release locks, pause,
// resume. Each is one store function with its audit record, where nothing else is said; each
// refuses by an Error that says what to do instead.
#pragma once

#include <string>
#include <vector>

#include "engine/commands/request_key.h"
#include "engine/execute/steps.h"
#include "engine/playbook/playbook_targets.h"
#include "engine/runtime/context.h"

namespace sideband {

// A person looked, and says what a step did of which nobody knows.
struct Settlement {
  Uuid repair;
  std::string step;   // its number; of a run of a playbook also its name
  bool done = false;  // else it did nothing
  std::string by;
  std::string reason;
};

// Thread-safe. Calls block until the effect is durable.
class Commands {
 public:
  Commands(EngineContext& context, FindRuntime runtimes, const PlaybookTargets& tools)
      : context_(context), runtimes_(std::move(runtimes)), tools_(tools) {}

  // Makes a repair of a sealed plan that was held or proposed. kRefused: a gate holds it, named in
  // the message; kConflict: the plan is gone, already at work, or of an older configuration.
  Result<Repair> apply_plan(const Uuid& plan, const std::string& by, const GateSet& released,
                            const RequestKey& request = {});

  // kPermission: the requester itself, somebody outside approval.from; kConflict: the hash is not
  // this plan's, or the configuration changed; kRefused: expired.
  Result<Repair> approve(const Uuid& repair, const std::string& by, const std::string& plan_hash,
                         const std::string& comment);
  Result<Repair> reject(const Uuid& repair, const std::string& by, const std::string& comment);

  // Ends a waiting repair; a running one stops before its next step. kAtOnce also ends the call
  // that a playbook's step has under way (Operation::stop), on whatever node; what became of it is
  // looked at as after a lost answer.
  enum class Cancel : std::uint8_t { kBeforeNextStep, kAtOnce };
  Result<Repair> cancel(const Uuid& repair, const std::string& by, const std::string& reason,
                        Cancel how = Cancel::kBeforeNextStep);

  // Lets the resources of a repair that ended without converging be judged anew, though they rest,
  // so that a new repair can begin; says how many. A store function for each chunk of the plan:
  // what a crash leaves can be asked for again. kConflict: it has not ended, or it converged.
  Result<std::int64_t> retry(const Uuid& repair, const std::string& by, const std::string& reason);

  // Gives an unknown step the outcome that a person found. A run that waits to look at it goes on
  // from there; one that has ended stays ended, and can be taken back by what is known now.
  // kConflict: a worker has it, or the step is not unknown; kPermission: not in startableBy of the
  // playbook; kInvalid: no reason.
  Result<Repair> settle(const Settlement& settlement);

  // Frees the locks of a repair that nobody works on; to go on it has to get them again. kConflict:
  // its worker holds a lease.
  Result<std::int64_t> release_locks(const Uuid& repair, const std::string& by,
                                     const std::string& reason);

  // An empty reconciler means everything. No new step starts after the call returned.
  Result<void> pause(const std::string& reconciler, const std::string& by,
                     const std::string& reason);
  Result<void> resume(const std::string& reconciler, const std::string& by,
                      const std::string& reason);

  // Says that the present size of a suspect source is right, however much it shrank; it holds once
  // a second identity says the same within half an hour and no scan found another size meanwhile.
  // Gives the acceptance that waits for the second, or an empty one when this was the second.
  // kConflict: the source is not suspect; kInvalid: no reason.
  Result<SourceAcceptance> accept_source(const std::string& reconciler, const std::string& by,
                                         const std::string& reason);

 private:
  EngineContext& context_;
  FindRuntime runtimes_;
  const PlaybookTargets& tools_;
};

}  // namespace sideband
