// The names by which rules read Facts: one table, from which the check of a rule, the values that
// it gets and the page docs/rules.md are made.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cel/type.h"
#include "cel/value.h"
#include "policy/facts.h"

namespace sideband {

struct FactName {
  std::string name;  // "plan.changes"
  cel::Type type;
  std::string doc;  // what it is, and when it is not known
  Fact<cel::Value> (*read)(const Facts& facts);
};

// In the order in which declarations and values have them.
const std::vector<FactName>& fact_names();
// What a rule may name.
const cel::Declarations& fact_declarations();

}  // namespace sideband
