// A runtime: one reconciler made ready to work, its collections opened and its rules compiled.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/repair.h"
#include "model/settings.h"
#include "policy/calendar.h"
#include "policy/compare.h"
#include "policy/decision_rules.h"
#include "policy/field_content.h"
#include "policy/projection.h"
#include "ports/driver.h"

namespace sideband {

// A target and where it is: its driver and address, hashed, because an address may name users. The
// same whatever the target is called.
struct TargetPlace {
  std::string target;
  std::string place;
};
TargetPlace target_place(const TargetSettings& target);

// Of the sides of a reconciler; `independent` is empty where it has none.
struct TargetPlaces {
  TargetPlace desired;
  TargetPlace actual;
  TargetPlace independent;
};
// kNotFound: one of its targets is not in `settings`.
Result<TargetPlaces> target_places(const Settings& settings, const ReconcilerSettings& reconciler);

// A policy that has to allow what a reconciler does, with whom it is asked of.
struct OpenPolicy {
  PolicySettings policy;
  std::unique_ptr<PolicyServer> server;
  std::int64_t connections = 1;  // that its target takes
};

// Immutable once made; shared by the workers of one reconciler. A reload makes another.
struct ReconcilerRuntime {
  ReconcilerSettings settings;
  std::optional<GuardrailSettings> guardrails;
  TargetSettings actual_target;
  TargetPlaces places;
  Projection projection;
  CompareRules rules;
  FieldRules field_rules;
  DecisionRules decision_rules;
  OpenTimes open_times;
  std::string lock_scope;  // the actual collection, as range locks name it
  // What it protects: the place and the part of it, the same under every name of the reconciler and
  // of its target. Caps are kept by it.
  std::string scope;
  // The same, and in it the fields that it writes: what is known of its source is kept by it, and
  // the rests of what it protects go by it.
  std::string source_scope;
  std::unique_ptr<Collection> desired;
  std::unique_ptr<Collection> actual;
  std::unique_ptr<Collection> independent;  // may be null
  std::unique_ptr<Operation> before;        // what runs around changes; null where there is nothing
  std::unique_ptr<Operation> after;
  std::vector<OpenPolicy> policies;  // by policies_of(), as they are asked

  [[nodiscard]] const std::string& name() const { return settings.name; }
  // Pool on which calls for this reconciler run: the one of its actual target.
  [[nodiscard]] const std::string& pool() const { return settings.actual.target; }
  [[nodiscard]] std::string guardrails_version() const {
    return guardrails ? guardrails->version : "";
  }
  // Whether one of its collections waits for a reload to be opened anew.
  [[nodiscard]] bool replaced() const;
  // Whether one of them is to be opened anew at once, or what is ignored expired between these two.
  [[nodiscard]] bool outdated(WallTime since, WallTime now) const;
  // The longest that a call to any of its sides may take; each side keeps its own target's limit.
  Duration call_timeout = TargetLimits().statement_timeout;
  // How many changes one step may hold, so that it ends within its lease whatever the limits are.
  std::int64_t max_changes = INT64_MAX;
};

using ReconcilerRuntimePtr = std::shared_ptr<const ReconcilerRuntime>;
// Null when it is not configured, or its targets were not reachable.
using FindRuntime = std::function<ReconcilerRuntimePtr(const std::string& reconciler)>;
// What is configured now; never null.
using CurrentSettings = std::function<std::shared_ptr<const Settings>()>;

// kConflict: this plan was made by another configuration than `runtime` is of (null: there is
// none).
Result<void> check_current(const Plan& plan, const ReconcilerRuntime* runtime);

// Opens collections and feeds of targets, limits included. Thread-safe; blocks as Driver does.
struct TargetConnector {
  std::function<Result<std::unique_ptr<Collection>>(const TargetSettings&,
                                                    const CollectionSettings&, Role)>
      collection;
  std::function<Result<std::unique_ptr<Feed>>(const TargetSettings&, const CollectionSettings&,
                                              Role)>
      feed;
  // May be empty: then playbooks have no steps with run, and reconcilers no hooks.
  std::function<Result<std::unique_ptr<Operation>>(const TargetSettings&)> operation;
  // May be empty: then no target is measured, and rules that rest on one do not know.
  std::function<Result<std::unique_ptr<Signal>>(const TargetSettings&, const SignalSettings&)>
      signal;
  // May be empty: then nobody is asked, and reconcilers with a policy cannot be opened.
  std::function<Result<std::unique_ptr<PolicyServer>>(const TargetSettings&)> policies;
};
// How the content of a reconciler is read.
using MakeContentRules = std::function<ContentRules(const DetectSettings&)>;

// Opens the collections of `reconciler`. Retry::kAfter: a target is not reachable now;
// Retry::kPerson: the configuration or a grant is wrong. Blocks as the drivers' open does.
Result<ReconcilerRuntimePtr> open_runtime(const Settings& settings, const std::string& reconciler,
                                          const TargetConnector& connector,
                                          const MakeContentRules& make_content_rules);

}  // namespace sideband
