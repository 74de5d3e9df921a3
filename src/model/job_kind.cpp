#include "model/job_kind.h"

namespace sideband {

static constexpr std::string_view kPlaybookPrefix = "playbook/";

std::string_view job_kind_name(JobKind kind) {
  return kind == JobKind::kRun ? "run" : "repair";
}

std::string playbook_scope(std::string_view playbook) {
  return std::string(kPlaybookPrefix).append(playbook);
}

JobKind job_kind_of(std::string_view scope) {
  return scope.starts_with(kPlaybookPrefix) ? JobKind::kRun : JobKind::kRepair;
}

std::string_view playbook_in(std::string_view scope) {
  if (job_kind_of(scope) != JobKind::kRun) return {};
  return scope.substr(kPlaybookPrefix.size());
}

}  // namespace sideband
