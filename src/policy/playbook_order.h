// The order of a playbook's steps, from what they need.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "model/playbook.h"

namespace sideband {

struct StepOrdering {
  std::vector<std::size_t> order;  // positions; the declared order wherever needs leave it free
  std::vector<std::size_t> cycle;  // not empty: steps that need each other, each the next one
};

// Needs that no step has are passed over: they are reported elsewhere.
StepOrdering order_steps(const std::vector<PlaybookStep>& steps);

// Names of all steps that this one needs, through others too.
std::set<std::string> all_needs(const std::vector<PlaybookStep>& steps, std::size_t step);

}  // namespace sideband
