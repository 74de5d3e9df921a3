#include "drivers/redis/applier.h"

#include <algorithm>

#include "drivers/judge.h"

namespace sideband {
namespace {

constexpr std::string_view kNoScript = "NOSCRIPT";

Error maybe(Error error) {
  error.effect = Effect::kMaybe;
  return error;
}

// A script that the server refuses has not begun, and one whose fence check raised an error has
// changed nothing: only there a command that the user may not run ends a script. One that broke
// down by itself may have stopped anywhere.
ChangeOutcome refused_script(std::string_view text) {
  if (is_denied(text)) return failed_reply(text);
  const bool broke = text.starts_with("ERR") && text.find("user_script") != std::string_view::npos;
  return broke ? unknown_reply("Redis said: ", text) : failed_reply(text);
}

class ApplyTransaction {
 public:
  ApplyTransaction(RedisConnection& connection, const ScriptContext& context,
                   const std::vector<const Change*>& changes, const Deadline& deadline)
      : connection_(connection), context_(context), changes_(changes), deadline_(deadline) {}

  Result<std::vector<ChangeOutcome>> run();

 private:
  Result<void> send(const std::vector<ScriptSlice>& slices, bool whole);
  // Sends them, once more with the whole script where the server does not have it.
  Result<void> send_all(const std::vector<ScriptSlice>& slices);
  // One short call at a time.
  Result<void> send_gently();
  void note(const redisReply& reply, const ScriptSlice& slice);

  RedisConnection& connection_;
  const ScriptContext& context_;
  const std::vector<const Change*>& changes_;
  const Deadline& deadline_;
  std::vector<ChangeOutcome> outcomes_;
  std::vector<ScriptSlice>
      unknown_script_;  // the server does not have the script: nothing was done
};

// With `whole` the first call carries the script's text, and the server keeps it for the others.
Result<void> ApplyTransaction::send(const std::vector<ScriptSlice>& slices, bool whole) {
  // One by one: the server works on the first while the next is written.
  for (std::size_t i = 0; i < slices.size(); ++i) {
    put_script(connection_.queued(), context_, changes_, slices[i], whole && i == 0);
    const auto sent = connection_.flush(deadline_);
    if (!sent) return maybe(sent.error());
  }
  for (const ScriptSlice& slice : slices) {
    const auto reply = connection_.receive(deadline_);
    if (!reply) return maybe(reply.error());
    note(**reply, slice);
  }
  return {};
}

void ApplyTransaction::note(const redisReply& reply, const ScriptSlice& slice) {
  if (is_error(reply) && text_of(reply).starts_with(kNoScript)) {
    unknown_script_.push_back(slice);
    return;
  }
  auto outcomes = script_outcomes(reply, slice);
  if (!outcomes) {
    const ChangeOutcome why = is_error(reply) ? refused_script(text_of(reply))
                                              : unknown_outcome(outcomes.error().message);
    std::fill_n(outcomes_.begin() + static_cast<std::ptrdiff_t>(slice.from), slice.to - slice.from,
                why);
    return;
  }
  std::move(outcomes->begin(), outcomes->end(),
            outcomes_.begin() + static_cast<std::ptrdiff_t>(slice.from));
}

Result<void> ApplyTransaction::send_all(const std::vector<ScriptSlice>& slices) {
  SB_TRY(send(slices, !connection_.scripts_sent));
  connection_.scripts_sent = true;
  if (!unknown_script_.empty()) SB_TRY(send(std::exchange(unknown_script_, {}), true));
  for (const ScriptSlice& slice : std::exchange(unknown_script_, {})) {
    std::fill_n(outcomes_.begin() + static_cast<std::ptrdiff_t>(slice.from), slice.to - slice.from,
                failed("Redis keeps forgetting the script"));
  }
  return {};
}

Result<void> ApplyTransaction::send_gently() {
  BatchSizer& sizer = context_.sizer;
  for (std::size_t from = 0; from < changes_.size();) {
    const ScriptSlice slice = next_slice(changes_, from, sizer.size(), sizer.policy().bytes);
    const MonoTime start = deadline_.clock().mono();
    SB_TRY(send_all({slice}));
    const Duration took = connection_.beyond_round_trip(deadline_.clock().mono() - start);
    sizer.record(slice.to - slice.from, slice.bytes, took);
    from = slice.to;
  }
  return {};
}

Result<std::vector<ChangeOutcome>> ApplyTransaction::run() {
  outcomes_.resize(changes_.size());
  SB_TRY(context_.gentle ? send_gently() : send_all(slice_changes(changes_)));
  const auto in_step = connection_.check_in_step();
  if (!in_step) return maybe(in_step.error());
  if (const auto refusal = common_refusal(outcomes_)) return *refusal;
  return std::move(outcomes_);
}

}  // namespace

Result<std::vector<ChangeOutcome>> apply_scripts(RedisConnection& connection,
                                                 const ScriptContext& context,
                                                 const std::vector<const Change*>& changes,
                                                 const Deadline& deadline) {
  if (changes.empty()) return std::vector<ChangeOutcome>();
  return ApplyTransaction(connection, context, changes, deadline).run();
}

}  // namespace sideband
