// The Operation port: "what to do" where no value can be set: run a statement, a command, a
// request.
//
// Requests and replies are plain values without pointers or callbacks, so that the same port can
// run in a remote agent. Implementations MUST be thread-safe, MUST honour the deadline of each
// call, and MUST NOT retry by themselves. Every call may block on the network, a disk or a child
// process.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/uuid.h"
#include "model/change.h"
#include "model/settings.h"

namespace sideband {

// What a driver declares of one operation, for the options that configuration gives it. The engine
// enforces it: what is neither idempotent nor can be looked at is never run twice by itself.
struct OperationTraits {
  // A second run with the same key has no further effect: the target remembers the key, or the
  // operation is such by nature and configuration says so.
  bool idempotent = false;
  bool fenced = false;     // the target refuses a token below the highest that it saw
  bool looks = false;      // look can tell whether a run had its effect
  bool undoable = false;   // undo works
  bool stoppable = false;  // stop ends a run that is under way
};

struct OperationRequest {
  Uuid repair;
  std::string step;         // its name in the playbook
  std::string key;          // idempotency key: the same for every attempt of one step of one repair
  std::uint64_t token = 0;  // fencing token; rises with every claim
  // What is to be done, by the driver's table `operation`, with every placeholder filled in. Lists
  // are joined by line feeds, so whoever fills in refuses values that hold one: a value could
  // become another argument of a command. Options that the table calls literal are as written.
  DriverOptions options;
  // How to look and how to take back, by the same table; empty where configuration says nothing.
  DriverOptions look;
  DriverOptions undo;
  Duration timeout = std::chrono::seconds(30);
};

// kChanged: it was done, by us. kAlreadyThere: the target says that it had been done before, by
// this key, or that there was nothing to do. kRefused: a precondition or the fence failed, nothing
// was done. kFailed: the target said no, nothing was done. kUnknown: nobody knows.
struct OperationReply {
  ChangeOutcome outcome;
  std::string output = "{}";  // a JSON object (RFC 8259) of at most kMaxOperationOutput bytes
};

inline constexpr std::size_t kMaxOperationOutput = 64 * 1024;

// What looking afterwards says of a run whose answer was lost.
enum class EffectStatus : std::uint8_t { kUnknown, kThere, kNotThere };

struct EffectProbe {
  EffectStatus effect = EffectStatus::kUnknown;
  std::string why;            // one sentence, without values of the target
  std::string said;           // in the target's own words, see Error::said
  std::string output = "{}";  // as in OperationReply, where the effect is there
};

// One Target's operations.
class Operation {
 public:
  virtual ~Operation() = default;

  [[nodiscard]] virtual OperationTraits traits(const OperationRequest& request) const = 0;

  // What is wrong with options that have no placeholder left, without asking the target.
  virtual Result<void> check(const OperationRequest& request) const = 0;

  // An error with Effect::kNone promises that nothing was done; with kMaybe nobody knows.
  virtual Result<OperationReply> run(const OperationRequest& request) = 0;
  // Whether a run with this key had its effect. Changes nothing.
  virtual Result<EffectProbe> probe_effect(const OperationRequest& request) = 0;
  // Takes a run back; the key and the marker are those of the undo, not of the run. As run.
  virtual Result<OperationReply> undo(const OperationRequest& request) = 0;
  // Asks the run with this key, on another thread, to end now; it then answers what became of it.
  // Nothing happens when there is none.
  virtual void stop(const std::string& /*key*/) {}
};

}  // namespace sideband
