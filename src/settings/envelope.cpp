#include "settings/envelope.h"

namespace sideband::policy {

using config::Field;
using config::FieldType;
using config::TableOf;

std::vector<std::pair<std::string, Mode>> mode_words() {
  return {{"observe", Mode::kObserve},
          {"propose", Mode::kPropose},
          {"approve", Mode::kApprove},
          {"auto", Mode::kAuto}};
}

std::vector<std::pair<std::string, Priority>> priority_words() {
  return {{"low", Priority::kLow}, {"normal", Priority::kNormal}, {"high", Priority::kHigh}};
}

TableOf<Labels> label_rows(bool required) {
  using Words = std::vector<std::pair<std::string, std::string>>;
  const auto words = [](const std::vector<std::string>& names) {
    Words out;
    for (const std::string& name : names) out.emplace_back(name, name);
    return out;
  };
  TableOf<Labels> rows;
  const auto must = [&]() { required ? void(rows.required()) : void(); };
  rows.text("owner", &Labels::owner, "The team that answers for it.");
  must();
  rows.text("environment", &Labels::environment, "Where it runs, like production.");
  must();
  rows.one_of<std::string>("criticality", &Labels::criticality,
                           words({"critical", "high", "normal", "low"}), "How much depends on it.");
  must();
  rows.one_of<std::string>("repairType", &Labels::repair_type,
                           words({"cache", "configuration", "index", "data", "flag", "certificate",
                                  "firewall", "queue", "access", "metric"}),
                           "What kind of thing is repaired.");
  must();
  Field other{.key = "*", .doc = "Labels of your own."};
  other.read = [](const config::Reading& r) {
    const std::string* text = config::scalar_text(r);
    if (text != nullptr) static_cast<Labels*>(r.out)->other[std::string(r.key)] = *text;
  };
  return rows.row(std::move(other));
}

TableOf<MaxChanges> max_changes_rows() {
  return TableOf<MaxChanges>()
      .count("count", &MaxChanges::count, "Most changes in the window.")
      .fallback("no limit")
      .at_least(1)
      .percent("percent", &MaxChanges::percent,
               "Most changes in the window, as a share of the desired keys. While their number is "
               "not known, nothing is changed.")
      .fallback("no limit")
      .at_least(1)
      .duration("window", &MaxChanges::window, "The sliding window that is counted over.")
      .at_least(1'000'000);
}

TableOf<RateLimit> rate_limit_rows() {
  return TableOf<RateLimit>()
      .count("maxPerSecond", &RateLimit::max_per_second, "Changes per second.")
      .fallback("no limit")
      .at_least(1)
      .count("burst", &RateLimit::burst, "Changes that may come at once after a pause.")
      .fallback("maxPerSecond")
      .at_least(1);
}

TableOf<CalendarGate> calendar_gate_rows() {
  using C = CalendarGate;
  return TableOf<C>()
      .list("allow", &C::allow, FieldType::kName, config::read_name,
            "Calendars in one of which it has to be.")
      .fallback("always")
      .or_single()
      .list("deny", &C::deny, FieldType::kName, config::read_name,
            "Calendars in none of which it may be, whatever `allow` says.")
      .fallback("none")
      .or_single();
}

TableOf<ApprovalSettings> approval_rows() {
  using A = ApprovalSettings;
  return TableOf<A>()
      .section("reviewers",
               TableOf<A>()
                   .count("count", &A::reviewers, "Approvals needed.")
                   .at_least(1)
                   .list("from", &A::from, FieldType::kText, config::read_text,
                         "Groups or identities that may approve.")
                   .fallback("anybody but the requester")
                   .or_single(),
               "Who has to approve.")
      .duration("expires", &A::expires, "How long a plan waits for approval.")
      .at_least(1000 * kMillisecond);
}

// A row of a member that may be left unset.
template <class T>
static Field quantity_row(std::string key, std::optional<Quantity> T::*member, std::string doc) {
  Field row{.key = std::move(key), .type = FieldType::kQuantity, .doc = std::move(doc)};
  row.read = [member](const config::Reading& r) {
    const std::string* text = config::scalar_text(r);
    if (text == nullptr) return;
    const auto value = parse_quantity(*text);
    if (!value.ok()) return config::report(r, value.error());
    static_cast<T*>(r.out)->*member = *value;
  };
  return row;
}

TableOf<PolicySettings> policy_rows() {
  using P = PolicySettings;
  return TableOf<P>()
      .name("target", &P::target, "The target of driver http that answers.")
      .required()
      .text("path", &P::path, "The document below /v1/data, like `sideband/repairs`.")
      .required()
      .duration("timeout", &P::timeout, "The longest that one question may take; 30s at most.")
      .at_least(kMillisecond)
      .duration(
          "maxAge", &P::max_age,
          "An answer counts for so long; a repair that begins later is asked about again. Longer "
          "than timeout by 1s at least, 1h at most.")
      .at_least(kMillisecond);
}

// `what` it does while the condition holds.
template <class T>
static TableOf<T> condition_rows(const std::string& what) {
  return TableOf<T>()
      .name("signal", &T::signal, "The Signal that is looked at.")
      .required()
      .boolean("detected", &T::detected,
               what + " while the signal's detector fires, in place of a threshold.")
      .row(quantity_row<T>("above", &T::above, what + " while the signal is above this."))
      .row(quantity_row<T>("below", &T::below, what + " while the signal is below this."));
}

TableOf<PauseRule> pause_rule_rows() {
  using P = PauseRule;
  return condition_rows<P>("It holds back")
      .row(quantity_row<P>("clear", &P::clear,
                           "Where it opens again; without it, at the threshold itself."))
      .duration("for", &P::lasting, "How long the threshold must be crossed.")
      .one_of<PauseAction>("then", &P::action,
                           {{"hold", PauseAction::kHold}, {"abort", PauseAction::kAbort}},
                           "With hold, nothing begins and a running repair waits before its next "
                           "step; with abort, a running one takes back what it did.");
}

TableOf<CorroborationSettings> corroboration_rows() {
  using C = CorroborationSettings;
  return TableOf<C>()
      .count("require", &C::require, "So many of them have to say so.")
      .fallback("all of them")
      .at_least(1)
      .tables("of", &C::of, condition_rows<SignalCondition>("It agrees"),
              "The signals; one without a reading agrees with nobody.")
      .required();
}

TableOf<ThrottleRule> throttle_rows() {
  return condition_rows<ThrottleRule>("Each reading halves the rate")
      .count("least", &ThrottleRule::least, "Changes a second that stay, however bad it is.")
      .at_least(1);
}

}  // namespace sideband::policy
