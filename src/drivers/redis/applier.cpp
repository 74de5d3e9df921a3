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

class Applying {
 public:
  Applying(RedisConnection& connection, const ScriptContext& context,
           const std::vector<const Change*>& changes, const Deadline& deadline)
      : connection_(connection), context_(context), changes_(changes), deadline_(deadline) {}

  Result<std::vector<ChangeOutcome>> run();

 private:
  Result<void> send(const std::vector<ScriptSlice>& slices, bool whole);
  void note(const redisReply& reply, const ScriptSlice& slice);
  [[nodiscard]] bool all_failed() const;

  RedisConnection& connection_;
  const ScriptContext& context_;
  const std::vector<const Change*>& changes_;
  const Deadline& deadline_;
  std::vector<ChangeOutcome> outcomes_;
  std::vector<ScriptSlice> unknown_script_;  // the server does not have the script: nothing was done
  std::string last_error_;
};

// With `whole` the first call carries the script's text, and the server keeps it for the others.
Result<void> Applying::send(const std::vector<ScriptSlice>& slices, bool whole) {
  for (std::size_t i = 0; i < slices.size(); ++i) {
    put_script(connection_.queued(), context_, changes_, slices[i], whole && i == 0);
  }
  auto sent = connection_.flush(deadline_);
  if (!sent) return maybe(sent.error());
  for (const ScriptSlice& slice : slices) {
    const auto reply = connection_.receive(deadline_);
    if (!reply) return maybe(reply.error());
    note(**reply, slice);
  }
  return {};
}

void Applying::note(const redisReply& reply, const ScriptSlice& slice) {
  if (is_error(reply) && text_of(reply).starts_with(kNoScript)) {
    unknown_script_.push_back(slice);
    return;
  }
  auto outcomes = script_outcomes(reply, slice);
  if (!outcomes) {
    // A script that is refused as a whole has not begun: its first command is the only one that may
    // raise an error, and it changes nothing then.
    last_error_ = is_error(reply) ? std::string(text_of(reply)) : "";
    const ChangeOutcome why = is_error(reply) ? failed(outcomes.error().message)
                                              : unknown_outcome(outcomes.error().message);
    std::fill_n(outcomes_.begin() + static_cast<std::ptrdiff_t>(slice.from),
                slice.to - slice.from, why);
    return;
  }
  std::move(outcomes->begin(), outcomes->end(),
            outcomes_.begin() + static_cast<std::ptrdiff_t>(slice.from));
}

bool Applying::all_failed() const {
  return !last_error_.empty() &&
         std::all_of(outcomes_.begin(), outcomes_.end(),
                     [](const ChangeOutcome& o) { return o.outcome == Outcome::kFailed; });
}

Result<std::vector<ChangeOutcome>> Applying::run() {
  outcomes_.resize(changes_.size());
  SB_TRY(send(slice_changes(changes_), !connection_.scripts_sent));
  connection_.scripts_sent = true;
  if (!unknown_script_.empty()) SB_TRY(send(std::exchange(unknown_script_, {}), true));
  for (const ScriptSlice& slice : unknown_script_) {
    std::fill_n(outcomes_.begin() + static_cast<std::ptrdiff_t>(slice.from),
                slice.to - slice.from, failed("Redis keeps forgetting the script"));
  }
  if (all_failed()) return reply_error(last_error_);
  return std::move(outcomes_);
}

}  // namespace

Result<std::vector<ChangeOutcome>> apply_scripts(RedisConnection& connection,
                                                 const ScriptContext& context,
                                                 const std::vector<const Change*>& changes,
                                                 const Deadline& deadline) {
  if (changes.empty()) return std::vector<ChangeOutcome>();
  return Applying(connection, context, changes, deadline).run();
}

}  // namespace sideband
