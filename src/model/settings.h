// What a configuration says, decoded and checked: plain values that the engine works from.
//
// Made by settings from YAML documents; nothing here knows files, lines or syntax. Every
// field has a value after decoding: defaults are applied there and shown by `explain field`.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/quantity.h"
#include "model/key_order.h"

namespace sideband {

// metadata.labels. The first four are required of every Reconciler.
struct Labels {
  std::string owner;
  std::string environment;
  std::string criticality;  // critical | high | normal | low
  std::string repair_type;  // cache | configuration | index | data | flag | certificate | firewall
                            // | queue | access | metric
  std::map<std::string, std::string> other;
};

// Options of a driver, by key, already checked against the driver's own field table. Lists are
// joined with '\n'; nested maps have dotted keys ("limits.connections").
using DriverOptions = std::map<std::string, std::string>;

// What a Target allows us to use, whatever we want from it.
struct TargetLimits {
  std::int64_t connections = 2;
  std::int64_t reads_per_second = 0;   // items; 0 = no limit
  std::int64_t writes_per_second = 0;  // items; 0 = no limit
  std::int64_t bytes_per_second = 0;   // 0 = no limit
  Duration statement_timeout = std::chrono::seconds(30);
  // Whether there is a rate to keep: then what is asked at once is small, too.
  [[nodiscard]] bool rates() const {
    return reads_per_second != 0 || writes_per_second != 0 || bytes_per_second != 0;
  }
};

struct TargetSettings {
  std::string name;
  std::string version;  // hex SHA-256 of its canonical document
  Labels labels;
  std::string driver;     // "files", "sqlite", "postgres", "redis", "noop"
  DriverOptions connect;  // spec.connect, by the driver's table
  TargetLimits limits;
  // Which credential it needs and does not have, as a sentence; empty: it has all. Such a target is
  // never opened.
  std::string lacks;
};

enum class Coverage : std::uint8_t { kFull, kPartial };

// spec.desired or spec.actual: one Collection on a Target.
struct CollectionSettings {
  std::string target;                         // desired.target, actual.target
  DriverOptions options;                      // the driver's keys: files, query, key, ...
  std::string value;                          // actual.value: template over desired's columns
  std::map<std::string, std::string> fields;  // actual.fields: field name -> template
  // desired.copies: patterns of folders of the actual side below each of which every item is wanted
  // once; empty: items are wanted where they are.
  std::vector<std::string> copies = {};
  Coverage coverage = Coverage::kFull;  // actual.coverage
  Duration sweep{0};                    // actual.sweep: how often extras are looked for; 0 = never
  [[nodiscard]] bool sweeps() const { return sweep > Duration(0); }
  // Not of the configuration: what the keys of the desired side turned out to be. No other key is
  // one of this collection. Empty: nothing is known of them.
  KeyForms keys = {};
  std::vector<std::string> key_columns = {};  // their columns; empty where they are no columns
  // Nor is this: every side of the reconciler is of one driver, and states go from one to the other
  // as they are, so they may tell what only that driver understands.
  bool one_driver = false;
};

enum class Mode : std::uint8_t { kObserve, kPropose, kApprove, kAuto };

// As configuration writes it.
constexpr std::string_view mode_name(Mode mode) {
  constexpr std::string_view kNames[] = {"observe", "propose", "approve", "auto"};
  return kNames[static_cast<std::size_t>(mode)];
}

// Whose repairs of one owner go first. Never alone: see policy/fair_share.h.
enum class Priority : std::uint8_t { kLow, kNormal, kHigh };

enum class Strategy : std::uint8_t { kRewrite, kInvalidate };

enum class ContentFormat : std::uint8_t { kBytes, kText, kYaml, kJson };

// One entry of detect.ignore: a path that may differ, why, and until when.
struct IgnoreRule {
  std::string path;  // JSON pointer (RFC 6901)
  std::string reason;
  std::optional<WallTime> expires;
};

// What counts of a value that is compared as data.
enum class CompareScope : std::uint8_t { kWhole, kDeclared };

// One entry of detect.listKeys.
struct ListKey {
  std::string path;  // JSON pointer
  std::string by;    // the member by which items belong together
};

// One entry of detect.fields: how the value of a field is compared, where it is data.
struct FieldContent {
  std::string name;
  ContentFormat format = ContentFormat::kJson;
  std::vector<IgnoreRule> ignore;
  std::vector<std::string> sets;
  CompareScope compare = CompareScope::kWhole;
  std::vector<ListKey> list_keys;
};

// What a rule that rests on a signal looks for.
struct SignalCondition {
  std::string signal;
  std::optional<Quantity> above;  // one of these two
  std::optional<Quantity> below;
  // What is compared is not the value but whether the signal's detector fires: 1 or 0, with a
  // threshold between them, which the compiler of the configuration sets.
  bool detected = false;

  [[nodiscard]] const Quantity& threshold() const { return above ? *above : *below; }
};

// Signals that have to say as well that something is wrong.
struct CorroborationSettings {
  std::int64_t require = 0;  // so many of them; never 0 once decoded where `of` is not empty
  std::vector<SignalCondition> of;
  [[nodiscard]] bool is_set() const { return !of.empty(); }
};

struct DetectSettings {
  Duration hold{0};  // detect.for
  Duration max_age = std::chrono::seconds(30);
  bool allow_empty = false;
  Duration full_every = std::chrono::hours(1);  // detect.fullEvery
  ContentFormat format = ContentFormat::kBytes;
  std::vector<IgnoreRule> ignore;
  std::vector<std::string> sets;  // JSON pointers of lists without order
  CompareScope compare = CompareScope::kWhole;
  std::vector<ListKey> list_keys;
  std::vector<FieldContent> fields;
  CorroborationSettings signals = {};
};

// An operation that is run around the changes of a cohort.
struct HookSettings {
  std::string target;  // empty = there is none
  DriverOptions run;   // of the target's driver; templates over the names of policy/hook_values.h
  Duration timeout = std::chrono::seconds(30);

  [[nodiscard]] bool is_set() const { return !target.empty(); }
};

struct RepairSettings {
  Strategy strategy = Strategy::kRewrite;
  bool prune = false;
  bool allow_race = false;
  HookSettings before;
  HookSettings after;
};

// A limit on changes over all plans in a sliding window. Zero = that part is not set.
struct MaxChanges {
  std::int64_t count = 0;
  std::int64_t percent = 0;  // millionths of the desired keys
  Duration window = std::chrono::hours(1);
};

struct RateLimit {
  std::int64_t max_per_second = 0;  // changes; 0 = no limit
  std::int64_t burst = 0;           // 0 = max_per_second
};

// One cohort's upper end: a number of changes or a share of the plan.
struct Cohort {
  std::int64_t count = 0;    // used when > 0
  std::int64_t percent = 0;  // millionths, else
};

struct CanarySettings {
  std::vector<Cohort> cohorts;  // empty = one cohort of everything
  Duration hold{0};
};

// How much a plan may do harm, as decide.risk says of it.
enum class Risk : std::uint8_t { kLow, kMedium, kHigh };

constexpr std::string_view risk_name(Risk risk) {
  constexpr std::string_view kNames[] = {"low", "medium", "high"};
  return kNames[static_cast<std::size_t>(risk)];
}

struct ApprovalSettings {
  std::int64_t reviewers = 1;
  std::vector<std::string> from;  // identities or groups; empty = anybody but the requester
  Duration expires = std::chrono::minutes(30);
  std::vector<Risk> risk = {};  // plans of these need approval in mode auto, too
};

// A policy of others that is asked about each plan: a document of an Open Policy Agent.
struct PolicySettings {
  std::string target;                           // that answers; empty = none is asked
  std::string path;                             // of the document, like "sideband/repairs"
  Duration timeout = std::chrono::seconds(2);   // of one question
  Duration max_age = std::chrono::seconds(30);  // an answer counts for so long

  [[nodiscard]] bool is_set() const { return !target.empty(); }
  // "opa sideband/repairs", for people.
  [[nodiscard]] std::string text() const { return target + " " + path; }
  bool operator==(const PolicySettings&) const = default;
};

// Rules over the facts of a decision, as written (docs/rules.md); empty = none.
struct DecideSettings {
  std::string when;       // has to be true
  std::string risk;       // gives one of the words of Risk
  PolicySettings policy;  // has to allow it
};

// Names of Calendars. All that is in `deny` is closed, whatever `allow` says.
struct CalendarGate {
  std::vector<std::string> allow;  // empty = always
  std::vector<std::string> deny;
  [[nodiscard]] bool is_set() const { return !allow.empty() || !deny.empty(); }
};

// What becomes of a repair that runs when a signal crosses its threshold.
enum class PauseAction : std::uint8_t { kHold, kAbort };

// One entry of gates.pauseWhen.
struct PauseRule : SignalCondition {
  std::optional<Quantity> clear;  // where it opens again; nothing: at the threshold itself
  Duration lasting{0};            // `for`: how long the threshold must be crossed
  PauseAction action = PauseAction::kHold;

  [[nodiscard]] double opens_at() const { return clear ? clear->value : threshold().value; }
};

// One entry of gates.throttle.
struct ThrottleRule : SignalCondition {
  std::int64_t least = 1;  // changes a second, however bad it is
};

// Stops a reconciler whose repairs fail (policy/breaker.h).
struct BreakerSettings {
  std::int64_t failures = 0;                 // so many that failed open it; 0 = there is none
  std::int64_t of = 0;                       // of the last so many; never 0 once decoded
  Duration open = std::chrono::minutes(10);  // before one repair may try; doubles each time
  std::int64_t probe = 10;                   // its first changes, validated before the others
  [[nodiscard]] bool is_set() const { return failures > 0; }
};

// What becomes of resources whose repairs somebody takes back.
struct FlappingSettings {
  std::int64_t after = 3;                   // so many times
  Duration within = std::chrono::hours(2);  // each so soon after the rest of its last repair
  Duration rest = std::chrono::hours(24);   // it is left alone for so long; 0: never
};

struct GateSettings {
  MaxChanges max_changes;
  // Deletions have a cap of their own, which is in force without any configuration.
  MaxChanges max_deletes{0, 100'000, std::chrono::hours(1)};
  RateLimit rate_limit;
  CanarySettings canary;
  // Per resource, after a repair of it ended; longer after each time that it came back.
  Duration cooldown = std::chrono::seconds(30);
  std::int64_t concurrency = 1;  // repairs of this reconciler at once
  ApprovalSettings approval;
  CalendarGate calendar;
  std::vector<PauseRule> pause_when = {};  // those of the site, too
  std::vector<ThrottleRule> throttle = {};
  BreakerSettings breaker = {};
  FlappingSettings flapping = {};
  // Whether a repair that converged leaves anything to remember of its resources.
  [[nodiscard]] bool remembers_repairs() const {
    return cooldown > Duration(0) || flapping.rest > Duration(0);
  }
};

struct RetrySettings {
  std::int64_t limit = 4;  // attempts after the first
  Duration initial = std::chrono::seconds(1);
  double factor = 2;
  Duration max = std::chrono::seconds(30);
};

struct ValidateSettings {
  Duration settle{0};
  Duration stay_good{0};
  Duration within = std::chrono::seconds(30);
  std::string independent;  // a Target by which the actual side is read a second way; may be empty
};

struct SloSettings {
  Duration time_to_converge_p95{0};  // 0 = none set
  std::int64_t success_rate = 0;     // millionths; 0 = none set
  Duration reopen_within = std::chrono::minutes(10);
};

struct WakeSettings {
  std::vector<std::string> targets = {};  // whose feeds wake it
  std::vector<std::string> signals = {};  // whose detectors wake it when they begin to fire
};

struct ReconcilerSettings {
  std::string name;
  std::string version;  // hex SHA-256 of the documents of it and its Targets: approvals bind to it
  std::string source;   // "file:line", for messages
  Labels labels;
  Mode mode = Mode::kObserve;
  Priority priority = Priority::kNormal;
  bool suspend = false;
  Duration interval = std::chrono::minutes(1);
  WakeSettings wake;
  CollectionSettings desired;
  CollectionSettings actual;
  DetectSettings detect;
  DecideSettings decide;
  RepairSettings repair;
  GateSettings gates;
  RetrySettings retry;
  ValidateSettings validate;
  SloSettings slo;
  std::vector<std::string> notify;  // Channels that are told when it needs somebody
};

// Names of all Targets that it reads, writes or is woken by.
std::set<std::string> targets_of(const ReconcilerSettings& reconciler);

// How long the store keeps what has ended. Audit leaves are kept for ever.
struct RetentionSettings {
  // After its end; a repair goes with its plan, chunks, steps and approvals.
  Duration repairs = std::chrono::hours(24 * 400);
  // So long an ended repair stays however large the store is: until then it can be taken back.
  Duration undo = std::chrono::hours(24 * 30);
  Duration decisions = std::chrono::hours(24 * 30);  // and plans that never became a repair
  Duration drafts = std::chrono::hours(24);          // plans that were never sealed
  std::int64_t budget = std::int64_t{2} << 30;       // bytes of all of these
};

// Site ceilings; a reconciler can only be tighter. Unset parts do not limit.
struct GuardrailSettings {
  std::string name;
  std::string version;
  Mode max_mode = Mode::kAuto;
  std::string when;  // decide.when: a rule that has to be true of every plan, too
  CalendarGate calendar;
  MaxChanges max_changes;
  RateLimit rate_limit;
  // Changes per second of all that has this owner, and of all that changes this target.
  std::map<std::string, std::int64_t> owner_rates;
  std::map<std::string, std::int64_t> target_rates;
  std::int64_t concurrency = 0;                // repairs at once over all reconcilers; 0 = no limit
  std::map<std::string, std::int64_t> shares;  // of owners in the queue; others have 1
  RetentionSettings retention;
  std::vector<PauseRule> pause_when = {};
  BreakerSettings breaker = {};
  PolicySettings policy = {};  // decide.policy: has to allow every plan, too
};

// What the loop knows of itself that a signal can be (spec.own.figure).
enum class OwnFigure : std::uint8_t { kOpenDrifts, kQueuedRepairs, kFailedItems };

// One thing that is measured: of a target, or of the product itself.
// What watches the readings of a signal (detectors/detector.h).
struct DetectorSettings {
  std::string kind;                        // one of detector_kinds(); empty: nothing watches them
  DriverOptions options;                   // its settings, as they are written
  std::int64_t most_fires = 24;            // a day; more pauses it
  Duration quiet = std::chrono::hours(1);  // what was wrong has to be over for so long
  [[nodiscard]] bool is_set() const { return !kind.empty(); }
};

struct SignalSettings {
  std::string name;
  std::string version;  // hex SHA-256 of the documents of it and its Target
  Labels labels;
  std::string target;     // empty: own
  std::string kind;       // the key of spec that says how: "sql", "http", ..., "own"
  DriverOptions options;  // below that key, by the driver's table
  OwnFigure figure = OwnFigure::kOpenDrifts;
  std::string reconciler;  // own: of this one only; empty = of all
  Duration interval = std::chrono::seconds(10);
  Duration max_age{0};  // never 0 once decoded: without one, three intervals
  QuantityUnit unit = QuantityUnit::kNone;
  DetectorSettings detector;

  [[nodiscard]] bool is_own() const { return kind == kOwnSignal; }
  static constexpr const char* kOwnSignal = "own";
};

// Where people are told that a reconciler needs them: an operation on a target.
struct ChannelSettings {
  std::string name;
  std::string version;
  std::string target;
  DriverOptions tell;  // of the target's driver; templates over the names of policy/notices.h
  Duration timeout = std::chrono::seconds(10);
  std::vector<std::string> when;             // statuses; empty = all of notice_statuses
  Duration after = std::chrono::minutes(1);  // so long a matter is there, or gone, before it counts
  Duration repeat{0};                        // told again so often; zero = once
};

// A named set of identities, for approval.from.
struct GroupSettings {
  std::string name;
  std::vector<std::string> members;
};

// A time that comes again each week, by the clock of the calendar's zone, or comes once.
struct CalendarWindow {
  std::uint8_t days = 0;          // on which a weekly one begins; bit 0 is Sunday
  std::int64_t from_minute = -1;  // of the day; -1: it comes once
  std::int64_t to_minute = -1;    // not later than from_minute: of the next day
  std::optional<WallTime> from;   // of one that comes once
  std::optional<WallTime> to;
  [[nodiscard]] bool is_weekly() const { return from_minute >= 0; }
};

// kind: Calendar.
struct CalendarSettings {
  std::string name;
  std::string version;
  std::string time_zone;  // of the IANA database
  std::vector<CalendarWindow> windows;
};

struct PlaybookSettings;  // model/playbook.h

// One loaded configuration. Immutable once made; a reload makes another.
struct Settings {
  std::string version;  // hex SHA-256 over all documents
  std::map<std::string, TargetSettings> targets;
  std::map<std::string, ReconcilerSettings> reconcilers;
  std::optional<GuardrailSettings> guardrails;
  std::map<std::string, GroupSettings> groups;
  std::map<std::string, ChannelSettings> channels;
  std::map<std::string, CalendarSettings> calendars;
  std::map<std::string, std::shared_ptr<const PlaybookSettings>> playbooks;
  std::map<std::string, SignalSettings> signals;
};

}  // namespace sideband
