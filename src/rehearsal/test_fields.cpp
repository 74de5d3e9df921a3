#include "rehearsal/test_fields.h"

#include "base/quantity.h"
#include "cel/times.h"
#include "config/table_of.h"
#include "policy/status.h"
#include "settings/envelope.h"

namespace sideband::sim {
namespace {

using config::FieldType;
using config::TableOf;

template <class V>
using Words = std::vector<std::pair<std::string, V>>;

const Words<Deed>& deeds() {
  static const Words<Deed> kWords = {{"pause", Deed::kPause},
                                     {"resume", Deed::kResume},
                                     {"approve", Deed::kApprove},
                                     {"reject", Deed::kReject},
                                     {"apply", Deed::kApply},
                                     {"silence", Deed::kSilence},
                                     {"acceptSource", Deed::kAcceptSource},
                                     {"closeBreaker", Deed::kCloseBreaker},
                                     {"scan", Deed::kScan}};
  return kWords;
}

// One of the words, or an error with all of them.
template <class V>
Result<V> read_word(const Words<V>& words, std::string_view text) {
  std::string known;
  for (const auto& [word, meaning] : words) {
    if (word == text) return meaning;
    known += (known.empty() ? "" : ", ") + word;
  }
  return Error::invalid("\"" + std::string(text) + "\" is none of " + known);
}

Result<TargetMood> read_target_mood(std::string_view text) {
  return read_word<TargetMood>({{"works", TargetMood::kWorks},
                                {"readOnly", TargetMood::kReadOnly},
                                {"denies", TargetMood::kDenies},
                                {"away", TargetMood::kAway}},
                               text);
}

Result<PolicyMood> read_policy_mood(std::string_view text) {
  return read_word<PolicyMood>({{"allow", PolicyMood::kAllow},
                                {"deny", PolicyMood::kDeny},
                                {"undefined", PolicyMood::kUndefined},
                                {"away", PolicyMood::kAway}},
                               text);
}

// As a signal has it: seconds, bytes, shares, or a number alone.
Result<std::optional<double>> read_reading(std::string_view text) {
  if (text == "none") return std::optional<double>();
  const auto quantity = parse_quantity(text);
  if (quantity.ok()) return std::optional(quantity->value);
  return Error::invalid("\"" + std::string(text) +
                        "\" is no reading; write a number, a number with its unit like 20ms, or "
                        "none");
}

config::Field start_row() {
  config::Field row{.key = "start",
                    .doc = "When it begins, like 2026-03-02T09:00:00Z.",
                    .fallback = "2026-03-02T09:00:00Z"};
  row.read = [](const config::Reading& reading) {
    const std::string* const text = config::scalar_text(reading);
    if (text == nullptr) return;
    const auto time = cel::parse_timestamp(*text);
    if (!time) {
      return config::report(reading, Error::invalid("\"" + *text +
                                                    "\" is no time like 2026-03-02T09:00:00Z, "
                                                    "whose offset has to be there"));
    }
    static_cast<TestCase*>(reading.out)->start = WallTime(std::chrono::seconds(time->seconds));
  };
  return row;
}

Words<std::string> statuses() {
  Words<std::string> words;
  for (std::size_t i = 0; i < kStatusKinds; ++i) {
    const std::string name(status_name(static_cast<StatusKind>(i)));
    words.emplace_back(name, name);
  }
  return words;
}

TableOf<Expectation> expectation_rows() {
  using E = Expectation;
  const std::string unseen = "not looked at";
  return TableOf<E>()
      .name("reconciler", &E::reconciler, "Of which it is.")
      .required()
      .one_of<std::string>("status", &E::status, statuses(), "What its status is.")
      .list("holds", &E::holds, FieldType::kText, config::read_text,
            "The gates that refuse in its last decision: these and no others.")
      .or_single()
      .text("why", &E::why, "Text that is in what its status says.")
      .count("repairs", &E::repairs, "Repairs that were begun so far.")
      .fallback(unseen)
      .count("changed", &E::changed, "Changes that repairs made so far.")
      .fallback(unseen)
      .count("differ", &E::differ, "Items that differ now.")
      .fallback(unseen);
}

TableOf<PersonActs> person_rows() {
  using P = PersonActs;
  return TableOf<P>()
      .text("by", &P::by, "Who.")
      .required()
      .one_of<Deed>("does", &P::deed, deeds(), "What.")
      .required()
      .name("reconciler", &P::reconciler, "To which; a pause and a resume without one are of all.")
      .text("reason", &P::reason, "Why.")
      .duration("for", &P::length, "How long, of a silence.")
      .at_least(1'000'000)
      .list("release", &P::release, FieldType::kText, config::read_text,
            "The gates that are to let it pass, of an apply.")
      .or_single()
      .text("refused", &P::refused, "Text of the error that it has to end with.");
}

TableOf<TestStep>& counts(TableOf<TestStep>& rows, const char* key, ItemCounts TestStep::*member,
                          const char* doc) {
  return rows.map(key, member, FieldType::kCount, parse_count, doc);
}

TableOf<TestStep> step_rows() {
  using S = TestStep;
  TableOf<S> rows;
  rows.duration("at", &S::at, "How long after the start.").required();
  rows.tables("expect", &S::expect, expectation_rows(),
              "What has to be so then, before anything else of this step happens.");
  counts(rows, "drift", &S::drift, "By reconciler: so many items begin to differ.");
  counts(rows, "missing", &S::missing, "So many are no longer there, but wanted.");
  counts(rows, "extra", &S::extra, "So many come that nobody wants.");
  counts(rows, "healed", &S::healed, "So many that differ are right again, without a repair.");
  counts(rows, "wanted", &S::wanted, "Of so many something else is wanted from now on.");
  counts(rows, "lost", &S::lost, "So many are no longer wanted: the desired side lost them.");
  return rows
      .map(
          "signals", &S::signals, FieldType::kText, read_reading,
          "Readings by signal, like 12, 20ms or 64MiB; none: there is no reading, as at the start.")
      .map("targets", &S::targets, FieldType::kText, read_target_mood,
           "By target: works, readOnly, denies (writes) or away.")
      .map("policies", &S::policies, FieldType::kText, read_policy_mood,
           "By target of policies: allow, deny, undefined, or away, as at the start.")
      .tables("people", &S::people, person_rows(), "What people do.")
      .duration("unsigned", &S::unsigned_for,
                "For so long nobody signed the audit log; 0s: it is signed.")
      .fallback("0s");
}

}  // namespace

config::Fields test_fields() {
  using T = TestCase;
  return policy::envelope(
      "Test", TableOf<T>(),
      TableOf<T>()
          .list("configuration", &T::configuration, FieldType::kText, config::read_text,
                "Files or folders of configuration, relative to this file; what stands beside the "
                "tests in this file is configuration, too.")
          .or_single()
          .row(start_row())
          .map("items", &T::items, FieldType::kCount, parse_count,
               "By reconciler: how many items there are at the start, all in sync; 100 where none "
               "is written.")
          .tables("steps", &T::steps, step_rows(), "What happens, in the order of time.")
          .required());
}

}  // namespace sideband::sim
