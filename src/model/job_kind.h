// The two kinds of work that are queued, claimed and carried out as repairs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sideband {

enum class JobKind : std::uint8_t {
  kRepair,  // of a reconciler: the changes of a plan
  kRun,     // of a playbook: its steps
};
std::string_view job_kind_name(JobKind kind);

// The name under which runs of a playbook are kept beside the repairs of reconcilers, no name of
// which has a slash.
std::string playbook_scope(std::string_view playbook);

// The kind of what is kept under this name. The one place that reads a kind out of a name.
JobKind job_kind_of(std::string_view scope);
// The playbook whose scope this is; empty when it is a reconciler's name.
std::string_view playbook_in(std::string_view scope);

}  // namespace sideband
