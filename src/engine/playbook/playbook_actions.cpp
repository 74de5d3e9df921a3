#include "engine/playbook/playbook_actions.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/jcs.h"
#include "model/document.h"

namespace sideband {
namespace {

PlaybookAnswer answered(Outcome outcome, std::string detail = {}, bool inferred = false) {
  PlaybookAnswer answer;
  answer.outcome = {outcome, inferred, std::move(detail)};
  return answer;
}

PlaybookAnswer failed(const Error& error) {
  PlaybookAnswer answer = answered(
      error.effect == Effect::kMaybe ? Outcome::kUnknown : Outcome::kFailed, error.message);
  answer.outcome.retry = error.retry;
  answer.outcome.said = error.said;
  answer.error = error;
  return answer;
}

PlaybookAnswer hopeless(std::string why) {
  PlaybookAnswer answer = answered(Outcome::kUnknown, std::move(why));
  answer.hopeless = true;
  return answer;
}

constexpr const char* kCancelled = "it was not done before the run was cancelled";

// Options that cannot be filled in need a person; nothing was done.
Error for_person(Error error) {
  error.retry = Retry::kPerson;
  error.effect = Effect::kNone;
  return error;
}

// A look changes nothing, however it ends.
Error for_look(Error error) {
  error.effect = Effect::kNone;
  return error;
}

Result<OperationRequest> request_of(const PlaybookCall& call) {
  OperationRequest request;
  request.repair = call.repair;
  request.step = call.step.name;
  request.key = call.repair.text() + ":" + call.step.name + (call.undo ? ":undo" : "");
  request.token = call.token;
  request.timeout = call.timeout;
  SB_ASSIGN(request.options, call.values.fill(call.step.run));
  SB_ASSIGN(request.look, call.values.fill(call.step.look));
  // What takes it back may need its output, which is there only afterwards.
  if (call.undo) {
    SB_ASSIGN(request.undo, call.values.fill(call.step.undo));
  }
  return request;
}

// What later steps cannot use is not kept; the effect stays what it was.
std::string sound_output(const std::string& output) {
  const bool fits = output.size() <= kMaxOperationOutput;
  const auto parsed = fits ? parse_json(output) : Result<Document>(Document());
  const bool object = parsed.ok() && parsed->kind == Document::Kind::kMap;
  return object ? output : "{}";
}

PlaybookAnswer from_look(const Result<EffectProbe>& seen) {
  if (!seen.ok()) {
    // Nothing is known, but looking again may help.
    PlaybookAnswer answer = failed(seen.error());
    answer.outcome.outcome = Outcome::kUnknown;
    answer.hopeless = !cures_itself(seen.error().retry);
    return answer;
  }
  const bool unknown = seen->effect == EffectStatus::kUnknown;
  PlaybookAnswer answer = unknown ? hopeless("looking cannot tell: " + seen->why)
                                  : answered(Outcome::kChanged, seen->why, true);
  answer.outcome.said = seen->said;
  if (unknown) return answer;
  answer.output = sound_output(seen->output);
  return answer;
}

// What is known of an attempt whose answer was lost; nothing where it may be made again.
std::optional<PlaybookAnswer> resolve(Operation& operation, const OperationRequest& request,
                                      const PlaybookCall& call) {
  OperationRequest asked = request;
  if (call.undo) asked.options = request.undo;
  const OperationTraits traits = operation.traits(asked);
  if (traits.idempotent && call.may_act) return std::nullopt;
  // Looking tells of the run, not of what takes it back.
  if (call.undo || !traits.looks) {
    return hopeless("the answer was lost, and there is no way to look whether it happened");
  }
  const auto seen = operation.probe_effect(request);
  if (seen.ok() && seen->effect == EffectStatus::kNotThere) {
    return call.may_act ? std::nullopt : std::optional(answered(Outcome::kFailed, kCancelled));
  }
  return from_look(seen);
}

PlaybookAnswer from_reply(const Result<OperationReply>& reply, bool lost) {
  if (!reply.ok()) return failed(reply.error());
  PlaybookAnswer answer;
  answer.outcome = reply->outcome;
  answer.output = sound_output(reply->output);
  // Done before by this key: that was us.
  if (lost && answer.outcome.outcome == Outcome::kAlreadyThere) {
    answer.outcome.outcome = Outcome::kChanged;
    answer.outcome.inferred = true;
  }
  return answer;
}

// An undo of a run that ended long ago: what is not there any more is not taken back. Nothing where
// it is there, or where looking cannot tell.
std::optional<PlaybookAnswer> gone_meanwhile(Operation& operation, OperationRequest request,
                                             const PlaybookCall& call) {
  if (call.original.empty() || !operation.traits(request).looks) return std::nullopt;
  request.repair = call.original;
  request.key = call.original.text() + ":" + call.step.name;
  const auto seen = operation.probe_effect(request);
  if (!seen.ok()) return failed(for_look(seen.error()));
  if (seen->effect != EffectStatus::kNotThere) return std::nullopt;
  return answered(Outcome::kAlreadyThere, "what it did is not there any more", true);
}

PlaybookAnswer operate(const PlaybookTargets& tools, const PlaybookCall& call) {
  auto request = request_of(call);
  if (!request.ok()) return failed(for_person(request.error()));
  auto opened = tools.operation(call.step.target);
  if (!opened.ok()) return failed(opened.error());
  const std::shared_ptr<Operation> operation = std::move(*opened);
  const auto sound = operation->check(*request);
  if (!sound.ok()) return failed(for_person(sound.error()));
  if (call.lost) {
    if (const auto known = resolve(*operation, *request, call)) return *known;
  } else if (const auto gone = gone_meanwhile(*operation, *request, call)) {
    return *gone;
  }
  const RunningCall running(tools.calls(), call.repair, operation, request->key);
  if (call.ended && call.ended()) return answered(Outcome::kFailed, kCancelled);
  // A look and a slow store take from the lease; past its end another claim may have acted, too.
  request->timeout = std::min(request->timeout, call.time_left());
  if (request->timeout <= Duration(0)) {
    return answered(call.lost ? Outcome::kUnknown : Outcome::kFailed,
                    "the lease ended before the call");
  }
  crash_point("effect_begun");
  const auto reply = call.undo ? operation->undo(*request) : operation->run(*request);
  crash_point("effect_done");
  return from_reply(reply, call.lost);
}

Result<State> read_item(Collection& collection, const std::string& key, Duration timeout) {
  SB_ASSIGN(auto items, collection.read({key}, timeout));
  if (items.size() != 1) return Error::internal("a read of one key answered something else");
  return std::move(items.front().state);
}

PlaybookAnswer apply_change(Collection& collection, const PlaybookCall& call) {
  const auto now = read_item(collection, call.change->key, call.timeout);
  if (!now.ok()) return failed(now.error());
  if (!now->known()) return failed(Error::unavailable(now->why));
  if (now->same_as(call.change->want)) {
    return call.lost ? answered(Outcome::kChanged, {}, true) : answered(Outcome::kAlreadyThere);
  }
  if (!now->same_as(call.change->found)) {
    return answered(Outcome::kRefused, call.undo ? "somebody changed it after us"
                                                 : "somebody changed it since it was found");
  }
  if (!call.may_act) return answered(Outcome::kFailed, kCancelled);
  ApplyRequest request;
  request.step = call.repair;
  request.token = call.token;
  request.seq = call.seq;
  request.timeout = call.timeout;
  request.changes = {*call.change};
  crash_point("effect_begun");
  const auto applied = collection.apply(request);
  crash_point("effect_done");
  if (!applied.ok()) return failed(applied.error());
  PlaybookAnswer answer;
  answer.outcome = applied->at(0);
  return answer;
}

PlaybookAnswer change_item(const PlaybookTargets& tools, const PlaybookCall& call) {
  const auto collection = tools.collection(call.step.item.collection, Role::kActual);
  if (!collection.ok()) return failed(collection.error());
  return apply_change(**collection, call);
}

// What the state has, as a step's output.
std::string output_of(const State& state) {
  JsonObject out;
  out.add("exists", state.present());
  if (state.present() && state.bytes.size() < kMaxOperationOutput / 2) {
    const auto fields = state.shape == Shape::kFields ? decode_fields(state.bytes) : Fields();
    if (state.shape == Shape::kBytes) out.add("value", state.bytes);
    if (fields.ok()) {
      for (const auto& [name, value] : *fields) out.add(name, value);
    }
  }
  return out.text();
}

// Why the state is not the one that the step asks for; empty when it is.
Result<std::string> difference(const PlaybookCall& call, const State& state) {
  const ItemState& asked = call.step.item;
  if (!state.known()) return Error::unavailable(state.why);
  if (asked.absent) return std::string(state.present() ? "it is there" : "");
  if (!state.present()) return std::string("it is not there");
  if (asked.exists) return std::string();
  if (asked.value) {
    SB_ASSIGN(const std::string want, call.values.fill(*asked.value));
    if (state.shape == Shape::kBytes) {
      return std::string(state.bytes == want ? "" : "it has another value");
    }
  }
  if (state.shape != Shape::kFields) return std::string("it has a value and no fields");
  SB_ASSIGN(const Fields fields, decode_fields(state.bytes));
  if (asked.value) return std::string("it has fields and no single value");
  for (const auto& [name, text] : asked.fields) {
    SB_ASSIGN(const std::string want, call.values.fill(text));
    const auto has = fields.find(name);
    if (has == fields.end()) return "it has no field " + name;
    if (has->second != want) return "its field " + name + " is another";
  }
  return std::string();
}

PlaybookAnswer check_item(const PlaybookTargets& tools, const PlaybookCall& call) {
  const auto key = call.values.fill(call.step.item.item);
  if (!key.ok()) return failed(for_person(key.error()));
  const auto collection = tools.collection(call.step.item.collection, Role::kDesired);
  if (!collection.ok()) return failed(collection.error());
  const auto state = read_item(**collection, *key, call.timeout);
  if (!state.ok()) return failed(state.error());
  const auto differs = difference(call, *state);
  if (!differs.ok()) return failed(differs.error());
  PlaybookAnswer answer = differs->empty() ? answered(Outcome::kAlreadyThere)
                                           : answered(Outcome::kFailed, *key + ": " + *differs);
  answer.output = output_of(*state);
  return answer;
}

// The fields that were found, with the wanted ones over them.
Result<State> wanted_state(const PlaybookCall& call, const State& found,
                           const CollectionTraits& traits) {
  const ItemState& asked = call.step.item;
  if (asked.absent) return State::absent();
  if (asked.value) {
    if (traits.shape == Shape::kFields) {
      return Error::invalid("this collection has fields; write fields instead of value");
    }
    SB_ASSIGN(std::string value, call.values.fill(*asked.value));
    State want = State::of_bytes(std::move(value));
    want.attributes = found.present() ? found.attributes : traits.attributes;
    return want;
  }
  if (traits.shape != Shape::kFields) {
    return Error::invalid("this collection has single values; write value instead of fields");
  }
  Fields fields;
  if (found.present()) {
    SB_ASSIGN(fields, decode_fields(found.bytes));
  }
  for (const auto& [name, text] : asked.fields) {
    SB_ASSIGN(fields[name], call.values.fill(text));
  }
  return State::of_fields(fields);
}

// As the target keeps it, so that what a read answers afterwards can be told from another value.
Result<State> kept_state(Collection& collection, const State& want, const State& found,
                         Duration timeout) {
  if (!want.present() || want.same_as(found)) return want;
  SB_ASSIGN(auto kept, collection.kept({{want, found}}, timeout));
  if (!kept.front().known()) return for_person(Error::invalid(kept.front().why));
  return std::move(kept.front());
}

Result<Change> change_from(const PlaybookCall& call, Collection& collection) {
  Change change;
  SB_ASSIGN(change.key, call.values.fill(call.step.item.item));
  SB_ASSIGN(change.found, read_item(collection, change.key, call.timeout));
  if (!change.found.known()) return Error::unavailable(change.found.why);
  const auto want = wanted_state(call, change.found, collection.traits());
  if (!want.ok()) return for_person(want.error());
  SB_ASSIGN(change.want, kept_state(collection, *want, change.found, call.timeout));
  change.op = !change.found.present()  ? ChangeOp::kCreate
              : !change.want.present() ? ChangeOp::kDelete
                                       : ChangeOp::kUpdate;
  return change;
}

}  // namespace

Result<Change> find_change(const PlaybookTargets& tools, const PlaybookCall& call) {
  SB_ASSIGN(const auto collection, tools.collection(call.step.item.collection, Role::kActual));
  const CollectionTraits traits = collection->traits();
  if (!traits.writable) return for_person(Error::unsupported("this collection is only read"));
  if (traits.precondition != PreconditionClass::kCas) {
    // Between reading and writing somebody else could be overwritten, which no person has allowed.
    return for_person(Error::unsupported(
        "a change needs a target that compares and sets in one step; use run instead"));
  }
  return change_from(call, *collection);
}

PlaybookAnswer act_on_target(const PlaybookTargets& tools, const PlaybookCall& call) {
  switch (call.step.kind) {
    case StepKind::kRun:
      return operate(tools, call);
    case StepKind::kChange:
      return change_item(tools, call);
    case StepKind::kCheck:
      return check_item(tools, call);
    case StepKind::kWait:
    case StepKind::kManual:
      break;
  }
  return answered(Outcome::kFailed, "this step is not done at a target");
}

}  // namespace sideband
