// Compare: what is wanted against what was found, for one key. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "model/change.h"
#include "model/settings.h"

namespace sideband {

// Brings bytes into a form in which equal means equal: drops ignored paths, sorts sets. Fails on
// bytes that cannot be read as the declared format.
using Normalize = std::function<Result<std::string>(const std::string&)>;

// What is wanted where only what the desired side says counts: what was found, with that over it.
// Fails where one of the two cannot be read.
using Declare =
    std::function<Result<std::string>(const std::string& desired, const std::string& found)>;

// How the values of a reconciler are read. Both are empty where bytes compare as they are.
struct ContentRules {
  // Not explicit: most values have a form and nothing else.
  ContentRules(Normalize form = {}, Declare over = {})
      : normalize(std::move(form)), declare(std::move(over)) {}

  Normalize normalize;
  Declare declare;  // empty: all that is there counts
};

struct CompareRules {
  Coverage coverage = Coverage::kFull;
  Strategy strategy = Strategy::kRewrite;
  bool prune = false;
  Normalize normalize = {};  // empty: bytes are compared as they are
  Declare declare = {};
};

enum class Relation : std::uint8_t {
  kSame,
  kDrift,
  kExtra,    // nobody desires it, and prune is off: reported, never touched
  kUnknown,  // one side cannot be told: no conclusion
};

struct Comparison {
  Relation relation = Relation::kUnknown;
  std::optional<Change> change;  // set for kDrift
  std::string why;               // set for kUnknown
};

Comparison compare(const std::string& key, const State& want, const State& found,
                   const CompareRules& rules);

}  // namespace sideband
