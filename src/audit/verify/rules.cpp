#include "audit/verify/rules.h"

#include <charconv>
#include <optional>

#include "base/clock.h"
#include "base/jcs_check.h"
#include "model/repair_state.h"

namespace sideband {

// The members that rules look at, as JSON text; empty when missing.
struct RecordRules::Record final : JcsVisitor {
  void member(std::string_view key, std::string_view value) override {
    if (key == "v") v = value;
    if (key == "ts") ts = value;
    if (key == "kind") kind = value;
    if (key == "actor") actor = value;
    if (key == "repair") repair = value;
    if (key == "step") step = value;
    if (key == "token") token = value;
    if (key == "state") state = value;
  }
  std::string_view v, ts, kind, actor, repair, step, token, state;
};

namespace {

std::optional<std::uint64_t> number(std::string_view json) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), value);
  if (error != std::errc() || end != json.data() + json.size()) return std::nullopt;
  return value;
}

// Without its quotes; empty where it is no string, or an empty one.
std::string_view text_of(std::string_view json) {
  if (json.size() < 2 || json.front() != '"') return {};
  return json.substr(1, json.size() - 2);
}

bool ends_repair(std::string_view state) {
  const auto named = repair_state_from_name(text_of(state));
  return named.ok() && is_terminal(*named);
}

bool has_time(std::string_view ts) {
  return parse_time(std::string(text_of(ts))).ok();
}

}  // namespace

Result<void> RecordRules::take(std::string_view text) {
  Record record;
  SB_TRY(check_canonical(text, &record));
  if (record.v != "1" || !has_time(record.ts) || text_of(record.kind).empty() ||
      text_of(record.actor).empty()) {
    return Error::conflict("a record without v, ts, kind or actor");
  }
  const bool intent = record.kind == R"("intent")", outcome_of = record.kind == R"("outcome")";
  if ((intent || outcome_of) &&
      (text_of(record.repair).empty() || !number(record.step) || !number(record.token))) {
    return Error::conflict("an intent or outcome without repair, step or token");
  }
  if (record.repair.empty()) return {};
  SB_TRY(check_end(record, intent || outcome_of));
  if (!intent && !outcome_of && !ends_repair(record.state)) return {};
  Open& repair = open(record.repair);
  if (!record.token.empty()) SB_TRY(check_token(record, repair));
  if (intent) {
    const auto [at, fresh] =
        repair.intents.insert_or_assign(std::string(record.step), *number(record.token));
    open_intents_ += fresh ? 1 : 0;
  }
  if (outcome_of) SB_TRY(outcome(record, repair));
  if (ends_repair(record.state)) {
    open_intents_ -= static_cast<std::int64_t>(repair.intents.size());
    repairs_.erase(repairs_.find(record.repair));
    ended_.insert(std::hash<std::string_view>()(record.repair));
  }
  return {};
}

RecordRules::Open& RecordRules::open(std::string_view repair) {
  const auto known = repairs_.find(repair);
  return known == repairs_.end() ? repairs_[std::string(repair)] : known->second;
}

// Others may speak of it later, but it does nothing and moves no more.
Result<void> RecordRules::check_end(const Record& record, bool acts) const {
  if (!acts && record.state.empty()) return {};
  if (!ended_.contains(std::hash<std::string_view>()(record.repair))) return {};
  return Error::conflict("repair " + std::string(text_of(record.repair)) +
                         " goes on after its end");
}

Result<void> RecordRules::check_token(const Record& record, Open& repair) {
  const auto token = number(record.token);
  if (!token || *token < repair.token) {
    return Error::conflict("token " + std::string(record.token) + " of repair " +
                           std::string(record.repair) + " is below an earlier one");
  }
  repair.token = *token;
  return {};
}

Result<void> RecordRules::outcome(const Record& record, Open& repair) {
  const auto intent = repair.intents.find(record.step);
  if (intent == repair.intents.end()) {
    return Error::conflict("an outcome without intent, repair " + std::string(record.repair) +
                           " step " + std::string(record.step));
  }
  repair.intents.erase(intent);
  --open_intents_;
  return {};
}

}  // namespace sideband
